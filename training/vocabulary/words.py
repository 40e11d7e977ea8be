"""What a vocabulary's pieces say by themselves: what they stand for, and how rare they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.base import pieces as base
from training.data.align import Table
from training.data.files import Pair
from training.data.pieces import piece_ids
from training.vocabulary.pieces import SPECIAL

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from tokenizers import Tokenizer

OWN = 0.3
"""Share of an Arabic piece's code that is its own; the rest is that of its English pieces."""
COMMONEST = 0.1
"""Rarity of what is in every text."""
SPECIAL_PIECES = (*SPECIAL, *base.SPECIAL.values())


@dataclass(frozen=True)
class Words:
    """Of a vocabulary's pieces: ``links`` to the other language, square; ``rarity``, (pieces).

    Pieces that are the ``same`` word, (pieces), have one code; see :mod:`.alike`.
    """

    links: csr_matrix
    rarity: NDArray[np.float32]
    same: NDArray[np.int64] | None = None

    def codes(self, dimension: int, seed: int) -> Table:
        """Random signs, those of linked pieces drawn together: unit vectors, (pieces, dimension).

        Sums of such codes keep the pieces' inner products (Achlioptas 2003).
        """
        signs = np.random.default_rng(seed).integers(0, 2, (len(self.rarity), dimension)) * 2 - 1
        codes = (signs / np.sqrt(dimension)).astype(np.float32)
        codes = codes if self.same is None else codes[self.same]
        drawn = self.links @ codes
        lengths = np.linalg.norm(drawn, axis=1)
        known = lengths > 0
        mixed = np.sqrt(1 - OWN) * drawn[known] / lengths[known, None]
        codes[known] = mixed + np.sqrt(OWN) * codes[known]
        found: Table = codes / np.linalg.norm(codes, axis=1, keepdims=True)
        return found.astype(np.float32)


def rarity(
    tokenizer: Tokenizer, pairs: Sequence[Pair], same: NDArray[np.int64] | None = None
) -> NDArray[np.float32]:
    """log(pairs / sides with the piece), 0 for special pieces: shape (pieces).

    Pieces that are the ``same`` word, (pieces), are counted together.
    """
    holding = np.zeros(tokenizer.get_vocab_size())
    for texts in ([pair.en for pair in pairs], [pair.ar for pair in pairs]):
        for row in piece_ids(tokenizer, texts, same):
            holding[np.unique(row).astype(int)] += 1
    found = np.maximum(np.log((len(pairs) + 1) / (holding + 1)), COMMONEST)
    for piece in SPECIAL_PIECES:
        if (place := tokenizer.token_to_id(piece)) is not None:
            found[place] = 0
    found = found if same is None else found[same]
    return found.astype(np.float32)
