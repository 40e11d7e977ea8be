"""The way of an article into the store. :func:`ingest` is the map of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from ingest.chunk import CHUNKER_VERSION
from ingest.discover import discover
from ingest.ledger import Action, Ledger
from ingest.page_process import PageProcess
from ingest.read import ReadArticle, read
from ingest.report import Failure, IngestReport, Progress
from ingest.sources import SUFFIXES, Listing, Upload
from ingest.titles import add_titles
from ingest.write import Writer
from rag.models.encoder import Encoder
from rag.store import Entry, Store

OnProgress = Callable[[Progress], None]


def ingest(
    paths: Sequence[str | Path | Upload],
    store: Store,
    encoder: Encoder,
    *,
    prune: bool = False,
    max_source_mb: float = 20.0,
    allow_private: bool = False,
    on_progress: OnProgress | None = None,
    pause: Callable[[], object] = lambda: None,
) -> IngestReport:
    """Bring the store up to date with the articles behind ``paths``.

    Articles that did not change are not embedded again; a store of an older chunker is given the
    passages of titles that it lacks. Whoever interrupts or kills this finds
    each article in the store whole, as it was or as it is, and the next run takes up the rest.

    Args:
        paths: files, folders, http(s) addresses, uploads.
        store: an open store that ``encoder`` built.
        encoder: embeds the passages.
        prune: also remove articles whose files under ``paths`` are gone.
        max_source_mb: largest file, page or line of a ``.jsonl`` file, in MB of 2**20 bytes.
        allow_private: read pages from addresses that are not public, and through proxies.
        on_progress: called after each source and each few passages.
        pause: called between small steps of the work, from the thread that does it. It may wait,
            to let others compute, or raise, to stop: what was stored stays, the rest is not.

    Returns:
        What was done; sources that could not be read are in ``failed``, files in folders that are
        of other kinds in ``skipped``.

    Raises:
        StoreError: the store cannot be written.
        EncoderError: the encoder cannot be used.
    """
    listing = discover(paths)
    ledger = _ledger(store, listing, prune=prune)
    tally = _Tally(len(listing.sources), on_progress)
    tally.failures += [*listing.failures, *([] if prune else _empty(listing))]
    writer = Writer(store, encoder, tally.embedded, pause)
    with PageProcess() as pages:
        for source in listing.sources:
            whole = True
            settled, limit = ledger.settle(source), int(max_source_mb * 2**20)
            for found in read(settled, limit, pages.parse_html, allow_private=allow_private):
                pause()  # also where nothing changed, and nothing is written
                action = found if isinstance(found, Failure) else ledger.judge(found)
                whole &= tally.note(action)
                if isinstance(found, ReadArticle):
                    _act(found, action, store, writer)
            ledger.close(source, whole=whole)
            tally.step(source.name)
    writer.flush()
    stale = ledger.stale(listing, prune=prune)
    store.remove(stale)
    add_titles(store, encoder, pause)
    return tally.report(removed=len(stale), skipped=listing.skipped.values())


def reindex(
    store: Store, encoder: Encoder, *, on_progress: OnProgress | None = None
) -> IngestReport:
    """Cut and embed every article of ``store`` anew, for another encoder or chunker.

    The store answers as before until all is done, and is then replaced at once; ``store`` is
    closed, so open it again. Cut short, nothing is lost: the next call takes up what is done.

    Args:
        store: opened with ``identity=None``, since another encoder built it.
        encoder: embeds the passages from now on.
        on_progress: called after each article and each few passages.

    Returns:
        The articles as ``updated``, and the passages.

    Raises:
        StoreError: the store cannot be written, or another process is writing.
        EncoderError: the encoder cannot be used.
    """
    with store.begin_generation(encoder.identity, CHUNKER_VERSION) as following:
        origins, done = store.ledger(), following.ledger()
        tally = _Tally(len(origins), on_progress)
        writer = Writer(following, encoder, tally.embedded)
        for article in store.iter_articles():
            tally.note(Action.UPDATE)
            if article.id not in done:
                writer.take(article, origins[article.id].origin)
            tally.step(article.title)
        writer.flush()
        following.promote()
        return tally.report(removed=0)


def _ledger(store: Store, listing: Listing, *, prune: bool) -> Ledger:
    """What the store holds: all of it, or for a few files and uploads what may concern them."""
    whole = prune or not listing.is_piecemeal
    alike = (origin.encode() for source in listing.sources for origin in source.origin.alike())
    return Ledger(
        store.ledger() if whole else store.ledger_of(alike),
        lambda key: store.articles([key]).get(key),
        lambda key: None if whole else store.ledger([key]).get(key),
    )


def _act(found: ReadArticle, action: Action | Failure, store: Store, writer: Writer) -> None:
    """Do what the ledger says should be done with an article."""
    if action in (Action.ADD, Action.UPDATE):
        writer.take(found.article, found.origin.encode())
    elif action is Action.MOVE:
        writer.keep(_moved(found, store))


def _moved(found: ReadArticle, store: Store) -> Entry:
    """The stored article with its new origin; nothing has to be embedded again."""
    chunks = store.article_chunks(found.article.id)
    held = store.vectors([chunk.id for chunk in chunks])
    vectors = np.zeros((len(chunks), store.manifest.encoder.dimension), dtype=np.float32)
    for row, chunk in enumerate(chunks):
        vectors[row] = held[chunk.id]
    return Entry(found.article, chunks, vectors, found.origin.encode())


def _empty(listing: Listing) -> list[Failure]:
    reason = f"There is nothing to read in this folder ({', '.join(SUFFIXES)}). Check the path."
    return [Failure(name, reason) for name in listing.empty]


class _Tally:
    """Counts what happens, and tells whoever listens."""

    def __init__(self, total: int, on_progress: OnProgress | None) -> None:
        self.failures: list[Failure] = []
        self._actions: Counter[Action] = Counter()
        self._started = time.perf_counter()
        self._on_progress = on_progress
        self._done, self._total = 0, total
        self._chunks = 0
        self._source = ""

    def note(self, action: Action | Failure) -> bool:
        """Count an article; False for a failure."""
        if isinstance(action, Failure):
            self.failures.append(action)
            return False
        self._actions[action] += 1
        return True

    def step(self, source: str) -> None:
        """One more source is done."""
        self._done += 1
        self._source = source
        self._tell()

    def embedded(self, chunks: int) -> None:
        """So many more chunks have their vectors."""
        self._chunks += chunks
        self._tell()

    def report(self, *, removed: int, skipped: Iterable[str] = ()) -> IngestReport:
        """The sums."""
        count = self._actions
        return IngestReport(
            added=count[Action.ADD],
            updated=count[Action.UPDATE],
            unchanged=count[Action.KEEP] + count[Action.MOVE],
            removed=removed,
            failed=tuple(self.failures),
            skipped=tuple(sorted(skipped)),
            chunks=self._chunks,
            seconds=time.perf_counter() - self._started,
        )

    def _tell(self) -> None:
        if self._on_progress:
            self._on_progress(
                Progress(self._done, self._total, self._chunks, len(self.failures), self._source)
            )
