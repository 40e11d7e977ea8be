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
remains. Whoever finds the mark (the next open, or the next write) has the index mended. The same
happens when the index is elsewhere than it was, is gone, or has another number of vectors.

A local index, whose files may be torn, is made anew in a fresh folder, which replaces the old one
in the transaction that takes the mark away. That takes minutes for a large store, so it is done in
the background (:mod:`rag.store.local`), as is loading a sound one; searches do without the index
meanwhile (:mod:`rag.store.codes`). Writes wait a little, then go on with steps 1 and 3 alone: the
mark stays, and the mending takes in what they wrote. It keeps writes out only at its end, for the
last difference. Killed at any moment it leaves the mark, the old folder, and a new one that nothing
refers to. A process that ends sooner gives the mending up, and the next one begins it again.

On a server (:mod:`rag.store.remote`) only what is missing or too much is put right, at once.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rag.errors import StoreError
from rag.language.text import LANGS, Lang
from rag.store.chroma import IndexDamaged
from rag.store.database import Database, set_meta
from rag.store.lock import StoreLock
from rag.store.rows import vector_count
from rag.store.vectors import VectorIndex
from rag.types import IndexState

WRITE_SECONDS = 10.0
BLANK = {"unsettled": "1", "place": "", "index": ""}
UNSETTLED = {"unsettled": "1"}
SETTLED = {"unsettled": "0"}

_log = logging.getLogger(__name__)


class IndexKeeper(ABC):
    """Opens the vector index of one generation when it is first needed, mended if need be."""

    def __init__(self, database: Database, lock: StoreLock) -> None:
        self.repaired = False
        self._database = database
        self._lock = lock
        self._retired: list[VectorIndex] = []
        """Indexes that were replaced; other threads may be searching in them until the close."""

    @property
    @abstractmethod
    def state(self) -> IndexState:
        """Whether the index is there."""

    @abstractmethod
    def begin(self) -> None:
        """Open the index, or begin to.

        Raises:
            StoreError: it is on a server, and cannot be opened or mended.
            StoreLocked: it has to be mended, and another process is writing.
        """

    @abstractmethod
    def open(self) -> VectorIndex | None:
        """The index, open and (as far as the mark and the counts tell) equal to the database.

        None where the store has none (:mod:`rag.store.memory`).

        Raises:
            StoreError: it cannot be opened or mended, or the server does not answer.
            StoreLocked: it has to be mended, and another process is writing.
        """

    @abstractmethod
    def at_hand(self) -> VectorIndex | None:
        """The index; None while a search had better do without."""

    @abstractmethod
    def await_for_writing(self) -> None:
        """Wait for the index, as far as a write should. The caller does not have the lock yet."""

    @abstractmethod
    def open_for_writing(self) -> VectorIndex | None:
        """The index, equal to the database; None while it is mended. The caller has the lock."""

    @abstractmethod
    def recover(self, broken: VectorIndex, *, anew: bool) -> VectorIndex | None:
        """The index after ``broken`` failed: opened again, or made anew. None as `at_hand`.

        Raises:
            StoreError, StoreLocked: as :meth:`open`.
        """

    @abstractmethod
    def stop(self) -> None:
        """Give up what is going on in the background. The caller does not have the lock."""

    @abstractmethod
    def close(self) -> None:
        """Let go of Chroma."""

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

    @property
    def _folder(self) -> Path:
        return self._database.path.parent

    @property
    def _prefix(self) -> str:
        return f"sanad-{self._database.manifest().store_id}"

    def _sound(self, index: VectorIndex) -> bool:
        meta = self._database.meta()
        if meta["unsettled"] == "1" or meta["place"] != index.place:
            return False
        try:
            return counts_agree(self._database, index)
        except IndexDamaged as error:
            _log.warning("%s", error)
            return False

    def _begin_mending(self) -> None:
        """Set the mark. The caller has the lock."""
        if self._is_repair():
            _log.warning("Mending the vector index of %s", self._folder.parent)
        with self._database.write() as connection:
            set_meta(connection, UNSETTLED)

    def _is_repair(self) -> bool:
        """Whether making the index is a repair, and note it if so.

        There was an index before; the first one of a store is simply made.
        """
        there = bool(self._database.meta()["place"])
        self.repaired = self.repaired or there
        return there

    def _not_made(self, error: IndexDamaged) -> StoreError:
        return StoreError(f"The vector index of {self._folder.parent} cannot be made anew. {error}")


def counts_agree(database: Database, index: VectorIndex) -> bool:
    """Whether ``index`` has as many vectors in each language as the database."""
    with database.read() as connection:
        return all(index.count(lang) == vector_count(connection, lang) for lang in LANGS)
