from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.measure.citations import citation_values, stands, supports
from rag.answer.cite import cite, make_citation, render
from rag.language.sentences import sentence_spans
from rag.types import Answer, Citation, Hit, Statement
from tests.rag.samples import hit, hits, question

ASKED = question("How many troops were sent to Kazakhstan, and who commands them?")
ALL_RIGHT = {
    "citation_recall": 1.0,
    "citation_precision": 1.0,
    "verified": 1.0,
    "cites_evidence": 1.0,
}
TROOPS = "The Collective Security Treaty Organization sent about 2,500 troops to Kazakhstan"
COMMANDER = "Their commander is Russian General Andrei Serdyukov"


def answer(statements: Sequence[Statement], citations: Sequence[Citation]) -> Answer:
    return Answer(ASKED, render(statements), "en", tuple(statements), tuple(citations), hits=hits())


def written(draft: str) -> Answer:
    """An answer as a chat model's draft makes it."""
    return answer(*cite(ASKED, draft, hits()))


def quoted(found: Sequence[Hit]) -> Answer:
    """An answer that quotes the first sentence of each hit."""
    spans = [sentence_spans(h.chunk.text)[0] for h in found]
    citations = [
        make_citation(number, h, h.chunk.start + start, h.chunk.start + end)
        for number, (h, (start, end)) in enumerate(zip(found, spans, strict=True), 1)
    ]
    statements = [Statement(c.quote, (c.number,), lead="From:") for c in citations]
    return answer(statements, citations)


def next_hit(given: Answer) -> Answer:
    """The same answer with every citation taken from the hit after its own."""
    found = hits()
    said = {n: s.text for s in given.statements for n in s.citations}
    moved = []
    for citation in given.citations:
        following = found[citation.hit.rank % len(found)]
        _, (again,) = cite(given.question, f"{said[citation.number]} [1]", [following])
        moved.append(make_citation(citation.number, following, again.start, again.end))
    return replace(given, citations=tuple(moved))


def shifted(given: Answer, by: int, *, cut_anew: bool) -> Answer:
    """The same answer with the offsets of every quote moved, and the quotes cut there or kept."""
    moved = []
    for c in given.citations:
        there = make_citation(c.number, c.hit, c.start + by, c.end + by)
        moved.append(there if cut_anew else replace(there, quote=c.quote, verified=True))
    return replace(given, citations=tuple(moved))


def test_quotes_that_stand_are_all_right() -> None:
    assert citation_values(quoted(hits()), {"chunk-1"}) == ALL_RIGHT


def test_a_written_answer_that_holds_is_all_right() -> None:
    draft = f"{TROOPS} [2]. {COMMANDER} [2]. بلغ سعر الغاز 120 تنغة للتر [3]."
    assert citation_values(written(draft), {"chunk-3"}) == ALL_RIGHT


def test_a_refusal_has_no_values() -> None:
    refused = replace(quoted(hits()), refused=True)
    assert citation_values(refused, {"chunk-1"}) == {}


def test_what_is_not_defined_is_left_out() -> None:
    nothing = answer([], [])
    assert citation_values(nothing, set()) == {}
    assert citation_values(nothing, {"chunk-1"}) == {"cites_evidence": 0.0}
    uncited = answer([Statement("Troops left.")], [])
    assert citation_values(uncited, set()) == {"citation_recall": 0.0, "citation_precision": 0.0}


@pytest.mark.parametrize(
    ("gold", "value"),
    [({"chunk-1"}, 1), ({"chunk-2", "chunk-9"}, 1), ({"chunk-3"}, 0), ({"article-1"}, 0)],
)
def test_evidence_is_cited_by_any_citation(gold: set[str], value: float) -> None:
    assert citation_values(quoted(hits()[:2]), gold)["cites_evidence"] == value


