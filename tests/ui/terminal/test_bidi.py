"""Tables are written with capitals for Arabic letters, so that they read the same everywhere."""

from __future__ import annotations

import unicodedata

import pytest
from bidi import get_display
from hypothesis import given
from hypothesis import strategies as st

from ui.terminal.bidi import (
    LRM,
    Order,
    Paragraph,
    arrange,
    direction_of,
    embedding_levels,
    first_strong,
)
from ui.views.layout import Direction

LETTERS = dict(zip("ABTJDRSFQKLMNWY", "ابتجدرسفقكلمنوي", strict=True))
TO_ARABIC = str.maketrans(LETTERS)
TO_CAPITALS = str.maketrans({arabic: capital for capital, arabic in LETTERS.items()})


def shown(text: str, direction: Direction, order: Order, styles: str = "") -> str:
    arabic = text.translate(TO_ARABIC)
    levels = embedding_levels(arabic, direction)
    paragraph = Paragraph(arabic, direction, levels, styles or " " * len(arabic))
    pieces = arrange(paragraph, 0, len(arabic), order)
    joined = "".join(unicodedata.normalize("NFKC", piece) for piece, _ in pieces)
    return joined.translate(TO_CAPITALS)


RIGHT_TO_LEFT = [
    ("QWAT csto (2500)", "csto (2500) TAWQ"),
    ("QWAT csto (2500) FY", "YF csto (2500) TAWQ"),
    ("csto FY", "YF csto"),
    ("QAL «NAM».", ".«MAN» LAQ"),
    ("QAL (NAM) abc", "abc (MAN) LAQ"),
    ("JND [1] [2]", "[2] [1] DNJ"),
    ("JND abc [1]", "abc [1] DNJ"),
    ("JND abc\u200f [1]", "[1] abc DNJ"),
    ("2,500 JND", "DNJ 2,500"),
    ("MN 10% FY", "YF %10 NM"),
    ("FY 2022/01/06", "2022/01/06 YF"),
    ("FY 6.5 MN -3", "3- NM 6.5 YF"),
    ("MN f-16 FY", "YF f-16 NM"),
    ("QAL abc! NAM", "MAN !abc LAQ"),
    ("QAL \u2068abc!\u2069 NAM", "MAN abc! LAQ"),
    ("MN abc def FY", "YF abc def NM"),
    ("NAM ", " MAN"),
    ("", ""),
]
LEFT_TO_RIGHT = [
    ("plain text (1).", "plain text (1)."),
    ("the QWAT csto met", "the TAWQ csto met"),
    ("said «QAL NAM» now", "said «MAN LAQ» now"),
    ("QAL, NAM: two", "MAN ,LAQ: two"),
    ("[1] QWAT csto FY (mn)", "[1] TAWQ csto YF (mn)"),
    ("a QAL 25 b", "a 25 LAQ b"),
    ("QAL ", "LAQ "),
]


@pytest.mark.parametrize(("text", "expected"), RIGHT_TO_LEFT)
def test_right_to_left_lines_in_visual_order(text: str, expected: str) -> None:
    assert shown(text, "rtl", "visual") == expected


@pytest.mark.parametrize(("text", "expected"), LEFT_TO_RIGHT)
def test_left_to_right_lines_in_visual_order(text: str, expected: str) -> None:
    assert shown(text, "ltr", "visual") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("QWAT csto (2500) FY", "<FY> csto (2500) <QWAT>"),
        ("QAL «NAM».", ".«<NAM>» <QAL>"),
        ("JND 2,500", "2,500 <JND>"),
    ],
)
def test_words_keep_their_letters_in_logical_order(text: str, expected: str) -> None:
    line = shown(text, "rtl", "words")
    assert line.count(LRM) == expected.count("<") + expected.count(">")
    assert line.replace(LRM, "") == expected.replace("<", "").replace(">", "")
    marked = "".join(part if i % 2 == 0 else f"<{part}>" for i, part in enumerate(line.split(LRM)))
    assert marked == expected


