"""Encoders that sentence-transformers loads and torch computes: any that has no graph."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import EncoderError
from rag.models.compute import FEW, sliced, unit
from rag.models.encoder import Vectors
from rag.models.identity import EncoderIdentity, family_prompts
from rag.models.pieces import PieceVectors
from rag.models.quiet import quiet_loading, stay_offline
from rag.models.torch_compute import precision, workers
from rag.precedence import FairLock

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

COUNTED = 64
"""Most texts whose tokens are counted before another thread may have the tokenizer."""


class SentenceTransformerEncoder:
    """An :class:`Encoder` over a loaded sentence-transformers model; may be shared by threads.

    Only the tokenizer is used by one thread at a time, for a few texts each. Vectors are computed
    beside one another: those of a question on one core, many texts in slices of like length on
    ``threads`` cores, one a slice.
    """

    def __init__(self, model: SentenceTransformer, identity: EncoderIdentity, threads: int) -> None:
        self._model = model
        self._identity = identity
        self._threads = threads
        self._tokenizing = FairLock()  # a tokenizer must not be set and used at the same time
        model.preprocess = self._alone(model.preprocess)  # type: ignore[method-assign]
        self._question = workers(1, "question")
        self._slices = workers(threads, "encoder")
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
        counts: list[int] = []
        for start in range(0, len(texts), COUNTED):
            some = list(texts[start : start + COUNTED])
            with self._tokenizing:
                encoded = self._model.tokenizer(some, truncation=False, verbose=False)
            counts += [len(ids) for ids in encoded["input_ids"]]
        return counts

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
        vectors = np.zeros((len(texts), self._identity.dimension), dtype=np.float32)
        slices = sliced(texts, self._threads)
        pool = self._question if len(texts) <= FEW else self._slices
        computing = pool.map(lambda rows: _encoded(encode, [texts[i] for i in rows]), slices)
        for rows, found in zip(slices, computing, strict=True):
            vectors[rows] = found
        return unit(vectors)  # again, as the model normalises in half precision, if at all

    def _alone(self, preprocess: Callable[..., Any]) -> Callable[..., Any]:
        """The library's step that uses the tokenizer, by one thread at a time."""

        @functools.wraps(preprocess)
        def alone(*args: Any, **kwargs: Any) -> Any:
            with self._tokenizing:
                return preprocess(*args, **kwargs)

        return alone


def _encoded(encode: Callable[..., object], texts: list[str]) -> Vectors:
    found = encode(texts, batch_size=len(texts), convert_to_numpy=True, show_progress_bar=False)
    return np.asarray(found, dtype=np.float32)


def load_with_torch(
    name: str, folder: Path, identity: EncoderIdentity, threads: int | None
) -> SentenceTransformerEncoder:
    """As :func:`rag.models.encoder.load_encoder`.

    Weights kept in half precision are computed as :func:`rag.models.torch_compute.precision` says.

    Raises:
        EncoderError: the model cannot be loaded.
    """
    stay_offline()
    import torch
    from sentence_transformers import SentenceTransformer

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
    return SentenceTransformerEncoder(model, identity, threads or torch.get_num_threads())


def _add_family_prompts(model: SentenceTransformer, name: str) -> None:
    if not any(model.prompts.values()):
        model.prompts.update(family_prompts(name))
