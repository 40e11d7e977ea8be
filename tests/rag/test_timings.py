from __future__ import annotations

import pytest

from rag import timings
from rag.timings import Timings


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that tells the seconds in the list, one after the other."""
    seconds: list[float] = []
    monkeypatch.setattr(timings.time, "perf_counter", lambda: seconds.pop(0))
    return seconds


def test_a_stage_is_timed_in_milliseconds_and_adds_up(clock: list[float]) -> None:
    clock += [1.0, 1.25, 2.0, 2.5]
    taken = Timings()
    for _ in range(2):
        with taken.stage("search"):
            pass
    assert taken.ms == {"search": 750.0}


def test_a_stage_that_fails_is_timed_too(clock: list[float]) -> None:
    clock += [0.0, 0.01]
    taken = Timings()
    with pytest.raises(ValueError, match="broken"), taken.stage("search"):
        raise ValueError("broken")
    assert taken.ms == {"search": 10.0}


def test_times_are_rounded_to_microseconds() -> None:
    taken = Timings()
    taken.add("fuse", 0.12345)
    taken.add("fuse", 1.0)
    taken.add("other", 2.0)
    assert taken.ms == {"fuse": 1.123, "other": 2.0}