@pytest.mark.parametrize(
    ("draft", "recall", "precision"),
    [
        (f"{TROOPS} [2].", 1, 1),
        (f"{TROOPS} [2]. {COMMANDER}.", 1 / 2, 1),  # the second cites nothing
        (f"{TROOPS}. {COMMANDER}.", 0, 0),
        (f"{TROOPS} [2]. {COMMANDER} [2].", 1, 1),
        (f"{TROOPS} [3].", 0, 0),
        (f"{TROOPS} [2]. About 2,600 troops left [2].", 1 / 2, 1 / 2),  # an invented number
        (f"{TROOPS} [2]. Cats sleep on warm sunny roofs [2].", 1 / 2, 1 / 2),
        (f"{TROOPS} [2, 3].", 1, 1 / 2),  # the third passage adds nothing
        (f"{TROOPS} [1, 2].", 1, 1),  # each holds it, in its own language
        ("General Serdyukov spoke of 2500 soldiers and 120 tenge [1, 3].", 1, 1),  # both needed
        ("General Serdyukov spoke of 2500 soldiers and 120 tenge [1].", 0, 0),
        # Two that hold the same: neither is needed beside the other, nor enough alone.
        ("General Serdyukov spoke of 2500 soldiers and 120 tenge [1, 2, 3].", 1, 1 / 3),
        ("General Serdyukov spoke of 2500 soldiers and 777 tenge [1, 3].", 0, 0),
        (f"{TROOPS} [2, 3]. {COMMANDER} [3].", 1 / 2, 1 / 3),
    ],
)
def test_support_and_relevance_by_hand(draft: str, recall: float, precision: float) -> None:
    values = citation_values(written(draft), {"chunk-1"})
    assert values["citation_recall"] == pytest.approx(recall)
    assert values["citation_precision"] == pytest.approx(precision)


def test_the_answer_s_own_word_on_support_does_not_count() -> None:
    held, invented = written(f"{TROOPS} [2]."), written("About 2,600 troops left [2].")
    doubted = [replace(s, supported=False, unsupported=("2,500",)) for s in held.statements]
    claimed = [replace(s, supported=True, unsupported=()) for s in invented.statements]
    assert citation_values(replace(held, statements=tuple(doubted)), set())["citation_recall"] == 1
    values = citation_values(replace(invented, statements=tuple(claimed)), set())
    assert values["citation_recall"] == 0


def test_a_mark_that_points_nowhere_supports_nothing() -> None:
    case = written(f"{TROOPS} [2].")
    marked = [replace(s, citations=(*s.citations, 9)) for s in case.statements]
    values = citation_values(replace(case, statements=tuple(marked)), {"chunk-2"})
    assert (values["citation_recall"], values["citation_precision"]) == (0, 0)


@pytest.mark.parametrize("case", [quoted(hits()[1:2]), written(f"{TROOPS} [2]. {COMMANDER} [2].")])
def test_citing_the_next_hit_is_seen(case: Answer) -> None:
    assert citation_values(case, {"chunk-2"}) == ALL_RIGHT
    values = citation_values(next_hit(case), {"chunk-2"})
    assert values == {
        "citation_recall": 0.0,
        "citation_precision": 0.0,
        "verified": 1.0,  # the quotes do stand there; they only say something else
        "cites_evidence": 0.0,
    }


def test_one_quote_from_the_next_hit_counts_as_one() -> None:
    right = quoted(hits())
    wrong = next_hit(right)
    mixed = replace(right, citations=(*right.citations[:2], *wrong.citations[2:]))
    values = citation_values(mixed, {"chunk-3"})
    assert values["citation_recall"] == values["citation_precision"] == pytest.approx(2 / 3)
    assert values["cites_evidence"] == 0


@pytest.mark.parametrize("cut_anew", [False, True])
@pytest.mark.parametrize("by", [-1, 1, 7])
def test_shifted_offsets_of_a_quoted_answer_are_seen(by: int, cut_anew: bool) -> None:
    values = citation_values(shifted(quoted(hits()), by, cut_anew=cut_anew), {"chunk-1"})
    assert values["citation_recall"] == values["citation_precision"] == 0
    # Moved back by one, what is cut anew begins outside the passage; moved on, it stands there.
    assert values["verified"] == (1 if cut_anew and by > 0 else 0)


