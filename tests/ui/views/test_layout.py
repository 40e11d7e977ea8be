"""Texts, parts, dates and addresses."""

from __future__ import annotations

import pytest

from tests.ui.samples import ARABIC, ENGLISH
from ui.views.layout import Part, about, date_in_words, parts, safe_url, shortened, written
from ui.views.words import WORDS


@pytest.mark.parametrize(
    ("text", "lang", "direction"),
    [
        ("كم عدد الجنود؟", "ar", "rtl"),
        ("Who commands CSTO forces?", "en", "ltr"),
        ("CSTO ترسل قواتها إلى كازاخستان", "ar", "rtl"),
        ("2500", "ar", "rtl"),
    ],
)
def test_the_letters_give_the_direction(text: str, lang: str, direction: str) -> None:
    piece = written(text, "ar")
    assert (piece.text, piece.lang, piece.dir) == (text, lang, direction)


@pytest.mark.parametrize(
    ("span", "marked"),
    [((0, 4), "abcd"), ((2, 3), "c"), (None, ""), ((3, 3), ""), ((2, 9), ""), ((-1, 2), "")],
)
def test_parts_hold_the_whole_text(span: tuple[int, int] | None, marked: str) -> None:
    cut = parts("abcd", [span] if span else [])
    assert "".join(part.text for part in cut) == "abcd"
    assert "".join(part.text for part in cut if part.marked) == marked
    assert all(part.text for part in cut)


def test_an_empty_text_has_no_parts() -> None:
    assert parts("", [(0, 0)]) == ()
    assert parts("a", [(0, 1)]) == (Part("a", marked=True),)


@pytest.mark.parametrize(
    ("iso", "arabic", "english"),
    [
        ("2022-01-09", "9 يناير/كانون الثاني 2022", "9 January 2022"),
        ("2023-12-31T23:59:00+02:00", "31 ديسمبر/كانون الأول 2023", "31 December 2023"),
        ("early 2022", "early 2022", "early 2022"),
    ],
)
def test_dates(iso: str, arabic: str, english: str) -> None:
    assert (date_in_words(iso, WORDS["ar"]), date_in_words(iso, WORDS["en"])) == (arabic, english)


def test_about_says_what_is_known() -> None:
    assert about(ARABIC, WORDS["en"]) == "نماذج سند · 9 January 2022"
    assert about(ENGLISH, WORDS["en"]) == "20 January 2022"


@pytest.mark.parametrize("url", ["https://news.example/a?b=c", "http://news.example"])
def test_web_addresses_are_links(url: str) -> None:
    assert safe_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//news.example",
        "news.example",
        "https://",
        "http://[bad",
    ],
)
def test_anything_else_is_not(url: str | None) -> None:
    assert safe_url(url) is None


def test_shortening_cuts_between_words() -> None:
    assert shortened("one two three four", 9) == "one two …"
    assert shortened("one two three four", 9, keep_end=True) == "… four"
    assert shortened("one\n two", 9) == "one two"


def test_several_stretches_are_marked_in_their_order() -> None:
    cut = parts("Oslo, Rome", [(0, 4), (6, 10)])
    assert cut == (Part("Oslo", marked=True), Part(", "), Part("Rome", marked=True))
    assert parts("Oslo", [(0, 4), (2, 4)]) == (Part("Oslo", marked=True),)