@pytest.mark.parametrize(
    ("text", "styles", "expected"),
    [
        ("QWAT csto (2500) FY", "", "FY csto (2500) QWAT"),
        ("QAL NAM.", "", "NAM. QAL"),
        # A word of two styles is two words to kitty: the stop has to stand on the left itself.
        ("QAL NAM.", "    bbb ", ".NAM QAL"),
        ("QAL «NAM»", "", "«NAM» QAL"),
        ("JND [1]", "", "[1] JND"),
    ],
)
def test_kitty_gets_words_as_it_turns_them_around(text: str, styles: str, expected: str) -> None:
    assert shown(text, "rtl", "kitty", styles) == expected


def glyphs(text: str) -> list[str]:
    levels = embedding_levels(text, "rtl")
    pieces = arrange(Paragraph(text, "rtl", levels, [None] * len(text)), 0, len(text), "visual")
    return [piece for piece, _ in pieces]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("قوات", ["\ufe95", "\ufe8d", "\ufeee", "\ufed7"]),
        ("لا", ["\ufefb"]),
        ("سلام", ["\ufee1", "\ufefc", "\ufeb3"]),
        ("الأمن", ["\ufee6", "\ufee3", "\ufef7", "\ufe8d"]),
        ("مُدّ", ["\ufeaa\u0651", "\ufee3\u064f"]),
        ("لَا", ["\ufefb\u064e"]),
        ("ل\u200cا", ["\ufe8d", "\ufedd"]),
        ("ل ا", ["\ufe8d", " ", "\ufedd"]),
        ("\u200dلا", ["\ufefb"]),
        ("\u200d", []),
    ],
)
def test_letters_are_joined_and_carry_their_marks(text: str, expected: list[str]) -> None:
    assert glyphs(text) == expected


def test_each_piece_names_the_character_that_it_came_from() -> None:
    text = "سلام CSTO"
    pieces = arrange(
        Paragraph(text, "rtl", embedding_levels(text, "rtl"), [None] * len(text)), 0, 9, "visual"
    )
    assert [offset for _, offset in pieces] == [5, 6, 7, 8, 4, 3, 1, 0]


def test_a_line_is_ordered_by_the_levels_of_its_whole_paragraph() -> None:
    text = "QAL abc (def QWAT ghi) FY".translate(TO_ARABIC)
    levels = embedding_levels(text, "rtl")
    paragraph = Paragraph(text, "rtl", levels, [None] * len(text))
    first = "".join(p for p, _ in arrange(paragraph, 0, 12, "words")).replace(LRM, "")
    assert first.translate(TO_CAPITALS) == "def) abc QAL"


PLAIN = st.text(alphabet="ابتج ab12(),.[]«»-/:%!?٣", max_size=30)


@given(PLAIN, st.sampled_from(["ltr", "rtl"]))
def test_order_agrees_with_the_librarys_own(text: str, direction: Direction) -> None:
    """Without mirroring and marks, the offsets spell what python-bidi itself returns."""
    levels = embedding_levels(text, direction)
    paragraph = Paragraph(text, direction, levels, [None] * len(text))
    offsets = [offset for _, offset in arrange(paragraph, 0, len(text), "visual")]
    expected = get_display(text, base_dir="R" if direction == "rtl" else "L")
    assert "".join(text[offset] for offset in offsets) == expected


@given(st.text(max_size=40), st.sampled_from(["words", "kitty", "visual"]))
def test_any_text_can_be_arranged(text: str, order: Order) -> None:
    text = " ".join(text.encode("utf-8", "ignore").decode().split())
    levels = embedding_levels(text, "rtl")
    assert len(levels) == len(text)
    arrange(Paragraph(text, "rtl", levels, [None] * len(text)), 0, len(text), order)


@pytest.mark.parametrize(
    ("text", "paragraph", "first"),
    [
        ("CSTO أرسلت قواتها إلى ألماتي", "rtl", "ltr"),
        ("قال: the forces have arrived in the city of Almaty", "ltr", "rtl"),
        ("2,500", "ltr", None),
        ("", "ltr", None),
    ],
)
def test_a_paragraph_has_the_direction_of_most_letters(
    text: str, paragraph: Direction, first: Direction | None
) -> None:
    assert direction_of(text) == paragraph
    assert first_strong(text) == first
