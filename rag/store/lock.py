"""One process at a time: an operating-system lock that dies with its process."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import StoreError, StoreLocked
from rag.store.records import Owner

_log = logging.getLogger(__name__)


class StoreLock:
    """The lock of one store. Taken several times, it is free when released as often.

    The lock file itself stays; what counts is the operating system's lock on it, which no dead
    process can hold.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path, thread_local=False, fallback_to_soft=False)
        self._counting = threading.Lock()
        self._writing = threading.RLock()

    def acquire(self, wait: float = 0.0, *, shared: bool = False) -> None:
        """Take the lock for this process, waiting at most ``wait`` seconds for another.

        ``shared`` tells that the store is on a server, where processes only take turns.

        Raises:
            StoreLocked: another process (named) has it, or this one under another store object.
            StoreError: the folder cannot be written to.
        """
        with self._counting:
            try:
                self._lock.acquire(timeout=wait)
            except Timeout as error:
                raise StoreLocked(self._refusal(shared)) from error
            except OSError as error:
                raise StoreError(
                    f"The store {self._path.parent} cannot be locked ({error}). It has to lie in "
                    "a folder that you can write to, on a disk that knows file locks."
                ) from error
            if self._lock.lock_counter == 1:
                self._sign()

    def release(self) -> None:
        """Give the lock back once."""
        with self._counting:
            if self._lock.lock_counter == 1:
                with suppress(OSError):
                    owner_file(self._path).unlink()
            self._lock.release()

    @contextmanager
    def writing(self, wait: float) -> Iterator[None]:
        """Take the lock for one write: alone among the threads of this process, too."""
        with self._writing:
            self.acquire(wait, shared=True)
            try:
                yield
            finally:
                self.release()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Wait for a write of another thread to end, and keep new ones out meanwhile."""
        with self._writing:
            yield

    def _sign(self) -> None:
        command = " ".join([Path(sys.argv[0] or "python").name, *sys.argv[1:2]])[:80]
        fresh = owner_file(self._path).with_name("lock.owner.new")
        try:
            fresh.write_text(json.dumps({"pid": os.getpid(), "command": command}), "utf-8")
            fresh.replace(owner_file(self._path))
        except OSError as error:  # the lock holds all the same: others only cannot be told whose
            _log.warning("%s cannot be written: %s", owner_file(self._path), error)

    def _refusal(self, shared: bool) -> str:
        store, owner = self._path.parent, read_owner(self._path)
        if shared:
            return (
                f"The store {store} is being written to by {owner or 'another process'}. "
                "Wait until that is done, and try again."
            )
        if owner is not None and owner.pid == os.getpid():
            return (
                f"The store {store} is already open in this process. "
                "Close it first, or use the one that is open."
            )
        return (
            f"The store {store} is in use by {owner or 'another process'}. Stop that process, "
            "or share the store: start `chroma run --path FOLDER --port 8000` and set "
            "SANAD_CHROMA_URL=http://localhost:8000 for every process that uses it."
        )


def owner_file(lock: Path) -> Path:
    """The file beside ``lock`` that says who has it."""
    return lock.with_name("lock.owner")


def read_owner(lock: Path) -> Owner | None:
    """Who signed the lock file last; None when nobody has it or the note is not whole."""
    try:
        note = json.loads(owner_file(lock).read_text("utf-8"))
        return Owner(int(note["pid"]), str(note["command"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
