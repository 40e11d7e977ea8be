"""Values remembered by text."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.models.recent import Recent


class Counting:
    """Lengths of texts, and which texts were asked for."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> list[int]:
        self.asked.append(list(texts))
        return [len(text) for text in texts]


def test_what_is_new_is_computed_together_and_once() -> None:
    recent, compute = Recent[int](10), Counting()
    assert recent.look_up(["a", "bb", "a"], compute) == [1, 2, 1]
    assert recent.look_up(["bb", "ccc"], compute) == [2, 3]
    assert compute.asked == [["a", "bb"], ["ccc"]]


def test_the_longest_unused_is_forgotten_first() -> None:
    recent, compute = Recent[int](2), Counting()
    for text in ("a", "bb", "a", "ccc", "a", "bb"):
        recent.look_up([text], compute)
    assert compute.asked == [["a"], ["bb"], ["ccc"], ["bb"]]


def test_more_texts_than_are_kept_are_all_answered() -> None:
    assert Recent[int](1).look_up(["a", "bb", "ccc"], Counting()) == [1, 2, 3]


def test_nothing_is_kept_of_a_computation_that_fails() -> None:
    recent = Recent[int](10)

    def fail(texts: Sequence[str]) -> list[int]:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        recent.look_up(["a"], fail)
    assert recent.look_up(["a"], Counting()) == [1]


def test_threads_may_share_it() -> None:
    recent = Recent[int](3)
    texts = ["a" * (n % 7) for n in range(200)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: recent.look_up([text], Counting())[0], texts))
    assert found == [len(text) for text in texts]
