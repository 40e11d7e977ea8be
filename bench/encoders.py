"""The one encoder that all systems share, in the guises that measuring needs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from rag.language.sentences import sentence_spans
from rag.models.encoder import Encoder, Vectors
from rag.models.identity import EncoderIdentity
from rag.timings import Timings

JITTER = 0.02
_DIGIT = re.compile(r"\d")


class EncoderEmbeddings(Embeddings):
    """The encoder as LangChain wants it."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._encoder.encode_passages(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        vector: list[float] = self._encoder.encode_queries([text])[0].tolist()
        return vector


class SentenceMeans:
    """Stands in for an encoder where only the speed of a large store is measured.

    A passage gets the mean of its sentences' vectors, each sentence encoded once however often
    it is copied with other digits, and a little noise of its own. Encoders that pool by the mean
    give passages nearly that, so the index gets vectors that lie as real ones do, in seconds
    instead of minutes. Questions are encoded as they are.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Vectors] = {}

    @property
    def identity(self) -> EncoderIdentity:
        return self._encoder.identity

    @property
    def max_tokens(self) -> int:
        return self._encoder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._encoder.count_tokens(texts)

    def piece_vectors(self, texts: Sequence[str]) -> list[Vectors]:
        return self._encoder.piece_vectors(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return self._encoder.encode_passages(texts)
        keys = [_sentences(text) for text in texts]
        new = list(dict.fromkeys(k for row in keys for k in row if k not in self._known))
        self._known.update(zip(new, self._encoder.encode_passages(new), strict=True))
        return np.stack(
            [
                _unit(np.mean([self._known[k] for k in row], axis=0) + _noise(text, self.identity))
                for row, text in zip(keys, texts, strict=True)
            ]
        )


def _sentences(text: str) -> list[str]:
    spans = sentence_spans(text) or [(0, len(text))]
    return [_DIGIT.sub("0", text[start:end]) for start, end in spans]


def _noise(text: str, identity: EncoderIdentity) -> Vectors:
    seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
    drawn = np.random.default_rng(seed).standard_normal(identity.dimension)
    return np.asarray(drawn * (JITTER / np.sqrt(identity.dimension)), np.float32)


def _unit(vector: Vectors) -> Vectors:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


class Stopwatch:
    """Stands in for an object and adds up how long some of its methods take.

    ``Stopwatch(store, timings, put="store")`` times calls of ``put`` under the stage "store".
    """

    def __init__(self, target: object, timings: Timings, **stages: str) -> None:
        self._target = target
        self._timings = timings
        self._stages = stages

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        return self._timed(found, self._stages[name]) if name in self._stages else found

    def _timed(self, method: Callable[..., Any], stage: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            with self._timings.stage(stage):
                return method(*args, **kwargs)

        return call
