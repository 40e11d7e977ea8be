"""Getting ready once, while several watch."""

from __future__ import annotations

import asyncio
import threading

import pytest

from ui.browser.startup import Preparation, Report, Stage


async def seen(preparation: Preparation[str]) -> list[Stage]:
    return [stage async for stage in preparation.stages()]


async def test_work_runs_once_for_everybody() -> None:
    runs: list[str] = []
    go = threading.Event()

    def work(report: Report) -> str:
        runs.append(threading.current_thread().name)
        go.wait(5)
        report(Stage("reading", 1, 2))
        return "ready"

    preparation = Preparation(work)
    assert preparation.finished is None
    waiting = [asyncio.create_task(preparation.result()) for _ in range(3)]
    await asyncio.sleep(0)
    watching = asyncio.create_task(seen(preparation))
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(*waiting) == ["ready"] * 3
    assert (await watching)[0] == Stage("loading")
    assert (await watching)[-1] == Stage("ready")
    assert len(runs) == 1
    assert runs[0] != threading.main_thread().name
    assert preparation.finished == "ready"
    assert await seen(preparation) == [Stage("ready")]


async def test_watchers_see_every_slow_stage() -> None:
    gates = [threading.Event(), threading.Event()]

    def work(report: Report) -> str:
        for done, gate in enumerate(gates):
            report(Stage("reading", done, 2))
            gate.wait(5)
        return "ready"

    preparation = Preparation(work)
    preparation.start()
    stages = []
    async for stage in preparation.stages():
        stages.append(stage)
        if stage.name == "reading":
            gates[stage.done].set()
    assert stages == [
        Stage("loading"),
        Stage("reading", 0, 2),
        Stage("reading", 1, 2),
        Stage("ready"),
    ]


async def test_a_failure_is_raised_and_then_tried_again() -> None:
    tries: list[int] = []

    def work(report: Report) -> str:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("locked")
        return "ready"

    preparation = Preparation(work)
    with pytest.raises(ValueError, match="locked"):
        await preparation.result()
    assert preparation.stage == Stage("failed")
    assert preparation.finished is None
    assert await preparation.result() == "ready"
    assert len(tries) == 2


async def test_a_reader_who_leaves_does_not_stop_the_work() -> None:
    go = threading.Event()

    def work(report: Report) -> str:
        go.wait(5)
        return "ready"

    preparation = Preparation(work)
    leaving = asyncio.create_task(preparation.result())
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    go.set()
    assert await preparation.result() == "ready"
