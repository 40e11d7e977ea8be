"""Vectors of the last texts, so that they are not computed again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rag.models.recent import Recent

if TYPE_CHECKING:
    from rag.models.encoder import Encoder, Vectors
    from rag.models.identity import EncoderIdentity


class RememberingEncoder:
    """An encoder that does not encode the same text twice in a row of questions.

    Vectors of the last ``size`` queries and passages are kept (4.1 kB each at 1,024 dimensions).
    """

    def __init__(self, encoder: Encoder, size: int = 4096) -> None:
        self._encoder = encoder
        self._queries: Recent[Vectors] = Recent(size)
        self._passages: Recent[Vectors] = Recent(size)

    @property
    def identity(self) -> EncoderIdentity:
        """As in :class:`Encoder`."""
        return self._encoder.identity

    @property
    def max_tokens(self) -> int:
        """As in :class:`Encoder`."""
        return self._encoder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As in :class:`Encoder`."""
        return self._encoder.count_tokens(texts)

    def piece_vectors(self, texts: Sequence[str]) -> list[Vectors]:
        """As in :class:`Encoder`."""
        return self._encoder.piece_vectors(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """As in :class:`Encoder`."""
        return _recall(self._queries, self._encoder.encode_queries, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """As in :class:`Encoder`."""
        return _recall(self._passages, self._encoder.encode_passages, texts)


def _recall(
    known: Recent[Vectors], encode: Callable[[Sequence[str]], Vectors], texts: Sequence[str]
) -> Vectors:
    if not texts:
        return encode(texts)
    # copies, as a row of a batch would keep the whole batch
    return np.stack(known.look_up(texts, lambda new: [row.copy() for row in encode(new)]))
