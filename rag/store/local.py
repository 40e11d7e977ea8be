"""The vector index in the store's folder: loaded, and mended, in the background.

One thread at a time works at the index. It begins a few seconds after the store was opened, so
that a process that only asks one question need not pay for it, or at once when somebody waits.
Until it is through searches do without the index, and a write waits for as long as the index is
loading; while it is being mended, one write waits :data:`PATIENCE` seconds, and those after it do
not. Chroma keeps all other threads waiting while it works, so mending goes in small parts and
rests after each. When mending fails, that is logged, told by `Store.status`, and tried again by
the next write.
"""

from __future__ import annotations

import logging
import math
import threading
import time
import uuid
from pathlib import Path

import numpy as np

from rag.errors import StoreError
from rag.language.text import LANGS
from rag.store import mend
from rag.store.chroma import IndexDamaged
from rag.store.database import Database, set_meta
from rag.store.index import SETTLED, WRITE_SECONDS, IndexKeeper
from rag.store.layout import discard, read_ahead
from rag.store.lock import StoreLock
from rag.store.vectors import VectorIndex, open_local
from rag.types import IndexState

LOCAL = "local"

BEGIN_SECONDS = 5.0
"""After this the index is loaded unasked: a single question is answered sooner, and never pays."""

PATIENCE = 10.0
"""What a write waits for mending: that of a small store takes less, that of a large one minutes."""

AGAIN_SECONDS = 3600.0
"""An index that fails again so soon after it was opened again is made anew: the fault was no
passing one."""

LOOK_SECONDS = 0.1
"""How often the wait before loading looks whether the program ends: its end is held up so long."""

REST_SECONDS = 1.0
"""Longest rest after a part: a slow part must not make the mending take twice as long."""

_log = logging.getLogger(__name__)


