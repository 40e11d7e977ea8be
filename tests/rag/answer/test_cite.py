from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.cite import cite, make_citation, parse_markers, render, split_draft
from rag.types import Statement
from tests.linear import assert_linear
from tests.rag.samples import PARAGRAPHS, hit, hits, question
from tests.rag.strategies import texts

AR_QUESTION = question("كم عدد الجنود؟")
EN_QUESTION = question("How many troops were sent?")


@pytest.mark.parametrize(
    ("text", "numbers", "invalid"),
    [
        ("[1]", (1,), ()),
        ("[ 1 ]", (1,), ()),
        ("[1, 2]", (1, 2), ()),
        ("[1,2;3]", (1, 2, 3), ()),
        ("[1، ٢]", (1, 2), ()),
        ("[٢]", (2,), ()),
        ("[۲]", (2,), ()),
        ("【1】", (1,), ()),
        ("[2, 1, 2]", (2, 1), ()),
        ("[1-3]", (1, 2, 3), ()),
        ("[1–2]", (1, 2), ()),
        ("[3-1]", (3, 1), ()),
        ("[1 and 2]", (1, 2), ()),
        ("[1 و2]", (1, 2), ()),
        ("[^1]", (1,), ()),
        ("[0]", (), (0,)),
        ("[99]", (), (99,)),
        ("[1, 99]", (1,), (99,)),
        ("[2-900]", (2,), (900,)),
    ],
)
def test_markers(text: str, numbers: tuple[int, ...], invalid: tuple[int, ...]) -> None:
    (marker,) = parse_markers(f"نعم {text}.", 3)
    assert (marker.numbers, marker.invalid) == (numbers, invalid)
    assert (marker.start, marker.end) == (4, 4 + len(text))


@pytest.mark.parametrize("text", ["", "(1)", "[2022]", "[a]", "[]", "[1.5]", "[1", "1]", "[x1]"])
def test_what_is_no_marker(text: str) -> None:
    assert parse_markers(text, 3) == []


@given(st.one_of(texts, st.text("[]【】0123456789٠١٢ ,،;-^و.ab")), st.integers(0, 5))
def test_markers_never_point_out_of_bounds(text: str, count: int) -> None:
    end = 0
    for marker in parse_markers(text, count):
        assert end <= marker.start < marker.end <= len(text)
        end = marker.end
        assert all(1 <= number <= count for number in marker.numbers)
        assert not any(1 <= number <= count for number in marker.invalid)


@pytest.mark.parametrize(
    ("draft", "sentences"),
    [
        ("Troops left [1]. They came [2].", [("Troops left.", (1,)), ("They came.", (2,))]),
        ("Troops left. [1] They came. [2]", [("Troops left.", (1,)), ("They came.", (2,))]),
        ("Troops left.[1] They came.[2]", [("Troops left.", (1,)), ("They came.", (2,))]),
        ("وصلوا [١]. ثم غادروا [٢].", [("وصلوا.", (1,)), ("ثم غادروا.", (2,))]),
        ("وصلوا.[١] ثم غادروا؟ [٢]", [("وصلوا.", (1,)), ("ثم غادروا؟", (2,))]),
        ("وصلوا [1] ، ثم غادروا [2].", [("وصلوا، ثم غادروا.", (1, 2))]),
        ("Troops left [1][2].", [("Troops left.", (1, 2))]),
        ("Troops left [2] [1, 2].", [("Troops left.", (2, 1))]),
        ("Troops left [1] and came [2].", [("Troops left and came.", (1, 2))]),
        ("Troops left\n\n[1]\n[2]", [("Troops left", (1, 2))]),
        ("[1] Troops left. [2] They came.", [("Troops left.", (1,)), ("They came.", (2,))]),
        ("Troops left. They came [2].", [("Troops left.", ()), ("They came.", (2,))]),
        ("Troops left [0]. They came [99].", [("Troops left.", ()), ("They came.", ())]),
        ("1. Troops left [1]\n2. They came [2]", [("Troops left", (1,)), ("They came", (2,))]),
        ("- Troops left [1]\n• They came [2]", [("Troops left", (1,)), ("They came", (2,))]),
        ("**Troops** left [1].", [("Troops left.", (1,))]),
        ("It grew by 2.5 million [1]. U.S. troops [2] left.",
         [("It grew by 2.5 million.", (1,)), ("U.S. troops left.", (2,))]),
        ("[1]", []),
        ("[1]. …", []),
        ("", []),
    ],
)  # fmt: skip
def test_drafts(draft: str, sentences: list[tuple[str, tuple[int, ...]]]) -> None:
    assert split_draft(draft, 3) == sentences


