"""What the words alone say of a match: sums of their pieces' codes, weighed by rarity.

Training's scores hold it beside the encoder's own, which is then asked most for what words do not
tell; the encoder that is written has it in its vectors (:mod:`.word_transformer`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.data.align import Table

if TYPE_CHECKING:
    import torch

Ids = Sequence[Sequence[int]]


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

        rows = [np.unique(np.array(row, np.int64), return_counts=True) for row in ids]
        flat = torch.from_numpy(np.concatenate([pieces for pieces, _ in rows]))
        often = torch.from_numpy(np.concatenate([counts for _, counts in rows])).float()
        starts = torch.tensor(np.cumsum([0, *(len(pieces) for pieces, _ in rows[:-1])]))
        weights = self._rarity[flat] * often.sqrt()
        sums = embedding_bag(flat, self._codes, starts, mode="sum", per_sample_weights=weights)
        return normalize(sums, dim=-1)
