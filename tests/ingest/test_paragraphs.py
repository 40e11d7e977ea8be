from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.paragraphs import blocks, looks_like_heading

BODY = "قالت البلدية إن أعمال الصيانة في الشارع الرئيسي ستبدأ الأسبوع المقبل وتستمر شهرين كاملين."
WRAPPED = """\
The municipality said on Monday that work on the main street would begin
next week and go on for two months, during which buses will take the ring
road. Shop owners were told in writing.
"""


def shown(text: str) -> list[str]:
    """Each block: its words, or its heading after a hash."""
    return [f"# {b.heading}" if b.heading else text[b.start : b.end] for b in blocks(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t\n ", []),
        ("one", ["one"]),
        ("  one  \n\n \n two\n\n\n\nthree ", ["one", "two", "three"]),
        (WRAPPED, [WRAPPED.strip()]),
        (f"{WRAPPED}\n{WRAPPED}", [WRAPPED.strip(), WRAPPED.strip()]),
        (f"{BODY}\n{BODY}\n{BODY}", [BODY, BODY, BODY]),
        ("نعم.\nلا.\nربما.", ["نعم.", "لا.", "ربما."]),  # sentences, a line each
        (f"{BODY * 2}\n{BODY * 2}\n\nend", [BODY * 2, BODY * 2, "end"]),
        ("- one\n- two\n- three", ["- one\n- two\n- three"]),
        ("roses are red\nviolets are blue", ["roses are red\nviolets are blue"]),
    ],
)
def test_paragraphs(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


def test_wrapped_paragraphs_part_where_a_sentence_ends_early() -> None:
    text = WRAPPED + WRAPPED
    assert shown(text) == [WRAPPED.strip(), WRAPPED.strip()]


def test_a_heading_right_above_wrapped_lines_is_apart() -> None:
    text = f"First part.\n\nWhat the town plans\n{WRAPPED}"
    assert shown(text) == ["First part.", "# What the town plans", WRAPPED.strip()]


@pytest.mark.parametrize(
    "heading",
    [
        "أولاً: المرة الأولى منذ 30 عاماً",
        "ثانياً: لماذا طلبت البلدية دعماً خارجياً؟",
        "Why now?",
        "Background",
        "2. What comes next",
        "Dr. Smith leaves the U.S. team",
        "**What comes next**",
    ],
)
def test_plain_headings(heading: str) -> None:
    assert looks_like_heading(heading)
    assert shown(f"{BODY}\n\n{heading}\n\n{BODY}") == [BODY, f"# {heading.strip('*')}", BODY]
    assert shown(f"{BODY}\n{heading}\n{BODY}\n{BODY}")[1] == f"# {heading.strip('*')}"


@pytest.mark.parametrize(
    "line",
    [
        "وقال الوزير:",
        "لم يحدث شيء.",
        "- بند في قائمة",
        "«هذا كلام منقول»",
        "— نعم، ذهبت",
        "By Jane Smith",
        "بقلم: سالم الحداد",
        "المصدر: وكالات",
        "6 January 2022",
        "٦ يناير ٢٠٢٢",
        "https://example.org/x",
        "press@example.org",
        "***",
        "2022",
        "word " * 20,
        "and goes on in the next line",
        "ثم عاد إلى بيته. فقال لأخيه",
        "Was he late? He was not",
    ],
)
def test_what_is_no_heading(line: str) -> None:
    assert not looks_like_heading(line.strip())
    assert shown(f"{BODY}\n\n{line.strip()}\n\n{BODY}")[1] == line.strip()


def test_a_heading_needs_a_longer_paragraph_below_and_text_above() -> None:
    assert shown("الرياض\n\n" + BODY) == ["الرياض", BODY]
    assert shown(f"{BODY}\n\nLast words") == [BODY, "Last words"]
    assert shown(f"{BODY}\n\nOne line\n\nAnother line\n\nThird line")[1:] == [
        "One line",
        "Another line",
        "Third line",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# One\ntext", ["# One", "text"]),
        ("## One ##\n\ntext", ["# One", "text"]),
        ("text\n### **Two**\nmore", ["text", "# Two", "more"]),
        ("One\n===\ntext", ["# One", "text"]),
        ("One\n---\n\ntext", ["# One", "text"]),
        ("A sentence.\n---\n\ntext", ["A sentence.", "---", "text"]),
        ("#hashtag\n\ntext", ["#hashtag", "text"]),
        ("# " + "long " * 40 + "\n\ntext", [("# " + "long " * 40).strip(), "text"]),
        ("####### seven", ["####### seven"]),
        ("---\n\ntext", ["---", "text"]),
    ],
)
def test_markdown_headings(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@given(st.text(alphabet="ab .؟\n#=-\u00a0\t*\u2003", max_size=300))
def test_blocks_hold_all_that_is_not_space_in_order(text: str) -> None:
    found = blocks(text)
    covered = "".join(text[b.start : b.end] for b in found)
    assert "".join(covered.split()) == "".join(text.split())
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(text[b.start : b.end].strip() == text[b.start : b.end] != "" for b in found)
