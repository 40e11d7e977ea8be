"""Figures of deciding: against their definitions, and against what others compute."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from evaluate.measure import refusals
from evaluate.measure.deciding import COVERAGES, PUBLISHED, auroc, deciding, mean_risk, risk_at
from evaluate.measure.summary import summarise
from evaluate.results import Outcome
from tests.evaluate.outcomes import failed, refused, right, unanswerable, wrong

confidences = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
judged = st.lists(st.tuples(confidences, st.booleans()), min_size=1, max_size=25)
counted = st.lists(st.tuples(confidences, st.booleans(), st.integers(0, 3)), max_size=15)


def once(count: int) -> np.ndarray:
    return np.ones((1, count))


def repeated(rows: list[tuple[float, bool, int]]) -> list[tuple[float, bool]]:
    return [(confidence, flag) for confidence, flag, times in rows for _ in range(times)]


@given(judged)
def test_auroc_is_that_of_others(pairs: list[tuple[float, bool]]) -> None:
    sure, holds = [c for c, _ in pairs], [h for _, h in pairs]
    ours = float(auroc(sure, holds)(once(len(pairs)))[0])
    if len(set(holds)) == 2:
        assert ours == pytest.approx(roc_auc_score(holds, sure))
    else:
        assert np.isnan(ours)


@given(judged)
def test_the_area_under_the_risk_coverage_curve_is_that_of_the_summary(
    pairs: list[tuple[float, bool]],
) -> None:
    sure, bad = [c for c, _ in pairs], [w for _, w in pairs]
    points = refusals.risk_coverage(sure, [not w for w in bad])
    assert mean_risk(sure, bad)(once(len(pairs)))[0] == pytest.approx(refusals.aurc(points))
    for coverage in COVERAGES:
        expected = next(risk for reached, risk in points if reached >= coverage - 1e-9)
        assert risk_at(coverage, sure, bad)(once(len(pairs)))[0] == pytest.approx(expected)


@given(counted)
def test_weights_count_as_repeated_questions(rows: list[tuple[float, bool, int]]) -> None:
    pairs = repeated(rows)
    if not pairs:
        return
    weights = np.array([[float(times) for _, _, times in rows]])
    sure, flags = [c for c, _, _ in rows], [f for _, f, _ in rows]
    for make in (auroc, mean_risk, lambda c, f: risk_at(0.7, c, f)):
        weighted = make(sure, flags)(weights)[0]
        plain = make([c for c, _ in pairs], [f for _, f in pairs])(once(len(pairs)))[0]
        assert weighted == pytest.approx(plain, nan_ok=True)


def some(lang: str = "en", side: str = "en", *, sure: bool = True) -> list[Outcome]:
    """Ten answerable questions, two of them refused; ten others, three of them answered."""
    draw = Random(lang + side)
    answered = [
        (refused if n < 2 else right)(f"{lang}-{side}-{n}", passage_lang=side) for n in range(10)
    ]
    others = [
        unanswerable(f"{lang}-{side}-no-{n}", answered=n < 3, passage_lang=side) for n in range(10)
    ]
    return [
        replace(
            o,
            lang=lang,
            withheld="this" if o.status == "refused" else None,
            confidence=round(draw.betavariate(4 if o.answerable else 2, 3), 4) if sure else None,
        )
        for o in (*answered, *others)
    ]


def test_rates_are_by_language_of_the_question() -> None:
    found = deciding([*some("en"), *some("ar", "ar")], seed=1)
    assert list(found) == ["all", "ar", "en"]
    for group, n in (("all", 20), ("ar", 10), ("en", 10)):
        rates = found[group]
        assert (rates["false_answer"].mean, rates["false_answer"].n) == (0.3, n)
        assert (rates["over_refusal"].mean, rates["over_refusal"].n) == (0.2, n)
        assert rates["false_answer"].method == "wilson"
        assert rates["auroc"].n == 2 * n
        for estimate in rates.values():
            assert 0 <= estimate.low <= estimate.mean <= estimate.high <= 1


def test_directions_are_told_where_passages_are_in_another_language() -> None:
    found = deciding([*some("en"), *some("en", "ar"), *some("ar", "both")], seed=1)
    assert list(found) == ["all", "ar", "en", "ar→both", "en→ar", "en→en"]
    assert found["en→ar"]["over_refusal"].n == 10
    assert found["ar"]["auroc"] == found["ar→both"]["auroc"]
    assert list(deciding([*some("en", "both"), *some("ar", "both")], seed=1)) == ["all", "ar", "en"]
    assert list(deciding(some("en", "ar"), seed=1)) == ["all", "en", "en→ar"]


def test_without_a_confidence_the_rates_remain() -> None:
    found = deciding(some(sure=False), seed=1)
    assert list(found["all"]) == ["false_answer", "over_refusal", "contained"]


def test_of_one_kind_alone_there_is_nothing_to_tell_apart() -> None:
    found = deciding([o for o in some() if o.answerable], seed=1)["all"]
    assert "auroc" not in found
    assert "false_answer" not in found
    assert found["risk@0.5"].n == 10


def test_a_question_that_failed_is_in_no_rate() -> None:
    found = deciding([*some(), failed("gone")], seed=1)["all"]
    assert found["over_refusal"].n + found["false_answer"].n == 20
    assert found["auroc"].n == 20


def test_intervals_are_wider_where_questions_hang_together() -> None:
    alone = some()
    together = [replace(o, cluster=f"{n % 4}") for n, o in enumerate(alone)]
    one = [replace(o, cluster="all") for o in alone]
    wide, usual = (deciding(o, seed=3)["all"]["risk@0.9"] for o in (one, alone))
    assert (wide.low, wide.high) == (0.0, 1.0)
    assert usual.high - usual.low < 1
    again = deciding(together, seed=3)["all"]
    assert again == deciding(together[::-1], seed=3)["all"], "in whatever order"


def test_an_answer_that_nothing_is_known_of_is_taken_for_right() -> None:
    unknown = [right("a", expected=()), refused("b", expected=(), withheld="that")]
    given_ = [replace(o, confidence=0.5) for o in (*unknown, wrong("c"))]
    assert refusals.selective(given_)[1] == (True, True, False)


def test_a_summary_holds_them_where_passages_were_given() -> None:
    plain = summarise(some(), timings=[], peak_memory_mb=1, seconds=1, seed=1)
    given_ = summarise(some(), timings=[], peak_memory_mb=1, seconds=1, seed=1, given=True)
    assert plain.given is None
    assert given_.given == deciding(some(), seed=1)
    assert given_.aurc == pytest.approx(given_.given["all"]["aurc"].mean)


def test_what_others_came_to_is_a_share() -> None:
    assert PUBLISHED.keys() == {"ar", "en"}
    assert all(0 < rate < 1 for rates in PUBLISHED.values() for rate in rates)
