"""The values that go into a store and come out of it. No I/O here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import StoreError
from rag.language.text import Lang
from rag.models.identity import EncoderIdentity
from rag.types import Article, Chunk, IndexState

UNIT_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One article to store, with its passages and where it came from.

    ``vectors`` are float32 of shape (len(chunks), dimension) and of unit length, in the order of
    ``chunks``. ``origin`` is the source that the article was read from (a path or a URL); the
    ledger gives it back. An article without chunks is kept, and never found.
    """

    article: Article
    chunks: Sequence[Chunk]
    vectors: NDArray[np.float32]
    origin: str


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What decides whether an article has to be ingested again."""

    content_hash: str
    origin: str


@dataclass(frozen=True, slots=True)
class LanguageCounts:
    """Articles written in a language, and passages of texts in it (of whatever article)."""

    articles: int
    chunks: int


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that holds a store's lock."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"process {self.pid} ({self.command})"


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """What a store holds and what built it.

    ``vectors`` says where the vector index is: ``local``, or the address of a Chroma server.
    ``size`` is in bytes, of everything in the store's folder. ``repaired`` tells whether the
    vector index had to be mended since the store was opened, ``owner`` is who has it open, and
    ``index`` what the vector index is doing.
    """

    path: Path
    articles: int
    chunks: int
    languages: dict[Lang, LanguageCounts]
    encoder: EncoderIdentity
    normaliser: int
    chunker: int | None
    vectors: str
    size: int
    created_at: str
    repaired: bool = False
    owner: Owner | None = None
    index: IndexState = "ready"


def check_entries(entries: Sequence[Entry], dimension: int) -> None:
    """Refuse entries that would leave a store inconsistent, before anything is written.

    Raises:
        StoreError: names the article and what is wrong with it.
    """
    _refuse_repeats("article", (entry.article.id for entry in entries))
    _refuse_repeats("chunk", (chunk.id for entry in entries for chunk in entry.chunks))
    for entry in entries:
        for problem in _problems(entry, dimension):
            raise StoreError(
                f"The article {entry.article.id!r} cannot be stored: {problem}. "
                "Correct it and ingest it again."
            )


def _refuse_repeats(kind: str, ids: Iterator[str]) -> None:
    for key, count in Counter(ids).items():
        if count > 1:
            raise StoreError(
                f"The {kind} id {key!r} occurs {count} times in one batch. "
                f"Give every {kind} an id of its own."
            )


def _problems(entry: Entry, dimension: int) -> Iterator[str]:
    article, vectors = entry.article, entry.vectors
    texts = {name: getattr(article, name) for name in ("id", "title", "text", "published")}
    texts |= {"url": article.url, "source": article.source, "origin": entry.origin}
    for name, value in texts.items():
        if value is not None and not _storable(value):
            yield f"its {name} holds a NUL or half a surrogate pair"
    for chunk in entry.chunks:
        if chunk.article_id != article.id:
            yield f"the chunk {chunk.id!r} belongs to the article {chunk.article_id!r}"
        if article.part(chunk.part)[chunk.start : chunk.end] != chunk.text:
            where = f"{chunk.part} from {chunk.start} to {chunk.end}"
            yield f"the chunk {chunk.id!r} is not its {where}"
        if not _storable(chunk.id + chunk.heading):
            yield f"the chunk {chunk.id!r} holds a NUL or half a surrogate pair"
    if vectors.shape != (len(entry.chunks), dimension):
        yield f"it has vectors of shape {vectors.shape}, not {(len(entry.chunks), dimension)}"
    elif not np.all(np.abs(np.linalg.norm(vectors, axis=1) - 1) < UNIT_TOLERANCE):
        yield "it has a vector that is not of unit length"


def _storable(text: str) -> bool:
    if "\0" in text:
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
