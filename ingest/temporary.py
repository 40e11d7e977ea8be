"""Stores that are gone after use, over articles or passages to measure against."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ingest.chunk import CHUNKER_VERSION, passage_text
from ingest.discover import discover
from ingest.jsonl import write_jsonl
from ingest.pipeline import OnProgress, ingest
from ingest.read import read
from ingest.report import Failure
from rag.assistant import Assistant, open_assistant
from rag.errors import SourceError
from rag.models.encoder import Encoder
from rag.settings import Settings
from rag.store import Entry, MemoryStore, Store
from rag.types import Article, Chunk


@contextmanager
def temporary_assistant(
    settings: Settings,
    sources: Sequence[str | Path],
    articles: Sequence[Article] = (),
    *,
    on_progress: OnProgress | None = None,
) -> Iterator[Assistant]:
    """An assistant over ``articles`` and those of ``sources``, in a store that goes with this.

    Raises:
        SourceError: a source could not be read, so what is measured would not be what was meant.
        StoreError, EncoderError, ChatModelError: as :func:`rag.assistant.open_assistant`.
    """
    with tempfile.TemporaryDirectory(prefix="sanad-") as folder:
        here = settings.model_copy(update={"store": Path(folder) / "store", "chroma_url": None})
        given = Path(folder) / "articles.jsonl"
        write_jsonl(articles, given)
        with open_assistant(here, create=True, chunker_version=CHUNKER_VERSION) as assistant:
            report = ingest(
                [*([given] if articles else ()), *sources],
                assistant.store,
                assistant.encoder,
                max_source_mb=settings.max_source_mb,
                allow_private=settings.allow_private,
                on_progress=on_progress,
            )
            _refuse(report.failed)
            yield assistant


@contextmanager
def passages_store(passages: Sequence[Article], encoder: Encoder) -> Iterator[Store]:
    """A store in memory that holds each of ``passages`` as an article of one chunk.

    However long one is, it stays whole: the encoder and the reader see its beginning.

    Raises:
        StoreError: a passage cannot be stored; names it.
    """
    chunks = [
        Chunk(f"{a.id}:{a.content_hash[:8]}:0000", a.id, a.text, 0, len(a.text), a.lang)
        for a in passages
    ]
    texts = [passage_text(a, chunk) for a, chunk in zip(passages, chunks, strict=True)]
    vectors = encoder.encode_passages(texts)
    with MemoryStore(encoder.identity, CHUNKER_VERSION) as store:
        store.put(
            [
                Entry(article, [chunk], vectors[row : row + 1], article.id)
                for row, (article, chunk) in enumerate(zip(passages, chunks, strict=True))
            ]
        )
        yield store


def read_articles(sources: Sequence[str | Path], settings: Settings) -> dict[str, Article]:
    """The articles of ``sources`` by id, as an ingest reads them, stored nowhere.

    Raises:
        SourceError: a source could not be read, or there is no article.
    """
    listing = discover(sources)
    failures, articles = list(listing.failures), {}
    limit = int(settings.max_source_mb * 2**20)
    for source in listing.sources:
        for found in read(source, limit, allow_private=settings.allow_private):
            if isinstance(found, Failure):
                failures.append(found)
            else:
                articles[found.article.id] = found.article
    _refuse(failures)
    if not articles:
        names = ", ".join(map(str, sources))
        raise SourceError(f"There is no article in {names}. Check the path.")
    return articles


def _refuse(failures: Sequence[Failure]) -> None:
    if failures:
        first, rest = failures[0], len(failures) - 1
        more = f" {rest} more could not be read." if rest else ""
        raise SourceError(f"{first.source}: {first.reason}{more}")
