"""Threads, and what each of them computes."""

from __future__ import annotations

import os
from typing import Any

import pytest
from threadpoolctl import ThreadpoolController

from rag.models.compute import SLICE, cores, single_blas, sliced


def test_linear_algebra_stays_on_the_thread_that_calls_it() -> None:
    before = [(pool, pool.num_threads) for pool in _blas()]
    try:
        single_blas()
        assert {pool.num_threads for pool in _blas()} == {1}
    finally:
        for pool, threads in before:
            pool.set_num_threads(threads)


def _blas() -> list[Any]:
    return ThreadpoolController().select(user_api="blas").lib_controllers


@pytest.mark.parametrize(
    ("said", "limit"),
    [("1", 1), ("1,2", 1), ("0", None), ("", None), ("many", None), ("999", None)],
)
def test_the_number_of_cores_is_held_to_what_the_environment_says(
    said: str, limit: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    own = cores()
    assert 1 <= own <= (os.cpu_count() or 1)
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert cores() == (limit or own)


@pytest.mark.parametrize(
    ("count", "threads", "sizes"), [(0, 2, []), (3, 2, [2, 1]), (20, 2, [8, 8, 4])]
)
def test_slices_hold_texts_of_like_length_the_longest_first(
    count: int, threads: int, sizes: list[int]
) -> None:
    texts = ["x" * (7 * number % 11) for number in range(count)]
    slices = sliced(texts, threads)
    assert [len(rows) for rows in slices] == sizes
    assert max(sizes, default=0) <= SLICE
    rows = [row for rows in slices for row in rows]
    assert sorted(rows) == list(range(count))
    assert [len(texts[row]) for row in rows] == sorted(map(len, texts), reverse=True)
