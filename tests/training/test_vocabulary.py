from __future__ import annotations

import numpy as np
import pytest

from training.data.align import align
from training.data.files import Pair
from training.vocabulary import SPECIAL, _first, _is_latin, _tokenizer

PAIRS = [
    Pair("the house", "البيت"),
    Pair("the river", "النهر"),
    Pair("the big house", "البيت الكبير"),
    Pair("the big river", "النهر الكبير"),
]
OLD = {
    piece: i
    for i, piece in enumerate([*SPECIAL, "the", "house", "river", "big", "中", "[unused1]"])
}


def test_units_align_with_what_they_stand_beside() -> None:
    found = align([([0, 1], [0]), ([0, 2], [1]), ([1], [0]), ([2], [1])])
    best = {
        int(s): int(t)
        for s, t, p in zip(found.source, found.target, found.back, strict=True)
        if p > 0.5
    }
    assert best == {1: 0, 2: 1}


@pytest.mark.parametrize(
    ("piece", "latin"),
    [("##ing", True), ("é", True), ("中", False), ("[unused1]", False), ("ع", False)],
)
def test_latin_pieces_are_kept(piece: str, latin: bool) -> None:
    assert _is_latin(piece) is latin


def test_arabic_pieces_begin_as_what_they_translate() -> None:
    tokenizer = _tokenizer(OLD, (pair.ar for pair in PAIRS * 20), 80)
    vocabulary = tokenizer.get_vocab()
    assert "中" not in vocabulary
    assert tokenizer.encode("البيتُ الكبيـر", add_special_tokens=False).tokens == ["البيت", "الكبير"]
    before = np.eye(len(OLD), dtype=np.float32)
    table = _first(tokenizer, OLD, before, PAIRS * 20)
    assert (table[vocabulary["house"]] == before[OLD["house"]]).all()
    assert table[vocabulary["البيت"]].argmax() == OLD["house"]
    assert table[vocabulary["الكبير"]].argmax() == OLD["big"]