@given(texts, st.integers(0, 5))
def test_sentences_of_a_draft_hold_words_and_valid_numbers(draft: str, count: int) -> None:
    for text, numbers in split_draft(draft, count):
        assert any(c.isalnum() for c in text)
        assert text == " ".join(text.split())
        assert parse_markers(text, count) == []
        assert len(set(numbers)) == len(numbers)
        assert all(1 <= number <= count for number in numbers)


def test_an_answer_is_tied_to_verbatim_sentences() -> None:
    draft = "About 2,500 troops were sent to Kazakhstan [2]. Andrei Serdyukov is in command [2]."
    statements, citations = cite(EN_QUESTION, draft, hits())
    assert [(s.text, s.citations, s.supported) for s in statements] == [
        ("About 2,500 troops were sent to Kazakhstan.", (1,), True),
        ("Andrei Serdyukov is in command.", (2,), True),
    ]
    assert [c.quote for c in citations] == [
        "The Collective Security Treaty Organization sent about 2,500 troops to Kazakhstan on "
        "January 6, 2022.",
        "Their commander is Russian General Andrei Serdyukov.",
    ]
    assert [c.number for c in citations] == [1, 2]
    for citation in citations:
        article = citation.hit.article
        assert citation.verified
        assert article.text[citation.start : citation.end] == citation.quote


def test_citations_are_numbered_in_the_order_of_their_first_use() -> None:
    draft = "بلغ سعر الغاز 120 تنغة [3]. أُرسل 2500 جندي [1]. بلغ سعر الغاز 120 تنغة للتر [3]."
    statements, citations = cite(AR_QUESTION, draft, hits())
    assert [s.citations for s in statements] == [(1,), (2,), (1,)]
    assert [c.hit.rank for c in citations] == [3, 1]


def test_one_sentence_may_rest_on_passages_of_both_languages() -> None:
    (statement,), citations = cite(EN_QUESTION, "The CSTO sent 2,500 soldiers [1, 2].", hits())
    assert statement.supported
    assert statement.citations == (1, 2)
    assert [c.hit.chunk.lang for c in citations] == ["ar", "en"]
    assert citations[0].quote.startswith("أرسلت منظمة معاهدة الأمن الجماعي")


@pytest.mark.parametrize(
    ("draft", "missing"),
    [
        ("About 2,600 troops were sent to Kazakhstan [2].", ("2,600",)),
        ("Troops were sent to Kazakhstan in February 2022 [2].", ("February 2022",)),
        ("About 2,500 troops are led by General Sergei Lavrov [2].", ("Sergei", "Lavrov")),
        ("أُرسل نحو ٣٥٠٠ جندي إلى كازاخستان [1].", ("٣٥٠٠",)),
        ("يقود القوات الجنرال سيرغي لافروف [1].", ("سيرغي", "لافروف")),
        ("About 2,500 troops are led by General Sergei Lavrov [1].", ("Sergei", "Lavrov")),
        ("يقود القوات الجنرال سيرغي لافروف [2].", ("سيرغي", "لافروف")),
    ],
)
def test_an_invented_fact_is_found(draft: str, missing: tuple[str, ...]) -> None:
    (statement,), (citation,) = cite(EN_QUESTION, draft, hits())
    assert not statement.supported
    assert statement.unsupported == missing
    assert not citation.verified
    assert citation.unsupported == missing


def test_a_sentence_without_a_valid_marker_cites_nothing() -> None:
    draft = "About 2,500 troops were sent to Kazakhstan. The rest is silence [9]."
    statements, citations = cite(EN_QUESTION, draft, hits())
    assert citations == ()
    assert [(s.citations, s.supported) for s in statements] == [((), False), ((), False)]


def test_a_sentence_that_shares_hardly_a_word_is_not_supported() -> None:
    (statement,), (citation,) = cite(EN_QUESTION, "Cats sleep on warm sunny roofs [2].", hits())
    assert not statement.supported
    assert statement.unsupported == ()
    assert not citation.verified


