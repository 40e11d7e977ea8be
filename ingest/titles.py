"""Titles for a store that an older chunker cut, which made no passages of them.

Only they are embedded: the passages of the texts are what they would be today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from ingest.chunk import CHUNKER_VERSION, passage_text, title_chunk
from ingest.write import STEP
from rag.models.encoder import Encoder
from rag.store import Entry, Store
from rag.types import Article, Chunk

AT_ONCE = 8 * STEP
"""Titles that are stored together."""


def add_titles(store: Store, encoder: Encoder, pause: Callable[[], object] = lambda: None) -> None:
    """Give the articles of ``store`` the passages of their titles, if it is from before these.

    Cut short, the next call takes up the rest. ``pause`` is called between small steps; nothing is
    half stored then, so it may raise.

    Raises:
        StoreError: the store cannot be written.
        EncoderError: the encoder cannot be used.
    """
    if store.manifest.chunker in (None, CHUNKER_VERSION):
        return
    lacking = _lacking(store)
    while some := list(islice(lacking, AT_ONCE)):
        store.add(_embedded(some, encoder, pause))
    store.note_chunker(CHUNKER_VERSION)


def _lacking(store: Store) -> Iterator[tuple[Article, Chunk]]:
    """Articles whose title is no passage yet and should be one, with that."""
    for article in store.iter_articles():
        chunks = store.article_chunks(article.id)
        if not chunks or chunks[0].part == "title":
            continue
        if title := title_chunk(article, chunks[0].start):
            yield article, title


def _embedded(
    titles: Sequence[tuple[Article, Chunk]], encoder: Encoder, pause: Callable[[], object]
) -> list[Entry]:
    entries = []
    for start in range(0, len(titles), STEP):
        some = titles[start : start + STEP]
        pause()
        vectors = encoder.encode_passages([passage_text(*title) for title in some])
        entries += [
            Entry(article, [chunk], vectors[row : row + 1], "")
            for row, (article, chunk) in enumerate(some)
        ]
    pause()
    return entries
