"""A store that is deleted after use, over articles to measure against."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ingest.chunk import CHUNKER_VERSION
from ingest.jsonl import write_jsonl
from ingest.pipeline import OnProgress, ingest
from rag.assistant import Assistant, open_assistant
from rag.errors import SourceError
from rag.settings import Settings
from rag.types import Article


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
            if report.failed:
                first, rest = report.failed[0], len(report.failed) - 1
                more = f" {rest} more could not be read." if rest else ""
                raise SourceError(f"{first.source}: {first.reason}{more}")
            yield assistant
