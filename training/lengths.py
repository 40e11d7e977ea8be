"""Batches of texts of like length, so that little is padded."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from rag.language.text import Lang

PIECES_PER_CHARACTER: dict[Lang, float] = {"en": 0.24, "ar": 0.31}
"""Of the shipped vocabulary on news; good enough to sort by."""
WINDOW = 4000
"""Items sorted together: near in length, yet a batch is not all of one kind."""

MULTIPLE = 32
"""Padded lengths are multiples of this: bfloat16's kernels on a CPU are built for every shape."""
SMALL_MULTIPLE = 8
"""The same where kernels take any shape."""

Item = TypeVar("Item")


def pieces(text: str, lang: Lang) -> int:
    """About how many word pieces ``text`` has, without tokenising it."""
    return int(len(text) * PIECES_PER_CHARACTER[lang]) + 2


def batches(
    items: Sequence[Item], lengths: Sequence[int], tokens: int, rng: random.Random
) -> list[list[Item]]:
    """Lists of items of at most ``tokens`` pieces when padded to their longest, in random order."""
    made: list[list[Item]] = []
    for window in range(0, len(items), WINDOW):
        order = sorted(range(window, min(window + WINDOW, len(items))), key=lambda i: lengths[i])
        batch: list[Item] = []
        for i in order:
            padded = -(-lengths[i] // MULTIPLE) * MULTIPLE
            if batch and len(batch) + 1 > max(1, tokens // padded):
                made.append(batch)
                batch = []
            batch.append(items[i])
        made.append(batch)
    rng.shuffle(made)
    return made
