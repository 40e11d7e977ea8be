"""A store in memory: a few articles for a moment, in the tables that every store has.

Nothing is written to a disk, and there is no vector index: so few vectors are searched exactly, as
in any store whose index is not loaded (:mod:`rag.store.codes`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from rag.errors import StoreError
from rag.models.identity import EncoderIdentity
from rag.store import counts, schema
from rag.store.database import Database, set_meta
from rag.store.index import BLANK, IndexKeeper
from rag.store.layout import Layout
from rag.store.lock import StoreLock
from rag.store.manifest import Manifest
from rag.store.store import Store
from rag.store.vectors import VectorIndex
from rag.types import IndexState

_NOWHERE = Path("memory")
"""What messages call the folder of such a store."""


class MemoryStore(Store):
    """Articles that are gone when this is closed, found as in every other store.

    It is meant for some dozens of passages: to make and fill one takes milliseconds, where one in
    a folder waits for its disk and for Chroma.

    Example::

        with MemoryStore(encoder.identity) as store:
            store.put(entries)
            answer = join(settings, store, encoder, reader).ask("Who commands CSTO forces?")
    """

    def __init__(self, identity: EncoderIdentity, chunker_version: int | None = None) -> None:
        database = _MemoryDatabase(Manifest.new(identity, chunker_version))
        lock = _Unshared(_NOWHERE / "lock")
        super().__init__(
            *(Layout(_NOWHERE), lock, database, None), held=True, index=_NoIndex(database, lock)
        )

    def begin_generation(
        self, identity: EncoderIdentity, chunker_version: int | None = None
    ) -> NoReturn:
        """A store in memory has no second generation.

        Raises:
            StoreError: always.
        """
        raise StoreError("A store in memory cannot be re-indexed. Make another with the articles.")


class _MemoryDatabase(Database):
    """One connection, which threads take in turns: the tables are nowhere else."""

    def __init__(self, manifest: Manifest) -> None:
        super().__init__(_NOWHERE / "generation" / "database")
        with self.write() as connection:
            schema.create(connection)
            set_meta(connection, {**manifest.as_rows(), **BLANK, **counts.ZERO})

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """As :meth:`Database.read`."""
        with self._failures("read"), self._write_mutex:
            yield self._writer


class _Unshared(StoreLock):
    """The lock of what no other process can see."""

    def acquire(self, wait: float = 0.0, *, shared: bool = False) -> None:
        """Nobody else can have it."""

    def release(self) -> None:
        """Nobody waits for it."""


class _NoIndex(IndexKeeper):
    """Where there is none, and none is missed."""

    @property
    def state(self) -> IndexState:
        """All that can be searched is ready."""
        return "ready"

    def begin(self) -> None:
        """There is nothing to open."""

    def open(self) -> None:
        """There is nothing to open."""

    def at_hand(self) -> None:
        """Searches do without."""

    def await_for_writing(self) -> None:
        """There is nothing to wait for."""

    def open_for_writing(self) -> None:
        """Writes do without."""

    def recover(self, broken: VectorIndex, *, anew: bool) -> None:
        """No index can break."""

    def stop(self) -> None:
        """Nothing goes on."""

    def close(self) -> None:
        """There is nothing to let go of."""
