"""The embedding model: text in, unit vectors out.

The shipped encoder is a sentence-transformers folder; ``SANAD_ENCODER`` names any other. Models
that want their queries and passages marked get their own prompts, or the family's where the
model does not carry them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import EncoderError
from rag.models.compute import precision, single_blas, workers
from rag.models.identity import EncoderIdentity, encoder_identity, family_prompts, model_folder
from rag.models.pieces import PieceVectors
from rag.models.quiet import quiet_loading, stay_offline
from rag.models.recent import Recent

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = [
    "Encoder",
    "EncoderIdentity",
    "RememberingEncoder",
    "SentenceTransformerEncoder",
    "Vectors",
    "encoder_identity",
    "load_encoder",
]

Vectors = NDArray[np.float32]

BATCH_SIZE = 32

FEW = 2
"""Texts up to which one core is as fast as all: a question."""


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


class SentenceTransformerEncoder:
    """An :class:`Encoder` over a loaded sentence-transformers model; may be shared by threads."""

    def __init__(
        self, model: SentenceTransformer, identity: EncoderIdentity, threads: int | None = None
    ) -> None:
        self._model = model
        self._identity = identity
        self._lock = threading.Lock()  # a tokenizer must not be set and used at the same time
        self._one_core = workers(1, "encoder")
        self._cores = workers(1, "encoder", each=threads) if threads else None
        self._pieces = PieceVectors()
        prompt = str(model.prompts.get("document") or "")
        empty, prompted = self.count_tokens(["", prompt])
        self._prompt_tokens = prompted - empty

    @property
    def identity(self) -> EncoderIdentity:
        """As in :class:`Encoder`."""
        return self._identity

    @property
    def max_tokens(self) -> int:
        """As in :class:`Encoder`."""
        return int(self._model.max_seq_length or 512) - self._prompt_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As in :class:`Encoder`."""
        if not texts:
            return []
        with self._lock:
            encoded = self._model.tokenizer(list(texts), truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def piece_vectors(self, texts: Sequence[str]) -> list[Vectors]:
        """As in :class:`Encoder`."""
        return self._pieces.of(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """As in :class:`Encoder`."""
        return self._unit(self._model.encode_query, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """As in :class:`Encoder`."""
        return self._unit(self._model.encode_document, texts)

    def _unit(self, encode: Callable[..., object], texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self._identity.dimension), dtype=np.float32)
        options: dict[str, Any] = {
            "batch_size": BATCH_SIZE,
            "convert_to_numpy": True,
            "show_progress_bar": False,
        }
        pool = self._one_core if len(texts) <= FEW else self._cores
        with self._lock:
            if pool:
                vectors = pool.submit(encode, list(texts), **options).result()
            else:
                vectors = encode(list(texts), **options)
        exact = np.asarray(vectors, dtype=np.float32)  # normalised in half precision, if at all
        lengths = np.linalg.norm(exact, axis=1, keepdims=True)
        return np.asarray(exact / np.maximum(lengths, 1e-9), dtype=np.float32)


def load_encoder(name: str, threads: int | None = None) -> SentenceTransformerEncoder:
    """Load the sentence-transformers model called ``name`` (a folder or a hub name) on the CPU.

    Importing the library takes seconds, loading the shipped model a fraction of one. Many texts
    are encoded on ``threads`` cores, by default all, a question on one. Weights kept in half
    precision are computed as :func:`rag.models.compute.precision` says, and numpy's linear algebra
    is held to the thread that calls it, in the whole process.

    Raises:
        EncoderError: the model is not there or cannot be loaded.
    """
    identity = encoder_identity(name)
    folder = model_folder(name)
    stay_offline()
    from sentence_transformers import SentenceTransformer

    single_blas()
    try:
        with quiet_loading():
            model = SentenceTransformer(
                str(folder),
                device="cpu",
                model_kwargs={"dtype": "float32"},
                local_files_only=True,
            )
            model.to(precision(folder))
    except Exception as error:  # each file format has its own kinds
        raise EncoderError(
            f"The encoder {name!r} cannot be loaded: {error}. Point SANAD_ENCODER at a "
            "complete sentence-transformers folder, or unset it for the shipped encoder."
        ) from error
    dimension = model.get_embedding_dimension()
    if dimension != identity.dimension:
        raise EncoderError(
            f"The encoder {name!r} makes vectors of {dimension} dimensions, but its config.json "
            f"states {identity.dimension}. Point SANAD_ENCODER at a folder whose files belong "
            "together, or unset it for the shipped encoder."
        )
    _add_family_prompts(model, name)
    return SentenceTransformerEncoder(model, identity, threads)


def _add_family_prompts(model: SentenceTransformer, name: str) -> None:
    if not any(model.prompts.values()):
        model.prompts.update(family_prompts(name))


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
