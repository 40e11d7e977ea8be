"""Keeping the vector index equal to the database.

The database is the truth: articles, passages, terms and the vectors themselves. Chroma holds a
second copy of the vectors to search in, which can be made again from the database at any time,
without the encoder. Chroma alone would not do: it writes its index files in place and does not
wait for the disk, so a process killed at the wrong moment leaves an index that answers wrongly.

A write therefore goes in this order:

    1. database: mark the index unsettled                                    (on disk)
    2. Chroma:   add the vectors that are new
    3. database: articles, chunks, terms, vectors, in one transaction        (acknowledged)
    4. Chroma:   delete the vectors that no passage has any more; wait for the disk
    5. database: take the mark away

A search drops what the database does not know, so a write is invisible before 3 and complete after
it, in both legs. Broken off before 3 it has not happened, after 3 it has; either way the mark
remains. Whoever finds the mark (the next open, or the next write) mends the index: a local one,
whose files may be torn, is made anew in a fresh folder that replaces the old one in the transaction
that takes the mark away; on a server only what is missing or too much is put right. The same
happens when the index is elsewhere than it was, is gone, or has another number of vectors.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rag.errors import StoreError, StoreLocked
from rag.language.text import LANGS, Lang
from rag.store.database import Database, set_meta
from rag.store.layout import discard
from rag.store.lock import StoreLock
from rag.store.rows import vector_count, vector_hashes, vectors_by_hash
from rag.store.vectors import MAX_BATCH, IndexDamaged, VectorIndex, open_local, open_server

LOCAL = "local"
WRITE_SECONDS = 10.0
MEND_SECONDS = 2.0
BLANK = {"unsettled": "1", "place": "", "index": ""}
UNSETTLED = {"unsettled": "1"}
SETTLED = {"unsettled": "0"}

_log = logging.getLogger(__name__)


class IndexKeeper:
    """Opens the vector index of one generation when it is first needed, mended if need be."""

    def __init__(self, database: Database, lock: StoreLock, chroma_url: str | None) -> None:
        self.repaired = False
        self._database = database
        self._lock = lock
        self._url = chroma_url
        self._index: VectorIndex | None = None
        self._retired: list[VectorIndex] = []
        self._mutex = threading.RLock()

    @property
    def _folder(self) -> Path:
        return self._database.path.parent

    @property
    def _prefix(self) -> str:
        return f"sanad-{self._database.manifest().store_id}"

    def open(self) -> VectorIndex:
        """The index, open and (as far as the mark and the counts tell) equal to the database.

        Raises:
            StoreError: it cannot be opened or mended, or the server does not answer.
            StoreLocked: it has to be mended, and another process is writing.
        """
        with self._mutex:
            if self._index is None:
                self._index = self._checked()
            return self._index

    def open_for_writing(self) -> VectorIndex:
        """The same, mended if an earlier write broke off. The caller has the lock."""
        with self._mutex:
            index = self.open()
            meta = self._database.meta()
            if meta["unsettled"] == "1" or meta["place"] != index.place:
                self._index = self._mend(index)
            return self._index or index

    def recover(self, broken: VectorIndex, *, anew: bool) -> VectorIndex:
        """The index again after ``broken`` failed: opened again, or made anew from the database.

        Raises:
            StoreError, StoreLocked: as :meth:`open`.
        """
        with self._lock.writing(WRITE_SECONDS), self._mutex:
            if self._index is broken and anew:
                self._index = self._mend(broken, anew=True)
            elif self._index is broken:
                self._retired.append(broken)
                self._index = None
            return self.open()

    def settle(
        self,
        index: VectorIndex,
        added: Mapping[Lang, Iterable[str]],
        dropped: Mapping[Lang, Sequence[str]],
    ) -> None:
        """Steps 4 and 5. What fails here is left to mending: the write itself is done."""
        try:
            for lang, hashes in dropped.items():
                index.delete(lang, hashes)
            # Only what was written is looked at: counting all would take longer with every write.
            for lang in {*added, *dropped}:
                new, old = list(added.get(lang, ())), dropped.get(lang, ())
                if index.present(lang, [*new, *old]) != set(new).difference(old):
                    raise IndexDamaged(f"The vector index {index.place} has lost a write.")
            index.sync()
            with self._database.write() as connection:
                set_meta(connection, SETTLED)
        except StoreError as error:
            _log.warning("Stored; the vector index is to be mended by the next write: %s", error)

    def drop(self) -> None:
        """Delete the collections from the Chroma server; a local index goes with its folder."""
        if self._url is not None:
            index = open_server(self._url, self._prefix)
            index.drop()
            index.close()

    def close(self) -> None:
        """Let go of Chroma."""
        with self._mutex:
            for index in (self._index, *self._retired):
                if index is not None:
                    index.close()
            self._index, self._retired = None, []

    def _checked(self) -> VectorIndex:
        index = self._as_it_is()
        if index is not None and self._sound(index):
            return index
        try:
            with self._mending(index) as needed:
                return self._mend(index) if needed or index is None else index
        except BaseException:
            if index is not None:
                index.close()
            raise

    @contextmanager
    def _mending(self, index: VectorIndex | None) -> Iterator[bool]:
        """Hold the lock; tells whether ``index`` needs mending still."""
        moved = index is None or self._database.meta()["place"] != index.place
        try:
            self._lock.acquire(MEND_SECONDS if moved else 0.0)
        except StoreLocked:
            if moved:
                raise
            yield False  # a writer is at work, and will leave the index settled
            return
        try:
            yield index is None or not self._sound(index)
        finally:
            self._lock.release()

    def _as_it_is(self) -> VectorIndex | None:
        """The index as it is; None for a local one that is not there or may be torn."""
        if self._url is not None:
            return open_server(self._url, self._prefix)
        meta = self._database.meta()
        folder = self._folder / meta["index"]
        if meta["unsettled"] == "1" or meta["place"] != LOCAL or not folder.is_dir():
            return None
        try:
            return open_local(folder, self._prefix)
        except IndexDamaged as error:
            _log.warning("%s", error)
            return None

    def _sound(self, index: VectorIndex) -> bool:
        meta = self._database.meta()
        if meta["unsettled"] == "1" or meta["place"] != index.place:
            return False
        try:
            return self._counts_agree(index)
        except IndexDamaged as error:
            _log.warning("%s", error)
            return False

    def _counts_agree(self, index: VectorIndex) -> bool:
        with self._database.read() as connection:
            return all(index.count(lang) == vector_count(connection, lang) for lang in LANGS)

    def _mend(self, index: VectorIndex | None, *, anew: bool = False) -> VectorIndex:
        """Make the index equal to the database. The caller has the lock."""
        if self._database.meta()["place"]:
            _log.warning("Mending the vector index of %s", self._folder.parent)
            self.repaired = True
        with self._database.write() as connection:
            set_meta(connection, UNSETTLED)
        try:
            mended, name = self._filled(index, anew)
        except IndexDamaged as error:
            raise StoreError(
                f"The vector index of {self._folder.parent} cannot be made anew. {error}"
            ) from error
        with self._database.write() as connection:
            set_meta(connection, {"place": mended.place, "index": name, **SETTLED})
        if index is not None and index is not mended:
            self._retired.append(index)  # other threads may be searching in it
        for folder in self._folder.glob("chroma-*"):
            if folder.name != name:
                discard(folder)
        return mended

    def _filled(self, index: VectorIndex | None, anew: bool) -> tuple[VectorIndex, str]:
        """An index that equals the database, and the name of its folder ("" on a server)."""
        if self._url is not None:
            index = index or open_server(self._url, self._prefix)
            for lang in LANGS if anew else ():
                index.empty(lang)
            self._reconcile(index)
            return index, ""
        folder = self._folder / f"chroma-{uuid.uuid4().hex[:8]}"
        try:
            index = open_local(folder, self._prefix)
            try:
                self._reconcile(index)
            except BaseException:
                index.close()
                raise
        except BaseException:
            discard(folder)
            raise
        return index, folder.name

    def _reconcile(self, index: VectorIndex) -> None:
        for lang in LANGS:
            self._reconcile_language(index, lang)
        if not self._counts_agree(index):
            raise IndexDamaged(f"The vector index {index.place} does not keep what it is given.")
        index.sync()

    def _reconcile_language(self, index: VectorIndex, lang: Lang) -> None:
        try:
            present = index.hashes(lang)
        except IndexDamaged:
            index.empty(lang)
            present = set()
        with self._database.read() as connection:
            wanted = vector_hashes(connection, lang)
            index.delete(lang, sorted(present - wanted))
            missing = sorted(wanted - present)
            for start in range(0, len(missing), MAX_BATCH):
                part = missing[start : start + MAX_BATCH]
                index.add(lang, vectors_by_hash(connection, lang, part))
