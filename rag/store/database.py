"""The SQLite file of a generation: its connections, its transactions, its errors."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, LifoQueue

from rag.errors import StoreError
from rag.store import counts, schema
from rag.store.manifest import Manifest

BUSY_SECONDS = 30.0

PAGE_BYTES = 16_384
"""Of new stores. In SQLite's usual 4,096 a vector of 1,024 dimensions leaves half a page empty."""

_log = logging.getLogger(__name__)


class Database:
    """Connections to one SQLite file, for any number of threads.

    Reads go through a pool and never wait for a write (write-ahead log); writes are one
    transaction at a time, on disk when the block ends (``synchronous=FULL``) and undone when it
    raises.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._closed = False
        self._write_mutex = threading.Lock()
        with self._failures("opened"):
            self._writer = self._connect()

    @classmethod
    def create(cls, path: Path, rows: Mapping[str, str]) -> Database:
        """A new file with all tables, and ``rows`` in its meta table."""
        try:
            path.touch(exist_ok=False)
        except OSError as error:
            raise StoreError(
                f"The store's database {path} cannot be made ({error}). "
                "Free space there, or check its permissions."
            ) from error
        database = cls(path)
        try:
            with database.write() as connection:
                schema.create(connection)
                set_meta(connection, {**rows, **counts.ZERO})
        except BaseException:
            database.close()
            raise
        return database

    def upgrade(self) -> None:
        """Add what a file of an older version lacks, and put wrong counts right.

        Raises:
            StoreError: the file cannot be read or written.
        """
        with self.read() as connection, _snapshot(connection):
            whole = not schema.missing(connection)
            if whole and counts.kept(connection) == counts.recounted(connection):
                return
        with self.write() as connection:
            schema.complete(connection)
            held, right = counts.kept(connection), counts.recounted(connection)
            if held and held != right:
                _log.warning("Counts of %s were wrong (%s) and are corrected", self.path, held)
            set_meta(connection, right)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with.

        Raises:
            StoreError: the file cannot be read, or the store is closed.
        """
        with self._failures("read"):
            try:
                connection = self._idle.get_nowait()
            except Empty:
                connection = self._connect()
            try:
                yield connection
            finally:
                self._idle.put(connection)
                if self._closed:
                    self._close_idle()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A connection inside a transaction that is committed when the block ends.

        Raises:
            StoreError: the file cannot be written (nothing was changed), or the store is closed.
        """
        with self._failures("written"), self._write_mutex:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    with suppress(sqlite3.Error):  # the first error is the one to tell
                        self._writer.execute("ROLLBACK")
                raise

    def meta(self) -> dict[str, str]:
        """Everything in the meta table."""
        with self.read() as connection:
            return dict(connection.execute("SELECT key, value FROM meta"))

    def manifest(self) -> Manifest:
        """What built this generation.

        Raises:
            StoreMismatch, StoreError: as :meth:`Manifest.from_rows`.
        """
        return Manifest.from_rows(self.meta(), self.path.parent.parent)

    def close(self) -> None:
        """Close all connections; those in use close when their block ends."""
        self._closed = True
        self._close_idle()
        with self._write_mutex:
            self._writer.close()

    def _connect(self) -> sqlite3.Connection:
        return _connect(self.path)

    def _close_idle(self) -> None:
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    @contextmanager
    def _failures(self, done: str) -> Iterator[None]:
        if self._closed:
            raise StoreError(f"The store {self.path.parent.parent} is closed. Open it again.")
        try:
            yield
        except sqlite3.Error as error:
            if self._closed:
                raise StoreError(
                    f"The store {self.path.parent.parent} was closed meanwhile. Open it again."
                ) from error
            raise StoreError(
                f"The store's database {self.path} cannot be {done}: {error}. {_advice(error)}"
            ) from error


def set_meta(connection: sqlite3.Connection, rows: Mapping[str, str]) -> None:
    """Write ``rows`` into the meta table."""
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows.items())


@contextmanager
def _snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Let several statements see the same state, whoever writes meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,  # transactions begin where the code says so
        check_same_thread=False,
    )
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # nothing where there are tables
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _advice(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if "fts5" in str(error):
        return "Use a Python whose SQLite has the full-text index FTS5."
    if name == "SQLITE_FULL" or name.startswith("SQLITE_IOERR"):
        return "Free space on its disk and try again."
    if name in ("SQLITE_CORRUPT", "SQLITE_NOTADB"):
        return (
            "It is damaged: restore the store from a backup, or delete its folder and ingest the "
            "articles again."
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return "Check that its folder is there and that you can write to it."
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return "Another process is using it: wait for it to finish, or stop it."
    return "Check the disk and try again."
