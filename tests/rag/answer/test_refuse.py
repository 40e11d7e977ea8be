"""What decides that the articles do not hold the answer."""

from __future__ import annotations

import time
from dataclasses import asdict, astuple, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.lacking import LONGEST_READ, lacking
from rag.answer.refuse import (
    EVIDENCE_WEIGHTS,
    FAR,
    THRESHOLD,
    UNREAD_EVIDENCE_WEIGHTS,
    Evidence,
    gather,
    judge,
    probability_of,
    speaks_of_something_else,
)
from rag.models.reading import ReadSpan
from rag.types import Hit, Leg
from tests.rag.answer.found import make_candidate, make_hit, read_signals
from tests.rag.samples import PARAGRAPHS, question

ARABIC, ENGLISH, _ = PARAGRAPHS
FILLER = "Rain fell on the hills again and the river rose. "


@pytest.mark.parametrize(
    ("text", "hit", "decides"),
    [
        ("What happened in 2022?", make_hit(ENGLISH), False),
        ("What happened in 2021?", make_hit(ENGLISH), True),
        ("ماذا حدث عام ٢٠٢١؟", make_hit(ENGLISH), True),
        ("ماذا حدث عام ٢٠٢٢؟", make_hit(ENGLISH), False),
        ("What happened in 2021?", make_hit(ENGLISH, after=" It began in 2021."), False),
        ("Were there 2021 soldiers?", make_hit(ENGLISH), False),  # it may be no year
        ("Who won the 2018 World Cup?", make_hit("France won the 1998 World Cup."), True),
        ("How many went to Egypt?", make_hit(ENGLISH), True),
        ("How many went to Egypt?", make_hit(ENGLISH, before="Cairo, in Egypt. "), False),
        ("How many went to Egypt?", make_hit(ARABIC, after=" وزار مصر."), False),
        ("How many did NATO send?", make_hit(ENGLISH), True),
        ("كم أرسل حلف الناتو؟", make_hit(ENGLISH, after=" NATO did not."), False),
        ("What happened in March?", make_hit(ENGLISH), True),
        ("What happened in January?", make_hit(ARABIC), False),
        ("Did Lavrov command them?", make_hit(ENGLISH), False),  # people are written in many ways
        ("Did 9,000 go?", make_hit(ENGLISH), False),
        ("Who commands them?", make_hit(ENGLISH), False),
    ],
)
def test_a_year_country_or_organisation_that_is_never_mentioned_decides(
    text: str, hit: Hit, decides: bool
) -> None:
    asked = question(text)
    assert speaks_of_something_else(asked, lacking(asked, hit)) is decides
    sure = make_candidate(hit, score=9.0, match=1.0, coverage=1.0, passage_similarity=1.0)
    confidence = judge(asked, [hit], [sure])
    assert not decides or (confidence.probability <= THRESHOLD / 2 and confidence.missing)
    assert confidence.refuse or not decides


@given(
    score=st.floats(-50, 50),
    similarity=st.floats(-1, 1),
    features=st.fixed_dictionaries({"match": st.floats(0, 1), "coverage": st.floats(0, 1)}),
    margin=st.none() | st.floats(-20, 20),
)
def test_no_evidence_outweighs_another_country(
    score: float, similarity: float, features: dict[str, float], margin: float | None
) -> None:
    hit, span = make_hit(ENGLISH), None if margin is None else ReadSpan(0, 3, margin)
    found = [make_candidate(hit, score=score, span=span, passage_similarity=similarity, **features)]
    signals = read_signals([hit], margin)
    assert judge(question("How many went to Egypt?"), [hit], found, signals).refuse
    there = judge(question("How many went to Kazakhstan?"), [hit], found, signals)
    assert 0 <= there.probability <= 1
    assert there.missing == ()


def test_the_other_weights_count_where_hits_were_read() -> None:
    asked = question("How many went to Kazakhstan?")
    hit = make_hit(ENGLISH)
    for margin, weights in ((None, UNREAD_EVIDENCE_WEIGHTS), (3.0, EVIDENCE_WEIGHTS)):
        for span in (None, ReadSpan(0, 3, 3.0)):  # the reader may point to no candidate
            known = {"passage_similarity": 0.8, "reading": 0.15}
            found = [make_candidate(hit, score=7.0, span=span, **known)]
            evidence = gather(asked, found, lacking(asked, hit))
            confidence = judge(asked, [hit], found, read_signals([hit], margin))
            assert confidence.probability == probability_of(evidence, weights)


def test_without_a_candidate_there_is_no_answer() -> None:
    for hits in ([], [make_hit(ENGLISH)]):
        nothing = judge(question("How many went to Egypt in 2022?"), hits, [])
        assert (nothing.probability, nothing.missing) == (0.0, ("Egypt", "2022"))
        assert nothing.refuse


