"""A folder of word pieces, taken out of a model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from rag.models.pieces import EMBEDDINGS, SHIPPED
from training import pieces


def model(folder: Path, *names: str) -> Path:
    folder.mkdir()
    tables = [torch.eye(3).to(torch.float8_e4m3fn) for _ in names]
    weights = dict(zip(names, tables, strict=True))
    save_file(weights | {"bias": torch.ones(1)}, folder / pieces.WEIGHTS)
    (folder / pieces.TOKENIZER).write_text("{}")
    return folder


def test_tables_are_kept_as_they_are_and_nothing_else_is(tmp_path: Path) -> None:
    pieces.export(model(tmp_path / "model", f"bert.embeddings.{EMBEDDINGS}"), tmp_path / "out")
    found = load_file(tmp_path / "out" / pieces.WEIGHTS)
    assert list(found) == [EMBEDDINGS]
    assert found[EMBEDDINGS].dtype == torch.float8_e4m3fn
    assert found[EMBEDDINGS].float().tolist() == torch.eye(3).tolist()
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        pieces.WEIGHTS,
        pieces.TOKENIZER,
    }


@pytest.mark.parametrize("names", [(), (EMBEDDINGS, f"other.{EMBEDDINGS}")])
def test_a_model_without_one_table_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="word embeddings"):
        pieces.export(model(tmp_path / "model", *names), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_ships_is_a_folder_like_that() -> None:
    assert list(load_file(SHIPPED / pieces.WEIGHTS)) == [EMBEDDINGS]
