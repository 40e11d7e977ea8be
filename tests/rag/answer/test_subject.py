"""Sentences that need the one before to say whom they speak of."""

from __future__ import annotations

import pytest

from rag.answer.extractive import quote
from rag.answer.subject import LONGEST, lacks_subject, with_subject
from rag.language.text import detect_language
from rag.models.reading import ReadSpan
from tests.rag.answer.found import make_candidate, make_hit
from tests.rag.samples import question


@pytest.mark.parametrize(
    "sentence",
    [
        "He denied all charges.",
        "But she did not say when.",
        "Later, they went home.",
        "His contract runs until 2028.",
        '"We did not win, but we did not kneel," she said.',
        "“It is over,” he told reporters.",
        "This is the second rise this year.",
        'وقال: "لن نبيع الشاطئ".',
        "وأضاف أن البلدية سترفع دعوى على الشركة.",
        "وأكدت أنها لن تتراجع.",
        "كما أشار إلى ارتفاع الأسعار.",
        "وأوضح في تصريح للصحيفة أن العمل انتهى.",
        "وكانت تكتب في دفاتر المدرسة بقلم الرصاص.",
        "وهو ما رفضته النقابة.",
    ],
)
def test_a_sentence_without_its_subject(sentence: str) -> None:
    assert lacks_subject(sentence, detect_language(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "Gharbi denied all charges.",
        "It is expected to rain on Monday.",
        "The minister said she would go.",
        "Hebron was quiet.",
        "Theirs Ltd. made a profit.",
        "وقال الوزير إن العمل انتهى.",
        "وأضاف باوزير في مؤتمر صحفي أن الطريق مغلق.",
        "وكان الوزير قد زار المدينة.",
        "أعلنت الشركة خفض الأسعار.",
        "إنقاذ 40 شخصا.",
        "",
    ],
)
def test_a_sentence_with_its_subject(sentence: str) -> None:
    assert not lacks_subject(sentence, detect_language(sentence))


def test_a_quote_begins_with_the_sentence_that_holds_the_subject() -> None:
    hit = make_hit("It rained. Mona Azar spoke. “We did not kneel,” she said.", before="Before. ")
    text, sentence = hit.article.text, "“We did not kneel,” she said."
    start = text.index(sentence)
    assert text[with_subject(hit, start, start + len(sentence)) :].startswith("Mona Azar spoke.")


def test_a_quote_does_not_begin_in_front_of_its_passage() -> None:
    hit = make_hit("He left.", before="Ann came. ")
    assert with_subject(hit, hit.chunk.start, hit.chunk.end) == hit.chunk.start


def test_two_long_sentences_are_not_quoted_together() -> None:
    long = f"Mona Azar spoke of {'rain and ' * (LONGEST // 9)}snow."
    hit = make_hit(f"{long} She left.")
    start = hit.article.text.index("She left.")
    assert with_subject(hit, start, hit.chunk.end) == start


def quoted(passage: str, *sentences: str) -> tuple[list[str], list[list[str]]]:
    """The quotes of some sentences of a passage, and what is emphasised in each."""
    hit = make_hit(passage, before="Before. ")
    found = []
    for sentence in sentences:
        start = passage.index(sentence)
        word = len(sentence.split()[0])
        span = ReadSpan(0, word, 9.0)
        found.append(make_candidate(hit, start, start + len(sentence), span=span))
    statements, citations = quote(question("Who?"), found)
    assert all(citation.verified for citation in citations)
    assert [c.quote for c in citations] == [s.text for s in statements]
    return (
        [statement.text for statement in statements],
        [[s.text[slice(*span)] for span in s.emphasis] for s in statements],
    )


def test_the_subject_is_quoted_along_and_the_emphasis_stays_where_it_was() -> None:
    texts, emphasised = quoted("It rained. Mona Azar spoke. She knelt.", "She knelt.")
    assert texts == ["Mona Azar spoke. She knelt."]
    assert emphasised == [["She"]]


def test_no_sentence_is_quoted_twice() -> None:
    texts, _ = quoted("Mona Azar spoke. She knelt.", "Mona Azar spoke.", "She knelt.")
    assert texts == ["Mona Azar spoke.", "She knelt."]
