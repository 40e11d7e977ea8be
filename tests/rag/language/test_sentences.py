from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.sentences import sentence_spans
from tests.rag.strategies import texts


@pytest.mark.parametrize(
    "sentences",
    [
        ["Hello.", "World!", "Yes?", "No…"],
        ["هل وصل؟", "نعم!", "وصل."],
        ["وصل الجنود.", "ثم غادروا."],
        ["أولا؛ ثانيا: ثالثا، رابعا."],
        ["He met U.S. President Joe Biden.", "Then he left."],
        ["It happened in the U.S.", "The army left."],
        ["It began at 9 a.m. on Monday and ended at 5 p.m.", "Then it rained."],
        ["Mr. Smith, Dr. Jones and Brig. Gen. Pat Ryder came.", "She left."],
        ["J. K. Rowling and George W. Bush won."],
        ["He lives in Washington D.C.", "He works there."],
        ["We chose plan B.", "Then we left."],
        ["Apple Inc. in Cupertino grew, e.g. by 5 per cent. in May."],
        ["The price is $2.5 million.", "It rose 3.2%."],
        ["On Jan. 6 he left.", "She said no.", "He was no. 5."],
        ["It cost $5.", "In the 1990s.", "End of 2022.", "New year."],
        ["قال د. أحمد وأ.د. سامي عام 500 ق.م. كلاما.", "ثم غادر."],
        ["بلغ ٢٫٥ مليون.", "ثم 2,500."],
        ["Really?!", "Wait… what?", "No..."],
        ["He said “Go.”", "She went.", "(They left.)", "[All left.]", "'Why?'", "Well."],
        ['قال: "لن نغادر."', "ثم رحل.", "«نعم.»", "وعاد (جو بايدن).", "وقال."],
        ["He said (yes.) and “no.” and left."],
        ["(in the U.S.), he left."],
        ["He left.[1]", "She stayed.[2, 3]", "They came.【4】", "It is [5]."],
        ["وصلوا.[١]", "ثم غادروا.[٢]"],
        ["U.S.\u200f President Biden left.\u200f", "ثم."],
        ["www.example.com and file.txt are a.b.c."],
    ],
)
def test_sentences(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [text[a:b] for a, b in sentence_spans(text)] == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("وصل الجنود.ثم غادروا.", ["وصل الجنود.", "ثم غادروا."]),
        ("أولاً.ثانياً؟ثالثا", ["أولاً.", "ثانياً؟", "ثالثا"]),
        ("one\ntwo\n\n three ", ["one", "two", "three"]),
        ("1. First item\n2. Second item", ["1. First item", "2. Second item"]),
        ("… Hello there.", ["… Hello there."]),
        ("Hello. …", ["Hello. …"]),
        (". ؛ <!--\n--- Hello.", [". ؛ <!--\n--- Hello."]),
        (" ---\n===\n", ["---\n==="]),
        ("...", ["..."]),
        ("«»", ["«»"]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_sentences_at_the_edges(text: str, sentences: list[str]) -> None:
    assert [text[a:b] for a, b in sentence_spans(text)] == sentences


def test_semicolons_end_sentences_only_on_request() -> None:
    text = "أولا؛ ثانيا."
    assert sentence_spans(text) == [(0, len(text))]
    assert [text[a:b] for a, b in sentence_spans(text, semicolons=True)] == ["أولا؛", "ثانيا."]


@given(texts, st.booleans())
def test_sentences_are_in_order_and_leave_nothing_out(text: str, semicolons: bool) -> None:
    covered: set[int] = set()
    end = 0
    for left, right in sentence_spans(text, semicolons=semicolons):
        assert end <= left < right
        assert text[left:right] == text[left:right].strip()
        covered.update(range(left, right))
        end = right
    assert all(c.isspace() or i in covered for i, c in enumerate(text))
