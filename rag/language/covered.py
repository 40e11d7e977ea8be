"""Asking of many places whether a span covers them, without looking at every span each time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate


class Covered:
    """Half-open spans in any order; they may overlap.

    >>> taken = Covered([(5, 9), (0, 3)])
    >>> taken.holds(6, 9), taken.holds(2, 4)
    (True, False)
    """

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._ends = list(accumulate((end for _, end in ordered), max))

    def holds(self, start: int, end: int) -> bool:
        """Whether one of the spans covers ``start`` to ``end`` wholly."""
        before = bisect_right(self._starts, start)
        return before > 0 and self._ends[before - 1] >= end