@pytest.mark.parametrize("by", [-1, 1, 7])
def test_shifted_offsets_of_a_written_answer_are_seen(by: int) -> None:
    case = written(f"{TROOPS} [2]. {COMMANDER} [2].")
    assert citation_values(shifted(case, by, cut_anew=False), {"chunk-2"})["verified"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"quote": ""},
        {"quote": "The dam broke"},
        {"quote": "The dam broke.", "start": 9},
        {"end": 21},
        {"start": 0, "end": 7, "quote": "Before."},  # of the article, not of the passage
        {"start": 0, "quote": "Before. The dam broke."},
        {"start": 8, "end": 8, "quote": ""},
        {"start": -28, "end": -14},
        {"end": 99},
        {"verified": False},
    ],
)
def test_a_citation_is_verified_anew(change: dict[str, object]) -> None:
    passage = hit("The dam broke. Rain fell.", before="Before. ")
    right = make_citation(1, passage, 8, 22)
    wrong = replace(right, **change)  # type: ignore[arg-type]
    statements = [Statement("The dam broke.", (1,))]
    assert citation_values(answer(statements, [right]), set())["verified"] == 1
    assert citation_values(answer(statements, [wrong]), set())["verified"] == 0
    two = [right, replace(wrong, number=2)]
    assert citation_values(answer(statements, two), set())["verified"] == 1 / 2
    assert stands(right)
    assert stands(wrong) == ("verified" in change)


def test_a_quoted_statement_has_to_stand_word_for_word() -> None:
    passage = hit("The dam broke. Rain fell.")
    whole = [make_citation(1, passage, 0, 25)]
    for text, value in (
        ("The dam broke.", True),
        ("Rain fell.", True),
        ("the dam broke.", False),
        ("The dam  broke.", False),
        ("", False),
    ):
        assert supports(Statement(text, (1,), lead="From:"), whole) is value
    # Written instead of quoted, the same may be said in other words.
    assert supports(Statement("the dam broke", (1,)), whole)


def test_nothing_is_supported_by_no_citation() -> None:
    assert not supports(Statement("Yes."), [])
    assert not supports(Statement("Yes.", lead="From:"), [])


@given(
    st.lists(
        st.tuples(
            st.sampled_from([TROOPS, COMMANDER, "About 2,600 troops left", "بلغ السعر 120 تنغة"]),
            st.lists(st.integers(1, 3), max_size=3, unique=True),
        ),
        min_size=1,
        max_size=4,
    ),
    st.sets(st.sampled_from(["chunk-1", "chunk-2", "chunk-3"])),
)
def test_values_follow_the_definitions(
    sentences: list[tuple[str, list[int]]], gold: set[str]
) -> None:
    """Recall and precision from the subsets of each statement's citations, as ALCE puts it."""
    made = written(" ".join(f"{text} {numbers}." for text, numbers in sentences))
    values = citation_values(made, gold)
    by_number = {c.number: c for c in made.citations}
    held, relevant, marks = 0, 0, 0
    for statement in made.statements:
        cited = [by_number[n] for n in statement.citations]
        together = supports(statement, cited)
        held += together
        marks += len(cited)
        for citation in cited:
            rest = [c for c in cited if c.number != citation.number]
            needless = not supports(statement, [citation]) and supports(statement, rest)
            relevant += together and not needless
    assert values["citation_recall"] == held / len(made.statements)
    assert values["citation_precision"] == (relevant / marks if marks else 0)
    assert ("cites_evidence" in values) == bool(gold)
    assert ("verified" in values) == bool(made.citations)
    assert all(0 <= value <= 1 for value in values.values())
