"""The embedding model: text in, unit vectors out.

The shipped encoder is a sentence-transformers folder with a graph beside its weights, and computed
by that; ``SANAD_ENCODER`` names any other model, which the library loads. Models that want their
queries and passages marked get their own prompts, or the family's where the model does not carry
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.models.compute import single_blas
from rag.models.graph import has_graph
from rag.models.identity import EncoderIdentity, encoder_identity, model_folder

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """What the rest of Sanad needs of an embedding model."""

    @property
    def identity(self) -> EncoderIdentity:
        """Name, weights hash and dimension."""
        ...

    @property
    def max_tokens(self) -> int:
        """Longest input in tokens, special tokens included; the rest would be cut off."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens included."""
        ...

    def piece_vectors(self, texts: Sequence[str]) -> list[Vectors]:
        """Static vectors of each text's word pieces: float32, (pieces, dimension), unit length."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions: float32, shape (n, dimension), unit length."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages: float32, shape (n, dimension), unit length."""
        ...


def load_encoder(name: str, threads: int | None = None) -> Encoder:
    """Load the sentence-transformers model called ``name`` (a folder or a hub name) on the CPU.

    One with a graph is opened in a fraction of a second; another needs libraries whose import takes
    seconds. Many texts are encoded on ``threads`` cores, by default all, a question on one. numpy's
    linear algebra is held to the thread that calls it, in the whole process.

    Raises:
        EncoderError: the model is not there or cannot be loaded.
    """
    identity = encoder_identity(name)
    folder = model_folder(name)
    single_blas()
    if has_graph(folder):
        from rag.models.graph_encoder import open_encoder

        return open_encoder(name, folder, identity, threads)
    from rag.models.torch_encoder import load_with_torch

    return load_with_torch(name, folder, identity, threads)
