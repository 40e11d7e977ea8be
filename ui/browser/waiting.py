"""Uploads one after another, in the order they came, on a thread of their own.

Those that wait hold no thread, so that questions never wait behind them.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from ui.browser.startup import Report, Stage, Stages

Done = TypeVar("Done")

logger = logging.getLogger("sanad")

Check = Callable[[], None]
"""What work calls wherever it may be stopped; raises `Stopped` once it has been."""

Work = Callable[[Report, Check], Done]


class Stopped(Exception):
    """Work was stopped by whoever had asked for it."""


class UploadQueue:
    """Takes work from the event loop, each upload a piece of it, and does one at a time."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "ingest")
        self._line: list[WaitingUpload[Any]] = []

    def take(self, work: Work[Done]) -> WaitingUpload[Done]:
        """Have ``work`` done once all that was taken before is. Needs a running event loop."""
        upload = WaitingUpload(work, self._thread, self._leave)
        self._line.append(upload)
        self._tell()
        return upload

    def close(self) -> None:
        """Stop all work: what waits at once, what runs where it can be stopped."""
        for upload in reversed(self._line):
            upload.stop()

    def _leave(self, upload: WaitingUpload[Any]) -> None:
        self._line.remove(upload)
        self._tell()

    def _tell(self) -> None:
        for ahead, upload in enumerate(self._line):
            upload.wait_for(ahead)


class WaitingUpload(Generic[Done]):
    """One piece of work in the line: an upload, whether it still waits or not."""

    def __init__(
        self,
        work: Work[Done],
        thread: ThreadPoolExecutor,
        leave: Callable[[WaitingUpload[Done]], None],
    ) -> None:
        self._work = work
        self._leave = leave
        self._loop = asyncio.get_running_loop()
        self._stages = Stages()
        self._begun, self._stop = threading.Event(), threading.Event()
        self._ended = False
        self._future: Future[Done] = thread.submit(self._do)
        self._future.add_done_callback(lambda _: self._loop.call_soon_threadsafe(self._end))

    def stages(self) -> AsyncIterator[Stage]:
        """The present stage and every later one, up to the last; quick ones may be left out."""
        return self._stages.follow()

    async def result(self) -> Done:
        """What the work returned; whoever stops waiting for it does not stop it.

        Raises:
            Stopped: it was stopped before its end. And whatever the work raised.
        """
        try:
            return await asyncio.shield(asyncio.wrap_future(self._future))
        except asyncio.CancelledError:
            if self._future.cancelled():
                raise Stopped from None
            raise

    @property
    def finished(self) -> Done | None:
        """What the work returned, if it came to its end; else None."""
        whole = self._future.done() and not self._future.cancelled()
        return self._future.result() if whole and not self._future.exception() else None

    def stop(self) -> bool:
        """Stop the work; whether none of it was begun. What it raises is logged from then on."""
        self._stop.set()
        if self._ended:
            self._log_error()
        return self._future.cancel()

    def wait_for(self, ahead: int) -> None:
        """Show how many are before it, unless it has begun."""
        if ahead and not self._begun.is_set():
            self._stages.show(Stage("queued", total=ahead))

    def _do(self) -> Done:
        self._begun.set()
        self._report(Stage())
        return self._work(self._report, self._check)

    def _check(self) -> None:
        if self._stop.is_set():
            raise Stopped

    def _report(self, stage: Stage) -> None:
        self._loop.call_soon_threadsafe(self._stages.show, stage)

    def _end(self) -> None:
        self._ended = True
        whole = not self._future.cancelled() and self._future.exception() is None
        self._stages.show(Stage("ready" if whole else "failed"))
        self._leave(self)
        if self._stop.is_set():
            self._log_error()

    def _log_error(self) -> None:
        """Whoever stopped the work waits for no result, and would not hear of it."""
        error = None if self._future.cancelled() else self._future.exception()
        if error and not isinstance(error, Stopped):
            logger.error("stopped, an upload could not be read", exc_info=error)