def test_across_languages_words_need_not_be_shared() -> None:
    (statement,), (citation,) = cite(EN_QUESTION, "Protests began over fuel prices [3].", hits())
    assert statement.supported
    assert citation.verified
    assert citation.quote == PARAGRAPHS[2]  # no sentence stands out: the whole passage


@pytest.mark.parametrize("paragraph", PARAGRAPHS)
def test_a_passage_said_word_for_word_is_supported(paragraph: str) -> None:
    draft = paragraph.replace(". ", " [1]. ").removesuffix(".") + " [1]."
    statements, citations = cite(EN_QUESTION, draft, [hit(paragraph)])
    assert statements
    assert all(s.supported and s.citations for s in statements)
    assert [c.quote for c in citations] == [s.text for s in statements]


def test_the_best_quote_shares_most_with_the_statement() -> None:
    passage = hit("Rain fell. The dam at Derna broke. Rain fell.", before="Old. ")
    _, (citation,) = cite(EN_QUESTION, "The dam broke in Derna [1].", [passage])
    assert citation.quote == "The dam at Derna broke."
    assert passage.article.text[citation.start : citation.end] == citation.quote


def test_the_first_of_equal_quotes_is_taken() -> None:
    passage = hit("Rain fell. Rain fell.")
    _, (citation,) = cite(EN_QUESTION, "Rain [1].", [passage])
    assert (citation.start, citation.end) == (0, 10)


def test_a_quote_outside_the_passage_is_not_verified() -> None:
    passage = hit("The dam broke.", before="Before. ")
    inside = make_citation(1, passage, 8, 22)
    assert (inside.verified, inside.quote) == (True, "The dam broke.")
    assert not make_citation(1, passage, 0, 7).verified
    assert not make_citation(1, passage, 8, 8).verified
    assert not make_citation(1, passage, 8, 99).verified


@pytest.mark.parametrize(
    ("statements", "text"),
    [
        ([], ""),
        ([Statement("Yes.", (1, 2)), Statement("No.", ())], "Yes. [1][2] No."),
        (
            [
                Statement("نعم.", (1,), lead="جاء في «عنوان»:"),
                Statement("Yes.", (2,), lead="From “Title”:"),
            ],
            "جاء في «عنوان»:\n«نعم.» [1]\n\nFrom “Title”:\n«Yes.» [2]",
        ),
    ],
)
def test_render(statements: list[Statement], text: str) -> None:
    assert render(statements) == text


def test_a_rendered_answer_reads_as_the_same_draft() -> None:
    draft = "About 2,500 troops were sent [2]. The commander is Serdyukov [2]."
    statements, citations = cite(EN_QUESTION, draft, hits())
    again = split_draft(render(statements), len(citations))
    assert again == [(s.text, s.citations) for s in statements]
    assert re.sub(r" ?\[\d\]", "", render(statements)) == re.sub(r" ?\[\d\]", "", draft)


@pytest.mark.parametrize(
    "sentence",
    [
        "General Sergei Lavrov left Cairo in 1999 [2].\n",
        "أُرسل نحو ٣٥٠٠ جندي إلى كازاخستان [1، 3]. ",
    ],
)
def test_a_long_draft_costs_no_more_a_sentence_than_a_short_one(sentence: str) -> None:
    assert_linear(lambda draft: cite(EN_QUESTION, draft, hits()), sentence, seconds=0.15)


@pytest.mark.parametrize("sentence", ["It rained [1]. ", "It rained. [1] "])
def test_splitting_costs_no_more_a_sentence_in_a_long_draft(sentence: str) -> None:
    assert_linear(lambda draft: split_draft(draft, 3), sentence, seconds=0.1)


def test_every_wrong_figure_that_rests_on_a_quote_is_listed_there() -> None:
    figures = [f"{number:,}" for number in range(10_001, 10_041)]
    draft = " ".join(f"About {figure} troops were sent to Kazakhstan [2]." for figure in figures)
    statements, (citation,) = cite(EN_QUESTION, draft, hits())
    assert [s.unsupported for s in statements] == [(figure,) for figure in figures]
    assert citation.unsupported == tuple(figures)
    assert not citation.verified
