"""Pieces that are one word: in other capitals, with other alefs, at another place of a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.base.pieces import SPACE
from training.vocabulary.stems import normaliser

if TYPE_CHECKING:
    from tokenizers import Tokenizer

ANYWHERE = 4
"""Letters from which a piece is the same word where it begins one and where it goes on."""


def letters(piece: str, spaced: bool) -> tuple[str, bool]:
    """A piece as words are written, and whether it may begin one.

    ``spaced`` says that pieces that begin a word are marked, not those that go on.
    """
    if spaced:
        return normaliser().normalize_str(piece.removeprefix(SPACE)), piece.startswith(SPACE)
    return piece.removeprefix("##"), not piece.startswith("##")


def alike(tokenizer: Tokenizer) -> NDArray[np.int64]:
    """For each piece the one that stands for it and all that are the same word: shape (pieces).

    One that begins a word is preferred, then one in small letters.
    """
    vocabulary = tokenizer.get_vocab()
    spaced, groups = SPACE in vocabulary, dict[tuple[str, bool], list[tuple[bool, bool, int]]]()
    for piece, row in vocabulary.items():
        written, begins = letters(piece, spaced)
        key = written or piece, begins or len(written) >= ANYWHERE
        groups.setdefault(key, []).append((not begins, piece != piece.lower(), row))
    found = np.arange(len(vocabulary))
    for group in groups.values():
        found[[row for _, _, row in group]] = min(group)[-1]
    return found
