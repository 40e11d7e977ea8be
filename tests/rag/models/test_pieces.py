from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ReaderError
from rag.models.pieces import SHIPPED, PieceVectors


@pytest.fixture(scope="module")
def shipped() -> PieceVectors:
    return PieceVectors()


def test_vectors_are_of_words_wherever_they_stand(shipped: PieceVectors) -> None:
    one, two, none = shipped.of(["who commands", "commands the forces who", ""])
    assert (one.shape, two.shape, none.shape) == ((2, 384), (4, 384), (0, 384))
    assert one.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(two, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(one, two[[3, 0]], atol=1e-6)
    assert abs(float(one[0] @ one[1])) < 0.99
    (long,) = shipped.of(["who " * 1000])
    assert long.shape == (1000, 384)
    assert shipped.of([]) == []


def test_words_lie_near_what_they_translate(shipped: PieceVectors) -> None:
    soldiers, arabic, other = (v.mean(axis=0) for v in shipped.of(["soldiers", "جنود", "بحر"]))
    assert soldiers @ arabic > 2 * soldiers @ other


def test_half_a_character_is_no_obstacle(shipped: PieceVectors) -> None:
    (vectors,) = shipped.of(["who \ud800"])
    assert len(vectors) >= 1


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
def test_a_folder_that_is_not_whole_is_named(name: str, tmp_path: Path) -> None:
    for file in ("tokenizer.json", "model.safetensors"):
        shutil.copy(SHIPPED / file, tmp_path / file)
    (tmp_path / name).write_bytes(b"{")
    with pytest.raises(ReaderError, match=str(tmp_path)):
        PieceVectors(tmp_path).of(["who"])
