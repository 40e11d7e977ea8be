"""Articles into the store, in groups: full batches for the encoder, bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ingest.chunk import chunk_article, passage_text
from rag.models.encoder import Encoder, Vectors
from rag.store import Entry
from rag.types import Article, ArticlePart, Chunk

GROUP = 256
"""Chunks that are stored together, but for an article that has more."""

STEP = 32
"""Chunks that are embedded between two pauses."""


class Target(Protocol):
    """Where entries go: a store, or a generation of it in the making."""

    def put(self, entries: Sequence[Entry]) -> None:
        """Store the entries: each article whole or not at all."""
        ...


@dataclass(frozen=True, slots=True)
class _Cut:
    article: Article
    chunks: list[Chunk]
    origin: str


class Writer:
    """Cuts, embeds and stores articles. Call :meth:`flush` when there are no more."""

    def __init__(
        self,
        target: Target,
        encoder: Encoder,
        on_embedded: Callable[[int], None] | None = None,
        pause: Callable[[], object] = lambda: None,
    ) -> None:
        """Write to ``target``; ``on_embedded`` hears how many chunks of texts each few were.

        ``pause`` is called between small steps; nothing is half stored then, so it may raise.
        """
        self._target = target
        self._encoder = encoder
        self._on_embedded = on_embedded
        self._pause = pause
        self._waiting: list[_Cut] = []
        self._ready: list[Entry] = []
        self._size = 0

    def take(self, article: Article, origin: str) -> None:
        """Cut an article now, and embed and store it with its group."""
        self._pause()
        chunks = chunk_article(article, self._encoder.count_tokens, self._encoder.max_tokens)
        self._waiting.append(_Cut(article, chunks, origin))
        self._grow(len(chunks))

    def keep(self, entry: Entry) -> None:
        """Store an article that has its vectors already, with its group."""
        self._ready.append(entry)
        self._grow(len(entry.chunks))

    def flush(self) -> None:
        """Embed and store what waits; on disk when this returns."""
        waiting, entries = self._waiting, self._ready
        self._waiting, self._ready, self._size = [], [], 0
        parts = [chunk.part for cut in waiting for chunk in cut.chunks]
        texts = [passage_text(cut.article, chunk) for cut in waiting for chunk in cut.chunks]
        vectors = self._embed(texts, parts)
        start = 0
        for cut in waiting:
            end = start + len(cut.chunks)
            entries.append(Entry(cut.article, cut.chunks, vectors[start:end], cut.origin))
            start = end
        self._pause()
        self._target.put(entries)

    def _grow(self, chunks: int) -> None:
        self._size += max(1, chunks)
        if self._size >= GROUP:
            self.flush()

    def _embed(self, texts: list[str], parts: list[ArticlePart]) -> Vectors:
        """Vectors of the texts, in steps of like length: little of a step is padding."""
        vectors = np.zeros((len(texts), self._encoder.identity.dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        for start in range(0, len(order), STEP):
            rows = order[start : start + STEP]
            self._pause()
            vectors[rows] = self._encoder.encode_passages([texts[i] for i in rows])
            if self._on_embedded:
                self._on_embedded(sum(parts[i] == "text" for i in rows))
        return vectors
