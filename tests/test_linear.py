"""The measure of linear cost itself: it lets linear code pass and finds what is not."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.linear import assert_linear


@pytest.mark.parametrize(
    "call",
    [
        lambda text: sum(map(ord, text)),
        lambda text: sorted(text.split()),
        lambda text: text[:100],
        lambda text: None,
    ],
)
def test_linear_code_passes(call: Callable[[str], object]) -> None:
    assert_linear(call, "word ")


@pytest.mark.parametrize(
    ("pattern", "fragment", "after"),
    [
        (r"\s+$", " ", "."),
        (r"<!--.*?-->", "<!--", ""),
        (r"(?:ab*)*c$", "ab", "."),
    ],
)
def test_a_pattern_that_backtracks_is_found(pattern: str, fragment: str, after: str) -> None:
    compiled = re.compile(pattern, re.DOTALL)

    with pytest.raises(AssertionError, match="times as long"):
        assert_linear(compiled.search, fragment, after=after)


def test_a_loop_that_looks_back_is_found() -> None:
    def copies(text: str) -> None:
        for i in range(0, len(text), 16):
            text[:i].count("b")

    with pytest.raises(AssertionError, match="times as long"):
        assert_linear(copies, "a", characters=400_000)