class LocalIndex(IndexKeeper):
    """The index in the store's folder, loaded and mended by a background thread.

    A search never waits for it: without the index it does with codes. A write waits while the
    index is loaded, and up to :data:`PATIENCE` seconds while it is mended; :meth:`open` waits
    until the thread is done. Safe to use from several threads.
    """

    def __init__(self, database: Database, lock: StoreLock) -> None:
        super().__init__(database, lock)
        self._changed = threading.Condition(threading.RLock())
        self._state: IndexState = "closed"
        self._index: VectorIndex | None = None
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._anew = False
        self._reopened = -math.inf
        self._patient = True
        self._waiting = 0
        self._hurry = threading.Event()
        self._stopped = threading.Event()

    @property
    def state(self) -> IndexState:
        """What the index is doing."""
        return self._state

    def begin(self) -> None:
        """Begin to load the index, or to mend it, unless that is done or under way."""
        with self._changed:
            if self._state in ("closed", "failed") and not self._stopped.is_set():
                self._start()

    def open(self) -> VectorIndex:
        """As :meth:`IndexKeeper.open`; waits for what goes on in the background."""
        with self._changed:
            self.begin()
            self._wait(None, "loading", "mending")
            if self._index is None:
                self._database.meta()  # says so where the store is closed
                if isinstance(self._error, StoreError):
                    raise self._error
                raise StoreError(
                    f"The vector index of {self._folder.parent} cannot be opened"
                    f" ({self._error or 'it is being closed'}). Open the store again."
                ) from self._error
            return self._index

    def at_hand(self) -> VectorIndex | None:
        """The index, if it is loaded and whole; else it is begun."""
        if self._state == "closed":
            self.begin()
        return self._index

    def await_for_writing(self) -> None:
        """Wait while the index is loaded, and once while it is mended."""
        with self._changed:
            self.begin()
            self._wait(None, "loading")
            if self._state == "mending" and self._patient:
                self._patient = self._wait(PATIENCE, "mending")

    def open_for_writing(self) -> VectorIndex | None:
        """As :meth:`IndexKeeper.open_for_writing`."""
        with self._changed:
            if self._index is not None and self._is_marked():
                self._give_up(self._index, anew=True)
            return self._index

    def recover(self, broken: VectorIndex, *, anew: bool) -> VectorIndex | None:
        """Begin to open it again; if that was done of late, to mend it."""
        with self._changed:
            if self._index is broken:
                before, self._reopened = self._reopened, time.monotonic()
                self._give_up(broken, anew=anew or self._reopened - before < AGAIN_SECONDS)
            return self._index

    def stop(self) -> None:
        """Give up what is going on, and begin nothing more."""
        self._stopped.set()
        self._hurry.set()
        with self._changed:
            thread = self._thread
        if thread is not None:
            thread.join()

    def close(self) -> None:
        """Let go of Chroma, and begin nothing more."""
        self.stop()
        with self._changed:
            for index in (self._index, *self._retired):
                if index is not None:
                    index.close()
            self._index, self._retired, self._state = None, [], "closed"

    # --- the background; the caller of the next three has the condition

    def _start(self, *, anew: bool = False) -> None:
        self._state, self._error = "loading", None
        try:
            self._anew = anew or self._is_marked()
            if self._anew:
                self._tell_mending()
            thread = threading.Thread(target=self._work, name="sanad-index")
            thread.start()
        except BaseException as error:  # nobody is at work: a write would wait for ever
            self._error = error
            self._become("failed")
            raise
        self._thread = thread

    def _give_up(self, index: VectorIndex, *, anew: bool) -> None:
        """Search without ``index`` from now on, and load it again, or mend it."""
        self._retired.append(index)
        self._index = None
        self._hurry.set()
        self._start(anew=anew)

    def _wait(self, seconds: float | None, *states: IndexState) -> bool:
        """Wait for the end of ``states``; whether they ended in time."""
        self._hurry.set()
        self._waiting += 1
        try:
            return self._changed.wait_for(lambda: self._state not in states, seconds)
        finally:
            self._waiting -= 1

    def _become(self, state: IndexState, index: VectorIndex | None = None) -> None:
        with self._changed:
            self._state, self._index = state, index
            self._changed.notify_all()

    def _tell_mending(self) -> None:
        """Writes need not wait from now on, unless there never was an index."""
        if self._is_repair():
            self._become("mending")

    def _work(self) -> None:
        try:
            self._pause()
            if self._anew or not self._load():
                self._tell_mending()
                self._mend()
        except mend.Stopped:
            self._become("closed")
        except BaseException as error:
            self._error = error
            _log.error("Searching goes on without the vector index: %s", error)
            self._become("failed")

    def _pause(self) -> None:
        for _ in range(int(BEGIN_SECONDS / LOOK_SECONDS)):
            if self._is_over() or self._hurry.wait(LOOK_SECONDS):
                break
        self._go_on()

    def _rest(self, seconds: float) -> None:
        """Leave searches as much time as the mending took, unless somebody waits for its end."""
        if not self._waiting:
            self._stopped.wait(min(seconds, REST_SECONDS))
        self._go_on()

    def _go_on(self) -> None:
        if self._is_over():
            raise mend.Stopped

    def _is_over(self) -> bool:
        """Whether the store is being closed, or the program ends without closing it."""
        return self._stopped.is_set() or not threading.main_thread().is_alive()

    def _is_marked(self) -> bool:
        meta = self._database.meta()
        there = meta["place"] == LOCAL and (self._folder / meta["index"]).is_dir()
        return meta["unsettled"] == "1" or not there

    def _load(self) -> bool:
        """Use the index as it is; False when it has to be made anew."""
        folder = self._folder / self._database.meta()["index"]
        try:
            index = open_local(folder, self._prefix)
        except IndexDamaged as error:
            _log.warning("%s", error)
            return False
        loaded = False
        try:
            read_ahead(folder, self._is_over)
            for lang in LANGS:  # Chroma reads its files at the first search
                self._go_on()
                index.nearest(lang, np.ones(self._dimension), 1)
            with self._lock.writing(WRITE_SECONDS):
                loaded = self._sound(index)
                if loaded:
                    self._become("ready", index)
        except IndexDamaged as error:
            _log.warning("%s", error)
        finally:
            if not loaded:
                index.close()
        return loaded

    @property
    def _dimension(self) -> int:
        return self._database.manifest().encoder.dimension

    def _mend(self) -> None:
        """Make the index anew in a fresh folder, and use it from then on."""
        with self._lock.writing(WRITE_SECONDS):
            self._begin_mending()
            for old in self._folder.glob("chroma-*"):  # torn, as far as anybody knows
                discard(old)
        folder = self._folder / f"chroma-{uuid.uuid4().hex[:8]}"
        try:
            index = open_local(folder, self._prefix)
            try:
                self._fill(index, folder)
            except BaseException:
                index.close()
                raise
        except BaseException as error:
            discard(folder)
            if isinstance(error, IndexDamaged):
                raise self._not_made(error) from error
            raise

    def _fill(self, index: VectorIndex, folder: Path) -> None:
        present = mend.fill(self._database, index, self._rest)
        index.sync()
        with self._lock.writing(WRITE_SECONDS):
            self._go_on()
            mend.finish(self._database, index, present)
            with self._database.write() as connection:
                meta = {"place": index.place, "index": folder.name, **SETTLED}
                set_meta(connection, meta)
            self._patient = True
            self._become("ready", index)
