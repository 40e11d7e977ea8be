"""The vector index on a Chroma server: opened, and mended, when it is needed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rag.errors import StoreLocked
from rag.language.text import LANGS
from rag.store import mend
from rag.store.chroma import IndexDamaged
from rag.store.database import Database, set_meta
from rag.store.index import SETTLED, WRITE_SECONDS, IndexKeeper
from rag.store.layout import discard
from rag.store.lock import StoreLock
from rag.store.vectors import VectorIndex, open_server
from rag.types import IndexState

MEND_SECONDS = 2.0


class RemoteIndex(IndexKeeper):
    """Searches and writes wait for the server; processes take turns at mending."""

    def __init__(self, database: Database, lock: StoreLock, url: str) -> None:
        super().__init__(database, lock)
        self._url = url
        self._index: VectorIndex | None = None
        self._mutex = threading.RLock()

    @property
    def state(self) -> IndexState:
        """Always ``ready``: whoever needs it waits until it is."""
        return "ready"

    def begin(self) -> None:
        """Open it now."""
        self.open()

    def open(self) -> VectorIndex:
        """As :meth:`IndexKeeper.open`."""
        with self._mutex:
            if self._index is None:
                self._index = self._checked()
            return self._index

    def at_hand(self) -> VectorIndex:
        """The index, always."""
        return self.open()

    def await_for_writing(self) -> None:
        """Nothing goes on in the background."""

    def open_for_writing(self) -> VectorIndex:
        """The same as :meth:`open`, mended if an earlier write broke off."""
        with self._mutex:
            index = self.open()
            meta = self._database.meta()
            if meta["unsettled"] == "1" or meta["place"] != index.place:
                self._mend(index)
            return index

    def recover(self, broken: VectorIndex, *, anew: bool) -> VectorIndex:
        """As :meth:`IndexKeeper.recover`."""
        with self._lock.writing(WRITE_SECONDS), self._mutex:
            if self._index is broken and anew:
                self._mend(broken, anew=True)
            elif self._index is broken:
                self._retired.append(broken)
                self._index = None
            return self.open()

    def stop(self) -> None:
        """Nothing goes on in the background."""

    def drop(self) -> None:
        """Delete the collections from the server."""
        index = open_server(self._url, self._prefix)
        index.drop()
        index.close()

    def close(self) -> None:
        """Let go of the server."""
        with self._mutex:
            for index in (self._index, *self._retired):
                if index is not None:
                    index.close()
            self._index, self._retired = None, []

    def _checked(self) -> VectorIndex:
        index = open_server(self._url, self._prefix)
        try:
            if not self._sound(index):
                with self._mending(index) as needed:
                    if needed:
                        self._mend(index)
        except BaseException:
            index.close()
            raise
        return index

    @contextmanager
    def _mending(self, index: VectorIndex) -> Iterator[bool]:
        """Hold the lock; tells whether ``index`` needs mending still."""
        moved = self._database.meta()["place"] != index.place
        try:
            self._lock.acquire(MEND_SECONDS if moved else 0.0)
        except StoreLocked:
            if moved:
                raise
            yield False  # a writer is at work, and will leave the index settled
            return
        try:
            yield not self._sound(index)
        finally:
            self._lock.release()

    def _mend(self, index: VectorIndex, *, anew: bool = False) -> None:
        """Put right what is missing or too much. The caller has the lock."""
        self._begin_mending()
        try:
            for lang in LANGS if anew else ():
                index.empty(lang)
            mend.finish(self._database, index, mend.present_in(index))
        except IndexDamaged as error:
            raise self._not_made(error) from error
        with self._database.write() as connection:
            set_meta(connection, {"place": index.place, "index": "", **SETTLED})
        for folder in self._folder.glob("chroma-*"):
            discard(folder)
