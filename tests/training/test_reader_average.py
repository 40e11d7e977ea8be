"""The mean of readers."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from training.reader.average import WEIGHTS, average


def _reader(folder: Path, **weights: list[float]) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(f'"{folder.name}"')
    tensors = {name: torch.tensor(values).half() for name, values in weights.items()}
    save_file(tensors, folder / WEIGHTS)
    return folder


def test_weights_are_averaged_and_the_rest_is_the_first_folders(tmp_path: Path) -> None:
    one = _reader(tmp_path / "one", bias=[1.0, 2.0], scale=[4.0])
    two = _reader(tmp_path / "two", bias=[3.0, -2.0], scale=[0.0])
    average([one, two], tmp_path / "mean")
    found = load_file(tmp_path / "mean" / WEIGHTS)
    assert {name: weight.tolist() for name, weight in found.items()} == {
        "bias": [2.0, 0.0],
        "scale": [2.0],
    }
    assert found["bias"].dtype == torch.float16
    assert (tmp_path / "mean" / "config.json").read_text() == '"one"'


@pytest.mark.parametrize("other", [{"bias": [1.0]}, {"weight": [1.0, 2.0]}])
def test_readers_of_another_make_are_refused(tmp_path: Path, other: dict[str, list[float]]) -> None:
    one = _reader(tmp_path / "one", bias=[1.0, 2.0])
    two = _reader(tmp_path / "two", **other)
    with pytest.raises(ValueError, match="of one make"):
        average([one, two], tmp_path / "mean")
    assert not (tmp_path / "mean").exists()


def test_an_export_is_not_overwritten(tmp_path: Path) -> None:
    one = _reader(tmp_path / "one", bias=[1.0])
    with pytest.raises(FileExistsError):
        average([one, one], one)
