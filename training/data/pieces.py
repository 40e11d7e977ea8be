"""Word pieces of many texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BLOCK = 4096
"""Texts tokenised at a time: what the library keeps of a text is large."""


def piece_ids(
    tokenizer: Tokenizer, texts: Iterable[str], same: NDArray[np.int64] | None = None
) -> Iterator[list[int]]:
    """The ids of each text's pieces, without special ones; of those that ``same`` takes them for.

    ``same`` is of shape (pieces), see :mod:`training.vocabulary.alike`.
    """
    left, known = iter(texts), None if same is None else same.tolist()
    while block := list(islice(left, BLOCK)):
        for found in tokenizer.encode_batch(block, add_special_tokens=False):
            yield found.ids if known is None else [known[i] for i in found.ids]
