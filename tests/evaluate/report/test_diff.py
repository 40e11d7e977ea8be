from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.report import diff
from evaluate.report.diff import find, nearest, word_difference
from rag.language.text import fold

WORDS = st.lists(
    st.sampled_from(
        "the The 2500 ٢٬٥٠٠ 2,500 troops القُوّات القوات إلى الى أحمد و 👍 — يناير".split()
    ),
    max_size=8,
).map(" ".join)


def test_examples() -> None:
    assert doctest.testmod(diff).failed == 0


@pytest.mark.parametrize(
    ("prediction", "expected", "pieces"),
    [
        ("2,500", "2500", [("same", "2,500")]),
        ("٢٬٥٠٠ جندي", "2500", [("same", "٢٬٥٠٠"), ("added", "جندي")]),
        ("إلى القُوّات", "الى القوات", [("same", "إلى القُوّات")]),
        ("Serdyukov.", "serdyukov", [("same", "Serdyukov.")]),
        ("on 14 January", "13 January", [
            ("missing", "13"), ("added", "on 14"), ("same", "January"),
        ]),
        ("in Almaty", "Paris", [("missing", "Paris"), ("added", "in Almaty")]),
        ("", "Paris", [("missing", "Paris")]),
        ("Paris", "", [("added", "Paris")]),
        ("", "", []),
    ],
    ids=[
        "number", "digits", "arabic forms", "punctuation", "part", "nothing", "unsaid", "unasked",
        "empty",
    ],
)  # fmt: skip
def test_words_are_shown_as_written_and_compared_as_read(
    prediction: str, expected: str, pieces: list[tuple[str, str]]
) -> None:
    assert [(p.kind, p.text) for p in word_difference(prediction, expected)] == pieces


@given(WORDS, WORDS)
def test_both_texts_can_be_read_from_the_difference(prediction: str, expected: str) -> None:
    pieces = word_difference(prediction, expected)
    said = " ".join(p.text for p in pieces if p.kind != "missing")
    assert said == prediction
    kept = " ".join(p.text for p in pieces if p.kind != "added").split()
    assert len(kept) == len(expected.split())
    assert all(p.text for p in pieces)


@given(WORDS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert {p.kind for p in word_difference(text, text)} <= {"same"}
    assert {p.kind for p in word_difference(fold(text), text)} <= {"same"}


@pytest.mark.parametrize(
    ("prediction", "expected", "which"),
    [
        ("about 2,500 troops", ("2,030", "2500"), "2500"),
        ("the second", ("first", "second", "the second"), "the second"),
        ("نحو ألفين", ("two thousand", "ألفان"), "ألفان"),
        ("some thousands", ("ألفان", "two"), "two"),
        ("neither", ("first", "second"), "first"),
        ("none", (), None),
    ],
    ids=["shared", "most", "arabic", "english", "order", "nothing expected"],
)
def test_the_nearest_answer(prediction: str, expected: tuple[str, ...], which: str | None) -> None:
    assert nearest(prediction, expected) == which


@pytest.mark.parametrize(
    ("wanted", "text", "found"),
    [
        ("6 فبراير", "وقع في ٦ فبراير، ثم في 6 فبراير", ["٦ فبراير", "6 فبراير"]),
        ("2500", "2,500 men, not 25000", ["2,500"]),
        ("القوات", "عادت القُوّات", ["القُوّات"]),
        ("ivory coast", "Ivory Coast's first", []),
        ("", "anything", []),
        ("…", "anything …", []),
    ],
)
def test_finding_an_answer_in_a_passage(wanted: str, text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in find(wanted, text)] == found
