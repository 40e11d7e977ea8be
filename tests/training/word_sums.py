"""What the words' transformer is to compute, written down plainly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float32]


def word_sums(ids: Sequence[Sequence[int]], codes: Table, rarity: Table) -> Table:
    """Sums of codes by rarity x count^½, at unit length: (texts, dimension); none give zeros."""
    sums = np.zeros((len(ids), codes.shape[1]), np.float32)
    for row, text in zip(sums, ids, strict=True):
        pieces, counts = np.unique(np.array(text, np.int64), return_counts=True)
        row += (rarity[pieces] * np.sqrt(counts)) @ codes[pieces]
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.maximum(lengths, 1e-12), dtype=np.float32)
