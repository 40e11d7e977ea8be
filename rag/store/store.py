"""The store: articles, passages, terms and vectors in one folder."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from rag.errors import StoreError, StoreLocked
from rag.language.text import Lang
from rag.models.identity import EncoderIdentity
from rag.store import codes, generations, search, writing
from rag.store.contents import Contents
from rag.store.database import Database, set_meta
from rag.store.dense import DenseSearch
from rag.store.index import UNSETTLED, WRITE_SECONDS, IndexKeeper
from rag.store.layout import Layout
from rag.store.local import LocalIndex
from rag.store.lock import StoreLock
from rag.store.records import Entry, StoreStatus, check_entries
from rag.store.remote import RemoteIndex
from rag.store.rows import Vector
from rag.store.status import describe
from rag.store.vectors import VectorIndex
from rag.types import ArticlePart, IndexState

_log = logging.getLogger(__name__)


class Store(Contents):
    """Articles with their passages, found by meaning or by words. Made by :func:`open_store`.

    Safe to use from several threads: searches run beside each other and beside a write, writes
    run one at a time. Close it, or use it in a ``with`` block.
    """

    def __init__(
        self,
        layout: Layout,
        lock: StoreLock,
        database: Database,
        chroma_url: str | None,
        *,
        held: bool,
        replaces: Store | None = None,
        index: IndexKeeper | None = None,
    ) -> None:
        super().__init__(database)
        self.manifest = database.manifest()
        self._layout = layout
        self._lock = lock
        self._chroma_url = chroma_url
        self._index = index or (
            RemoteIndex(database, lock, chroma_url) if chroma_url else LocalIndex(database, lock)
        )
        self._dense = DenseSearch(database, self._index, self._require_live)
        self._held = held
        self._replaces = replaces
        self._closed = False

    @property
    def path(self) -> Path:
        """The store's folder."""
        return self._layout.path

    @property
    def generation(self) -> Path:
        """The folder of the generation that this is."""
        return self._database.path.parent

    def put(self, entries: Sequence[Entry]) -> None:
        """Store articles, each in place of what it had before; on disk when this returns.

        The whole batch is stored or, when this raises, none of it. A batch waits for the disk a
        few times, whatever its size: put many articles at once.

        Raises:
            StoreError: an entry is inconsistent, or the disk or Chroma refused; names the
                articles. What was stored before is as it was.
            StoreLocked: another process is writing (with a Chroma server).
        """
        self._store(entries, writing.replace)

    def _store(
        self,
        entries: Sequence[Entry],
        write: Callable[[sqlite3.Connection, Sequence[writing.Record]], set[int]],
    ) -> None:
        check_entries(entries, self.manifest.encoder.dimension)
        if not entries:
            return
        records = [writing.prepare(entry) for entry in entries]
        with (
            _explained([entry.article.id for entry in entries], "stored"),
            self._writing() as index,
        ):
            with self._database.read() as connection:
                writing.refuse_foreign_chunks(connection, records)
                fresh = writing.new_vectors(connection, records)
            if fresh:
                with self._database.write() as connection:
                    set_meta(connection, UNSETTLED)
            if index is not None:
                for lang, vectors in fresh.items():
                    index.add(lang, vectors)
            self._commit(index, lambda c: write(c, records), fresh)

    def add(self, entries: Sequence[Entry]) -> None:
        """Store chunks that articles lack, in front of those that they have.

        Each entry holds only what is to be added; articles that changed meanwhile are passed over.

        Raises:
            StoreError, StoreLocked: as :meth:`put`.
        """
        self._store(entries, writing.add)

    def note_chunker(self, version: int) -> None:
        """Note that everything in the store is now as that version of the chunker cuts it.

        Raises:
            StoreError: the disk refused.
            StoreLocked: another process is writing (with a Chroma server).
        """
        with self._lock.writing(WRITE_SECONDS):
            self._require_live()
            with self._database.write() as connection:
                set_meta(connection, {"chunker": str(version)})
            self.manifest = self._database.manifest()

    def remove(self, article_ids: Sequence[str]) -> None:
        """Remove articles; ids that are not there do no harm.

        Raises:
            StoreError, StoreLocked: as :meth:`put`.
        """
        if not article_ids:
            return
        with _explained(article_ids, "removed"), self._writing() as index:
            self._commit(index, lambda c: writing.delete(c, article_ids), {})

    def _commit(
        self,
        index: VectorIndex | None,
        change: Callable[[sqlite3.Connection], set[int]],
        added: writing.Hashed,
    ) -> None:
        """Steps 3 to 5 of a write (see :mod:`rag.store.index`)."""
        with self._database.write() as connection:
            dropped = writing.drop_unused(connection, change(connection))
            codes.catch_up(connection)
            if dropped:
                set_meta(connection, UNSETTLED)
        if added or dropped:
            self._dense.forget()
            if index is not None:
                self._index.settle(index, added, dropped)

    @contextmanager
    def _writing(self) -> Iterator[VectorIndex | None]:
        self._index.await_for_writing()
        with self._lock.writing(WRITE_SECONDS):
            self._require_live()
            yield self._index.open_for_writing()

    def search_dense(self, vector: Vector, lang: Lang, n: int) -> list[tuple[str, float]]:
        """The ``n`` chunks of texts in ``lang`` nearest to ``vector``: (chunk id, cosine).

        Best first, ties by id. The search is approximate (HNSW; Malkov & Yashunin 2018), the
        cosines are exact. ``vector`` is of shape (dimension,).

        Raises:
            StoreError: the vector is not of that shape or is zero; the index cannot be used.
        """
        return self.search_dense_parts(vector, lang, n)["text"]

    def search_dense_parts(
        self, vector: Vector, lang: Lang, n: int
    ) -> dict[ArticlePart, list[tuple[str, float]]]:
        """As :meth:`search_dense`, with the titles that are as near: fewer than ``n``, or none.

        Raises:
            StoreError: as :meth:`search_dense`.
        """
        query = search.direction(vector, self.manifest.encoder.dimension)
        return self._dense.search(query, lang, n)

    @property
    def index_state(self) -> IndexState:
        """What the vector index is doing; while it is not ``ready``, searches do without it."""
        return self._index.state

    def status(self) -> StoreStatus:
        """What the store holds, what built it and how large it is."""
        return describe(self._layout, self._database, self._index.state, self._index.repaired)

    def begin_index(self) -> None:
        """Begin to open the vector index; a local one in the background.

        Raises:
            StoreError, StoreLocked: as :meth:`open_index`, where it is on a server.
        """
        self._index.begin()

    def open_index(self) -> None:
        """Wait until the vector index is open, and mended if need be.

        Raises:
            StoreError, StoreLocked: as :meth:`IndexKeeper.open`.
        """
        self._index.open()

    def begin_generation(
        self, identity: EncoderIdentity, chunker_version: int | None = None
    ) -> Store:
        """A second generation of this store, to be filled and then promoted.

        This one stays live meanwhile. What a re-index that was cut short left behind is taken up
        again if it is of the same making: the new generation's ledger tells what it has already.
        Nobody else can write until it is closed.

        Raises:
            StoreError, StoreLocked: as :meth:`put`.
        """
        self._lock.acquire(WRITE_SECONDS, shared=not self._held)
        database = following = None
        try:
            database = generations.resume_or_create(
                self._layout, self._lock, self._chroma_url, identity, chunker_version
            )
            following = Store(
                *(self._layout, self._lock, database, self._chroma_url),
                held=True,
                replaces=self,
            )
            live = self.ledger()
            following.remove([key for key, e in following.ledger().items() if live.get(key) != e])
        except BaseException:
            if following is not None:
                following.close()  # with its index and database; it gives the lock back
            else:
                if database is not None:
                    database.close()
                self._lock.release()
            raise
        return following

    def promote(self) -> None:
        """Make this generation the live one, at once and for good; the one before is deleted.

        The store that :meth:`begin_generation` was called on is closed.

        Raises:
            StoreError: this generation is live already, or the disk refused.
        """
        if self._replaces is None:
            raise StoreError(f"The store {self.path} has no newer generation to promote.")
        self._layout.promote(self.generation)
        before, self._replaces = self._replaces, None
        before.close()
        try:
            generations.remove(before.generation, self._lock, self._chroma_url)
        except StoreError as error:
            _log.warning("The old generation is left to the next open: %s", error)

    def close(self) -> None:
        """Wait for a write under way, then let go of files, Chroma and the lock.

        A vector index that is being mended is given up, and begun again by the next open.
        """
        self._index.stop()  # not with the lock, which mending may be waiting for
        with self._lock.quiet():
            if self._closed:
                return
            self._closed = True
            self._index.close()
            self._database.close()
            if self._held:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _require_live(self) -> None:
        if not self._held and self._layout.live() != self.generation:
            raise StoreError(
                f"The store {self.path} was re-indexed by another process. Start this one again."
            )


@contextmanager
def _explained(article_ids: Sequence[str], done: str) -> Iterator[None]:
    """Say which articles an error is about."""
    try:
        yield
    except StoreLocked:
        raise
    except StoreError as error:
        some = ", ".join(repr(key) for key in article_ids[:5])
        rest = f" and {len(article_ids) - 5} more" if len(article_ids) > 5 else ""
        raise StoreError(f"Not {done}: {some}{rest}. {error}") from error