@pytest.mark.parametrize(
    ("text", "passage", "missing"),
    [
        ("How many went to Kazakhstan?", ENGLISH, ()),
        ("Did Egypt or Egypt pay 9,000 in 2021?", ENGLISH, ("Egypt", "9,000", "2021")),
        ("Did Lavrov go?", ENGLISH, ("Lavrov",)),
        ("Did Lavrov go?", ARABIC, ("Lavrov",)),
        ("Did the Supreme Court rule?", ENGLISH, ("Supreme", "Court")),
        ("Did the Supreme Court rule?", ARABIC, ()),  # it would be translated
        ("هل ذهب لافروف إلى مصر؟", ENGLISH, ("مصر",)),  # no rule shows that he is a name
    ],
)
def test_what_the_best_passage_lacks_is_named_once(
    text: str, passage: str, missing: tuple[str, ...]
) -> None:
    hit = make_hit(passage)
    assert judge(question(text), [hit], [make_candidate(hit)]).missing == missing


FIELDS = [field.name for field in fields(Evidence) if field.name != "intercept"]
evidence_of = st.builds(
    Evidence, **{name: st.floats(-10, 10) for name in FIELDS}, intercept=st.just(1.0)
)


@given(
    evidence=evidence_of,
    weights=st.sampled_from([EVIDENCE_WEIGHTS, UNREAD_EVIDENCE_WEIGHTS]),
    name=st.sampled_from(FIELDS),
    more=st.floats(0, 10),
)
def test_more_evidence_moves_the_probability_the_way_of_its_weight(
    evidence: Evidence, weights: Evidence, name: str, more: float
) -> None:
    before = probability_of(evidence, weights)
    after = probability_of(replace(evidence, **{name: getattr(evidence, name) + more}), weights)
    weight = getattr(weights, name)
    assert 0 < before < 1
    assert after == pytest.approx(before) or (after > before) == (weight > 0)


def test_what_is_missing_never_speaks_for_an_answer() -> None:
    for weights in (EVIDENCE_WEIGHTS, UNREAD_EVIDENCE_WEIGHTS):
        known = asdict(weights)
        assert all(weight < 0 for name, weight in known.items() if name.startswith("missing"))
        assert known["similarity"] > 0
        assert known["margin"] > 0
    assert len(astuple(EVIDENCE_WEIGHTS)) == len(FIELDS) + 1


LEFT = make_hit(ENGLISH, 1)
RIGHT = make_hit(ENGLISH, 2)


@pytest.mark.parametrize(
    ("scores", "margin"),
    [
        ([(LEFT, 7.0)], FAR),
        ([(LEFT, 7.0), (LEFT, 6.9)], FAR),  # of the same passage: no rival
        ([(LEFT, 7.0), (LEFT, 6.9), (RIGHT, 5.5)], 1.5),
        ([(LEFT, 7.0), (RIGHT, 4.0), (RIGHT, 6.0)], 1.0),
        ([(LEFT, 7.0), (RIGHT, 7.0)], 0.0),
        ([(LEFT, 70.0), (RIGHT, 7.0)], FAR),
    ],
)
def test_the_margin_is_over_the_best_of_another_passage(
    scores: list[tuple[Hit, float]], margin: float
) -> None:
    found = [make_candidate(hit, score=score) for hit, score in scores]
    evidence = gather(question("Who?"), found, [])
    assert (evidence.score, evidence.margin) == (scores[0][1], margin)


@pytest.mark.parametrize(
    ("legs", "agreement"),
    [
        ((), 0),
        ((Leg("dense-en", 1, 0.9),), 0),
        ((Leg("dense-en", 1, 0.9), Leg("lexical-en", 3, 9.0)), 1),
        ((Leg("dense-en", 4, 0.9), Leg("lexical-en", 1, 9.0)), 0),
        ((Leg("dense-en", 1, 0.9), Leg("dense-ar", 1, 0.9)), 0),
    ],
)
def test_legs_agree_where_both_found_it_among_their_first_three(
    legs: tuple[Leg, ...], agreement: int
) -> None:
    hit = make_hit(ENGLISH, legs=legs)
    assert gather(question("Who?"), [make_candidate(hit)], []).agreement == agreement


def test_names_count_apart_where_they_may_have_been_translated() -> None:
    asked = question("Did Lavrov and Serdyukov go?")
    for passage, own, across in ((ENGLISH, 0.5, 0.0), (ARABIC, 0.0, 0.5)):
        hit = make_hit(passage)
        evidence = gather(asked, [make_candidate(hit)], lacking(asked, hit))
        assert (evidence.missing_names, evidence.missing_names_across) == (own, across)
        assert evidence.same_language == float(passage == ENGLISH)


def test_the_best_reading_may_be_another_candidates() -> None:
    found = [make_candidate(LEFT, reading=-0.2), make_candidate(RIGHT, reading=0.4)]
    evidence = gather(question("Who?"), found, [])
    assert (evidence.reading, evidence.best_reading) == (-0.2, 0.4)


def test_judging_costs_no_more_in_a_book_than_in_a_long_article() -> None:
    asked = question("How many went to Egypt with Lavrov in 2019?")

    def cost(characters: int) -> float:
        filler = FILLER * (characters // len(FILLER) // 2)
        hit = make_hit("It rained.", before=filler, after=filler)
        found, costs = [make_candidate(hit)], []
        for _ in range(5):
            began = time.process_time()
            judge(asked, [hit], found)
            costs.append(time.process_time() - began)
        return min(costs)

    assert cost(100 * LONGEST_READ) <= 2 * cost(2 * LONGEST_READ)
