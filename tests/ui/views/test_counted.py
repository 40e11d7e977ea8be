"""Counts whose nouns agree with them."""

from __future__ import annotations

import pytest

from ui.views.counted import count_of_articles


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "مقال واحد"),
        (2, "مقالان"),
        (3, "3 مقالات"),
        (10, "10 مقالات"),
        (11, "11 مقالًا"),
        (99, "99 مقالًا"),
        (100, "100 مقال"),
        (103, "103 مقالات"),
    ],
)
def test_arabic_nouns_agree_with_their_number(count: int, words: str) -> None:
    assert count_of_articles(count, "ar") == words


def test_english_nouns_too() -> None:
    assert [count_of_articles(n, "en") for n in (1, 2)] == ["1 article", "2 articles"]
