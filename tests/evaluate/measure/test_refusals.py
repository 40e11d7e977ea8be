from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.measure.refusals import aurc, refusal_scores, risk_coverage, selective
from evaluate.results import Outcome, Refusals, Status

confidences = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
judged = st.lists(st.tuples(confidences, st.booleans()), min_size=1, max_size=30)
untied = st.lists(
    st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30, unique_by=lambda p: p[0]
)


def outcome(
    answerable: bool = True,
    refused: bool = False,
    *,
    expected: tuple[str, ...] = ("2500",),
    status: Status | None = None,
    prediction: str = "",
    withheld: str | None = None,
    confidence: float | None = None,
) -> Outcome:
    return Outcome(
        id="q",
        question="How many troops?",
        lang="en",
        passage_lang="en" if answerable else "none",
        answerable=answerable,
        expected=expected,
        tags=(),
        cluster="q",
        standalone="How many troops?",
        status=status or ("refused" if refused else "correct"),
        prediction=prediction,
        refused=refused,
        confidence=confidence,
        withheld=withheld,
    )


def curve(pairs: Sequence[tuple[float, bool]]) -> tuple[tuple[float, float], ...]:
    return risk_coverage([c for c, _ in pairs], [right for _, right in pairs])


def aurc_by_definition(pairs: Sequence[tuple[float, bool]]) -> float:
    """At each coverage k/n answer everything as sure as the k-th surest; average the risks."""
    surest_first = sorted((confidence for confidence, _ in pairs), reverse=True)
    risks = []
    for threshold in surest_first:
        answered = [right for confidence, right in pairs if confidence >= threshold]
        risks.append(sum(not right for right in answered) / len(answered))
    return sum(risks) / len(risks)


@pytest.mark.parametrize(
    ("pairs", "scores"),
    [
        # (answerable, refused)
        ([(True, False), (False, True)], (1, 1, 1)),
        ([(True, True), (False, True)], (1 / 2, 1, 2 / 3)),
        ([(True, False), (False, True), (False, False)], (1, 1 / 2, 2 / 3)),
        ([(True, True), (False, False)], (0, 0, 0)),
        ([(True, True)], (0, None, 0)),
        ([(False, False)], (None, 0, 0)),
        ([(True, False)], (None, None, None)),
        ([], (None, None, None)),
    ],
)
def test_scores_by_hand(
    pairs: list[tuple[bool, bool]], scores: tuple[float | None, float | None, float | None]
) -> None:
    assert refusal_scores(outcome(*pair) for pair in pairs) == Refusals(*scores)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=20))
def test_scores_are_those_of_scikit_learn(pairs: list[tuple[bool, bool]]) -> None:
    from sklearn.metrics import precision_recall_fscore_support

    precision, recall, f1, _ = precision_recall_fscore_support(
        [not answerable for answerable, _ in pairs],
        [refused for _, refused in pairs],
        average="binary",
        zero_division=np.nan,
    )
    found = refusal_scores([outcome(*pair) for pair in pairs])
    values = [np.nan if v is None else v for v in (found.precision, found.recall, found.f1)]
    assert values == pytest.approx([precision, recall, f1], nan_ok=True)


@pytest.mark.parametrize(
    ("case", "right"),
    [
        (outcome(), True),
        (outcome(status="wrong"), False),
        (outcome(status="failed"), False),
        # What an answer was judged by is more than its short form, and never what was withheld.
        (outcome(prediction="12", withheld="12"), True),
        (outcome(status="wrong", prediction="2500", withheld="2500"), False),
        (outcome(refused=True, withheld="about 2,500 troops"), True),
        (outcome(refused=True, withheld="نحو ٢٥٠٠ جندي"), True),
        (outcome(refused=True, withheld="about 25,000 troops"), False),
        (outcome(refused=True), False),
        (outcome(refused=True, prediction="2500"), False),
        (outcome(False, status="false answer", prediction="2500"), False),
        (outcome(False, refused=True, status="correct", withheld="2500"), False),
        (outcome(False, refused=True, status="correct"), False),
    ],
)
def test_what_counts_is_the_answer_that_would_be_given(case: Outcome, right: bool) -> None:
    assert selective([replace(case, confidence=0.3)]) == ((0.3,), (right,))
    assert selective([case]) == ((), ())


def test_outcomes_without_confidence_are_left_out() -> None:
    outcomes = [
        outcome(confidence=0.9),
        outcome(),
        outcome(status="wrong", confidence=0.0),
    ]
    assert selective(outcomes) == ((0.9, 0.0), (True, False))
    assert risk_coverage(*selective(outcomes)) == ((0.5, 0.0), (1.0, 0.5))
    assert risk_coverage(*selective([])) == ()


@pytest.mark.parametrize(
    ("pairs", "points", "area"),
    [
        ([], (), None),
        ([(0.9, True)], ((1.0, 0.0),), 0),
        ([(0.9, False)], ((1.0, 1.0),), 1),
        ([(0.2, False), (0.9, True)], ((0.5, 0.0), (1.0, 0.5)), 1 / 4),
        ([(0.9, False), (0.2, True)], ((0.5, 1.0), (1.0, 0.5)), 3 / 4),
        ([(0.5, False), (0.5, True)], ((1.0, 0.5),), 1 / 2),
        (
            [(0.9, True), (0.5, False), (0.5, True), (0.1, False)],
            ((0.25, 0.0), (0.75, 1 / 3), (1.0, 1 / 2)),
            (0 + 1 / 3 + 1 / 3 + 1 / 2) / 4,
        ),
    ],
)
def test_curves_by_hand(
    pairs: list[tuple[float, bool]], points: tuple[tuple[float, float], ...], area: float | None
) -> None:
    assert curve(pairs) == points
    assert aurc(points) == (area if area is None else pytest.approx(area))


@given(judged)
def test_the_area_is_the_mean_risk_over_all_coverages(pairs: list[tuple[float, bool]]) -> None:
    assert aurc(curve(pairs)) == pytest.approx(aurc_by_definition(pairs))


@given(untied)
def test_without_ties_every_question_adds_a_point(pairs: list[tuple[float, bool]]) -> None:
    ranked = [right for _, right in sorted(pairs, reverse=True)]
    risks = [ranked[:k].count(False) / k for k in range(1, len(ranked) + 1)]
    points = curve(pairs)
    assert [risk for _, risk in points] == pytest.approx(risks)
    assert [cover for cover, _ in points] == [k / len(pairs) for k in range(1, len(pairs) + 1)]
    assert aurc(points) == pytest.approx(sum(risks) / len(risks))


@given(judged, st.randoms(use_true_random=False))
def test_the_order_of_questions_does_not_matter(
    pairs: list[tuple[float, bool]], random: Random
) -> None:
    shuffled = random.sample(pairs, len(pairs))
    assert curve(shuffled) == curve(pairs)


@given(judged)
def test_the_curve_ends_with_every_question_answered(pairs: list[tuple[float, bool]]) -> None:
    points = curve(pairs)
    coverages = [coverage for coverage, _ in points]
    assert coverages == sorted(set(coverages))
    assert points[-1] == (1.0, sum(not right for _, right in pairs) / len(pairs))


def test_one_confidence_belongs_to_one_answer() -> None:
    with pytest.raises(ValueError, match="zip"):
        risk_coverage([0.5, 0.4], [True])
