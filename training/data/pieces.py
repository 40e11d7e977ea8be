"""Word pieces of many texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BLOCK = 4096
"""Texts tokenised at a time: what the library keeps of a text is large."""


def piece_ids(tokenizer: Tokenizer, texts: Iterable[str]) -> Iterator[list[int]]:
    """The ids of each text's pieces, without special ones."""
    left = iter(texts)
    while block := list(islice(left, BLOCK)):
        yield from (e.ids for e in tokenizer.encode_batch(block, add_special_tokens=False))
