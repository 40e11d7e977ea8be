"""Uploads one after another, and none in the way of a question."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from ui.browser.startup import Report, Stage
from ui.browser.waiting import Check, Stopped, UploadQueue, WaitingUpload

PATIENCE = 30.0


class Slow:
    """An ingest that reports a stage, and ends when it is let."""

    def __init__(self, done: list[str], name: str) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self._done, self._name = done, name

    def __call__(self, report: Report, check: Check) -> str:
        report(Stage("reading", 1, 2))
        self.begun.set()
        while not self.go_on.wait(0.01):
            check()
        self._done.append(self._name)
        return self._name


@pytest.fixture
async def uploads() -> AsyncIterator[UploadQueue]:
    line = UploadQueue()
    yield line
    line.close()


async def until(happened: threading.Event) -> None:
    assert await asyncio.to_thread(happened.wait, PATIENCE)


async def stages_of(upload: WaitingUpload[str]) -> list[Stage]:
    return [stage async for stage in upload.stages()]


async def test_work_is_done_in_the_order_it_came(uploads: UploadQueue) -> None:
    done: list[str] = []
    works = [Slow(done, name) for name in "abc"]
    taken = [uploads.take(work) for work in works]
    for work in reversed(works):
        work.go_on.set()
    assert [await upload.result() for upload in taken] == ["a", "b", "c"]
    assert done == ["a", "b", "c"]


async def test_who_waits_is_told_how_many_come_first(uploads: UploadQueue) -> None:
    works = [Slow([], name) for name in "abc"]
    taken = [uploads.take(work) for work in works]
    seen = [asyncio.create_task(stages_of(upload)) for upload in taken]
    for work in works:
        await until(work.begun)
        await asyncio.sleep(0.05)  # the watchers see it
        work.go_on.set()
    first, second, third = await asyncio.gather(*seen)
    assert Stage("queued", total=1) not in first
    assert [stage for stage in second if stage.name == "queued"] == [Stage("queued", total=1)]
    assert [stage.total for stage in third if stage.name == "queued"] == [2, 1]
    for stages in (first, second, third):
        assert stages[-2:] == [Stage("reading", 1, 2), Stage("ready")]


async def test_those_that_wait_hold_no_thread_of_the_loop(uploads: UploadQueue) -> None:
    works = [Slow([], str(n)) for n in range(100)]
    taken = [uploads.take(work) for work in works]
    waiting = [asyncio.create_task(upload.result()) for upload in taken]
    async with asyncio.timeout(PATIENCE):
        assert await asyncio.to_thread(lambda: "answered") == "answered"
    assert not any(task.done() for task in waiting)
    uploads.close()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(outcome, Stopped) for outcome in outcomes)


async def test_what_waits_is_stopped_at_once_and_the_rest_moves_up(uploads: UploadQueue) -> None:
    done: list[str] = []
    a, b, c = (Slow(done, name) for name in "abc")
    first, second, third = (uploads.take(work) for work in (a, b, c))
    watching = asyncio.create_task(stages_of(third))
    await until(a.begun)
    assert second.stop(), "nothing of it was begun"
    with pytest.raises(Stopped):
        await second.result()
    a.go_on.set()
    c.go_on.set()
    assert (await first.result(), await third.result()) == ("a", "c")
    assert Stage("queued", total=1) in await watching
    assert not b.begun.is_set()
    assert done == ["a", "c"]


async def test_what_runs_is_stopped_where_it_checks(uploads: UploadQueue) -> None:
    done: list[str] = []
    a, b = Slow(done, "a"), Slow(done, "b")
    first, second = uploads.take(a), uploads.take(b)
    await until(a.begun)
    assert not first.stop()
    with pytest.raises(Stopped):
        await first.result()
    assert (await stages_of(first))[-1] == Stage("failed")
    b.go_on.set()
    assert await second.result() == "b"
    assert done == ["b"]


async def test_a_failure_is_raised_and_holds_nobody_up(uploads: UploadQueue) -> None:
    def fail(report: Report, check: Check) -> str:
        raise ValueError("no disk")

    failing, after = uploads.take(fail), Slow([], "after")
    following = uploads.take(after)
    after.go_on.set()
    with pytest.raises(ValueError, match="no disk"):
        await failing.result()
    assert await following.result() == "after"


async def test_what_came_to_its_end_can_be_told_after_a_stop(uploads: UploadQueue) -> None:
    work = Slow([], "a")
    upload = uploads.take(work)
    assert upload.finished is None
    work.go_on.set()
    await upload.result()
    assert not upload.stop()
    assert upload.finished == "a"


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_error_beside_a_stop_is_logged_once(
    uploads: UploadQueue, when: str, caplog: pytest.LogCaptureFixture
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def fail(report: Report, check: Check) -> str:
        begun.set()
        go_on.wait(PATIENCE)
        raise ValueError("no disk")

    upload = uploads.take(fail)
    await until(begun)
    if when == "before":
        upload.stop()
    go_on.set()
    await stages_of(upload)
    if when == "after":
        upload.stop()
    [record] = caplog.records
    assert record.exc_info
    assert str(record.exc_info[1]) == "no disk"
    assert upload.finished is None


async def test_a_stop_that_is_heeded_is_no_error(
    uploads: UploadQueue, caplog: pytest.LogCaptureFixture
) -> None:
    work = Slow([], "a")
    upload = uploads.take(work)
    await until(work.begun)
    upload.stop()
    await stages_of(upload)
    assert caplog.records == []
    assert upload.finished is None


async def test_who_stops_waiting_does_not_stop_the_work(uploads: UploadQueue) -> None:
    work = Slow([], "a")
    upload = uploads.take(work)
    leaving = asyncio.create_task(upload.result())
    await until(work.begun)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    work.go_on.set()
    assert await upload.result() == "a"
