"""Stand-ins with exact, predictable behaviour, for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.language.text import tokens
from rag.models.identity import EncoderIdentity


class HashingEncoder:
    """An encoder that hashes words into buckets: texts that share words are similar, exactly.

    Vectors are float32 of shape (n, dimension), unit length; the empty text is the first axis.
    """

    def __init__(self, dimension: int = 64, max_tokens: int = 128, name: str = "hashing") -> None:
        self.identity = EncoderIdentity(name, f"{name}-{dimension}", dimension)
        self.max_tokens = max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [2 + sum(max(1, len(t.form) // 4) for t in tokens(text)) for text in texts]

    def piece_vectors(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        return [self.encode_passages([t.form for t in tokens(text)]) for text in texts]

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.identity.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for token in tokens(text):
                digest = hashlib.blake2b(token.form.encode(), digest_size=4).digest()
                vectors[row, int.from_bytes(digest) % self.identity.dimension] += 1.0
            if not vectors[row].any():
                vectors[row, 0] = 1.0
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
