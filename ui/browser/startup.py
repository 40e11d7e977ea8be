"""Work in the background, while any number of readers watch: getting ready, once per process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Ready = TypeVar("Ready")


@dataclass(frozen=True, slots=True)
class Stage:
    """How far the work is: ``done`` of ``total`` articles while ``reading``.

    While ``queued``, ``total`` other pieces of work come first.
    """

    name: Literal["queued", "loading", "reading", "ready", "failed"] = "loading"
    done: int = 0
    total: int = 0

    @property
    def is_last(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.name in ("ready", "failed")


Report = Callable[[Stage], None]


class Stages:
    """The present stage of some work, for those who watch it. Lives on the event loop."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self.stage = Stage()

    def show(self, stage: Stage) -> None:
        """Let everybody know that this is the stage now."""
        self.stage = stage
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def follow(self) -> AsyncIterator[Stage]:
        """The present stage and every later one, up to the last; quick ones may be left out."""
        while True:
            stage, changed = self.stage, self._changed
            yield stage
            if stage.is_last:
                return
            await changed.wait()


class Preparation(Generic[Ready]):
    """Runs blocking ``work`` in a thread, one time, however many ask for its result.

    ``work`` is given a function to report its stages with. When it failed, the next call of
    `start` or `result` runs it again.
    """

    def __init__(self, work: Callable[[Report], Ready]) -> None:
        self._work = work
        self._task: asyncio.Task[Ready] | None = None
        self._stages = Stages()

    def start(self) -> asyncio.Task[Ready]:
        """Begin, unless it is under way or done. Needs a running event loop."""
        task = self._task
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            self._stages.show(Stage())
            task = self._task = asyncio.create_task(self._run())
        return task

    async def result(self) -> Ready:
        """What ``work`` returned; waits for it, and raises what it raised."""
        return await asyncio.shield(self.start())

    @property
    def finished(self) -> Ready | None:
        """What ``work`` returned, if it is through; else None."""
        task = self._task
        done = task is not None and task.done() and not task.cancelled() and not task.exception()
        return task.result() if task is not None and done else None

    @property
    def stage(self) -> Stage:
        """The present stage."""
        return self._stages.stage

    def stages(self) -> AsyncIterator[Stage]:
        """The present stage and every later one, up to the last; quick ones may be left out."""
        return self._stages.follow()

    async def _run(self) -> Ready:
        loop = asyncio.get_running_loop()

        def report(stage: Stage) -> None:
            loop.call_soon_threadsafe(self._stages.show, stage)

        try:
            ready = await asyncio.to_thread(self._work, report)
        except BaseException:
            self._stages.show(Stage("failed"))
            raise
        self._stages.show(Stage("ready"))
        return ready
