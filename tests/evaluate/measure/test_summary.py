"""The sums of a report, over outcomes of a few words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.measure.summary import latency, summarise
from evaluate.results import Latency, Outcome, Refusals, Summary
from evaluate.statistics import estimates
from tests.evaluate.outcomes import failed, refused, right, unanswerable, wrong

OUTCOMES = (
    right("a", tags=("who", "cross"), passage_lang="ar", confidence=0.9, prediction="this"),
    wrong("b", tags=("who",), confidence=0.8, prediction="that"),
    refused("c", lang="ar", tags=("when",), confidence=0.2, withheld="It is this."),
    failed("d", lang="ar", passage_lang="both"),
    unanswerable("e", answered=False, tags=("when",), confidence=0.1, withheld="That."),
    unanswerable("f", answered=True, lang="ar", confidence=0.7, prediction="that"),
    wrong("g", blame="dense", lang="ar"),
)


def summed(outcomes: Sequence[Outcome], **changes: Any) -> Summary:
    given_: dict[str, Any] = {"timings": (), "peak_memory_mb": 1.0, "seconds": 1.0, "seed": 7}
    return summarise(outcomes, **{**given_, **changes})


def test_every_status_is_counted() -> None:
    assert summed(OUTCOMES).statuses == {
        "correct": 2, "wrong": 2, "refused": 1, "false answer": 1, "failed": 1
    }  # fmt: skip
    assert list(summed(OUTCOMES[:1]).statuses) == list(summed(OUTCOMES).statuses)


def test_stages_that_lost_something_are_counted_in_their_order() -> None:
    found = summed(OUTCOMES).blame
    assert list(found.items()) == [("dense", 1), ("selection", 1), ("refusal", 2), ("error", 1)]


def test_cells_of_the_grid_and_tags_are_summed_by_themselves() -> None:
    found = summed(OUTCOMES)
    assert list(found.grid) == ["ar→both", "ar→en", "ar→none", "en→ar", "en→en", "en→none"]
    assert list(found.tags) == ["cross", "when", "who"]
    assert found.grid["en→ar"] == estimates(OUTCOMES[:1], 7)
    assert found.tags["who"] == estimates(OUTCOMES[:2], 7)
    assert found.grid["ar→both"] == {}, "nothing is defined of what failed"
    assert found.all == estimates(OUTCOMES, 7)
    assert found.all["false_answer"].n == 2
    assert found.all["contained"].n == 4


def test_refusals_and_the_risk_of_what_was_answered() -> None:
    found = summed(OUTCOMES)
    assert found.refusals == Refusals(precision=0.5, recall=0.5, f1=0.5)
    # .9 right, .8 wrong, .7 no answer is right, .2 withheld and right, .1 no answer is right
    assert [round(coverage, 9) for coverage, _ in found.risk_coverage] == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert [risk for _, risk in found.risk_coverage] == pytest.approx(
        [0, 1 / 2, 2 / 3, 1 / 2, 3 / 5]
    )
    assert found.aurc == pytest.approx((0 + 1 / 2 + 2 / 3 + 1 / 2 + 3 / 5) / 5)


def test_without_confidences_there_is_no_curve() -> None:
    found = summed([replace(outcome, confidence=None) for outcome in OUTCOMES])
    assert (found.risk_coverage, found.aurc) == ((), None)


def test_what_was_measured_is_told_as_it_was() -> None:
    found = summed(OUTCOMES, peak_memory_mb=812.44, seconds=3.14159, judge_failures=2)
    assert (found.peak_memory_mb, found.seconds, found.judge_failures) == (812.4, 3.14, 2)
    assert summed(OUTCOMES).judge_failures is None
    assert summed(OUTCOMES).latency == {}


def test_latencies_are_percentiles_over_the_questions_that_went_that_way() -> None:
    rows = [{"encode": float(ms), "total": ms + 10.0} for ms in range(101)]
    rows[0]["cite"] = 3.0
    found = latency(rows)
    assert list(found) == ["encode", "cite", "total"]
    assert found["encode"] == Latency(50.0, 95.0, 99.0, 101)
    assert found["cite"] == Latency(3.0, 3.0, 3.0, 1)
    assert found["total"] == Latency(60.0, 105.0, 109.0, 101)


stages = st.sampled_from(["encode", "dense", "total", "cite"])


@given(st.lists(st.dictionaries(stages, st.floats(0, 1e4)), max_size=8))
def test_percentiles_rise_and_lie_within_what_was_measured(rows: list[dict[str, float]]) -> None:
    found = latency(rows)
    assert Counter(stage for row in rows for stage in row) == {s: found[s].n for s in found}
    assert "total" not in found or list(found)[-1] == "total"
    for stage, figures in found.items():
        values = [row[stage] for row in rows if stage in row]
        low, high = round(min(values), 2), round(max(values), 2)
        assert low <= figures.p50 <= figures.p95 <= figures.p99 <= high


@given(st.lists(st.sampled_from(OUTCOMES), max_size=12))
def test_every_question_is_in_one_status_and_in_one_cell(drawn: list[Outcome]) -> None:
    outcomes = [replace(outcome, id=f"{i}") for i, outcome in enumerate(drawn)]
    found = summed(outcomes)
    assert sum(found.statuses.values()) == len(outcomes)
    assert sum(found.blame.values()) == sum(outcome.blame is not None for outcome in outcomes)
    cells = (cell["correct"].n for cell in found.grid.values() if "correct" in cell)
    assert sum(cells) == (found.all["correct"].n if "correct" in found.all else 0)
