"""What the words alone say of a match: random codes of word pieces, weighed by rarity.

An Arabic piece's code is drawn to those of the English pieces that it stands for, so that a text
and its translation have like sums. Training's scores hold them beside the encoder's, which is then
asked most for what words do not tell; the encoder that is written has them in its vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.data.align import Table

if TYPE_CHECKING:
    import torch
    from scipy.sparse import csr_matrix

OWN = 0.3
"""Share of an Arabic piece's code that is its own; the rest is that of its English pieces."""
LINKS, RARITY = "links.npz", "rarity.npy"

Ids = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Words:
    """Of a vocabulary's pieces: ``links`` to the other language, square; ``rarity``, (pieces)."""

    links: csr_matrix
    rarity: NDArray[np.float32]

    def save(self, folder: Path) -> None:
        """Two files in ``folder``."""
        from scipy.sparse import save_npz

        save_npz(folder / LINKS, self.links.astype(np.float32))
        np.save(folder / RARITY, self.rarity)

    @classmethod
    def load(cls, folder: Path) -> Words:
        """What :meth:`save` wrote.

        Raises:
            FileNotFoundError: ``folder`` was not written by the vocabulary stage.
        """
        from scipy.sparse import load_npz

        return cls(load_npz(folder / LINKS), np.load(folder / RARITY))

    def codes(self, dimension: int, seed: int) -> Table:
        """Random signs, those of linked pieces drawn together: unit vectors, (pieces, dimension).

        Sums of such codes keep the pieces' inner products (Achlioptas 2003).
        """
        signs = np.random.default_rng(seed).integers(0, 2, (len(self.rarity), dimension)) * 2 - 1
        codes = (signs / np.sqrt(dimension)).astype(np.float32)
        drawn = self.links @ codes
        lengths = np.linalg.norm(drawn, axis=1)
        known = lengths > 0
        mixed = np.sqrt(1 - OWN) * drawn[known] / lengths[known, None]
        codes[known] = mixed + np.sqrt(OWN) * codes[known]
        found: Table = codes / np.linalg.norm(codes, axis=1, keepdims=True)
        return found.astype(np.float32)


class WordVectors:
    """Texts to unit vectors by their word pieces alone."""

    def __init__(self, codes: Table, rarity: NDArray[np.float32]) -> None:
        import torch

        self._codes = torch.from_numpy(codes)
        self._rarity = torch.from_numpy(rarity)

    def encode(self, ids: Ids) -> torch.Tensor:
        """Sums of codes by rarity x count^½, at unit length: float32, shape (texts, dimension)."""
        import torch
        from torch.nn.functional import embedding_bag, normalize

        rows = [np.unique(row, return_counts=True) if len(row) else _NOTHING for row in ids]
        flat = torch.from_numpy(np.concatenate([pieces for pieces, _ in rows]).astype(np.int64))
        often = torch.from_numpy(np.concatenate([counts for _, counts in rows])).float()
        starts = torch.tensor(np.cumsum([0, *(len(pieces) for pieces, _ in rows[:-1])]))
        weights = self._rarity[flat] * often.sqrt()
        sums = embedding_bag(flat, self._codes, starts, mode="sum", per_sample_weights=weights)
        return normalize(sums, dim=-1)


_NOTHING = (np.array([0]), np.array([0]))
