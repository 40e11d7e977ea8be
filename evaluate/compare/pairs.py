"""Questions that two evaluations share, and how each fared in both.

Only questions that mean the same in both are compared: same id, same words, same label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaluate.measure.ranking import ARTICLE_MEASURES, PASSAGE_MEASURES
from evaluate.results import Outcome, Report

RETRIEVAL_METRICS = (*PASSAGE_MEASURES, *ARTICLE_MEASURES)
METRICS = (
    *RETRIEVAL_METRICS,
    *("exact_match", "f1", "contained", "correct"),
    *("citation_recall", "citation_precision", "verified", "cites_evidence"),
    *("over_refusal", "false_answer", "same_language", "faithfulness", "correctness"),
)
"""The order in which changes are told; a metric that is not here comes behind, by name."""

LOWER_IS_BETTER = {"over_refusal", "false_answer"}

_FAILURE_SCORES_0 = {*RETRIEVAL_METRICS, "exact_match", "f1", "contained", "correct"}

_SAME = 1e-9
"""Scores nearer than this are the same: the rest is rounding."""

Pair = tuple[Outcome, Outcome]
"""A question's outcome in the baseline and in the report."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The questions of two reports: ``shared`` mean the same in both, ``relabelled`` only by id.

    ``only_before`` leaves out what a report that merely looked for passages has no use for.
    """

    shared: tuple[Pair, ...]
    relabelled: tuple[str, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """One metric, question by question: all four have the same length."""

    pairs: tuple[Pair, ...]
    before: tuple[float, ...]
    after: tuple[float, ...]
    clusters: tuple[str, ...]


def pair_up(report: Report, baseline: Report) -> Pairs:
    """Match the questions of both reports by id, in the order of their ids."""
    before = {outcome.id: outcome for outcome in baseline.questions}
    after = {outcome.id: outcome for outcome in report.questions}
    both = [(before[id], after[id]) for id in sorted(before.keys() & after.keys())]
    return Pairs(
        shared=tuple(pair for pair in both if _label(pair[0]) == _label(pair[1])),
        relabelled=tuple(old.id for old, new in both if _label(old) != _label(new)),
        only_before=tuple(
            id
            for id in sorted(before.keys() - after.keys())
            if report.manifest.answers or _is_labelled(before[id])
        ),
        only_after=tuple(sorted(after.keys() - before.keys())),
    )


def _label(outcome: Outcome) -> tuple[str, str]:
    return outcome.question, outcome.label


def _is_labelled(outcome: Outcome) -> bool:
    """Whether there is a passage to look for; one that failed may not have got that far."""
    return outcome.status == "failed" or not outcome.values.keys().isdisjoint(RETRIEVAL_METRICS)


def metrics_of(pairs: Sequence[Pair], *, answers: bool) -> list[str]:
    """The metrics that some pair defines on both sides, in the order of :data:`METRICS`.

    Without ``answers`` only those of retrieval: where one side merely looked for passages, a
    question that failed there did not fail to be answered.
    """
    names = {name for pair in pairs for outcome in pair for name in outcome.values}
    if not answers:
        names &= set(RETRIEVAL_METRICS)
    ordered = [*METRICS, *sorted(names.difference(METRICS))]
    return [name for name in ordered if name in names and scores(pairs, name).pairs]


def scores(pairs: Sequence[Pair], metric: str) -> Scores:
    """Scores in ``metric`` of the pairs that define it on both sides.

    A question that failed on one side scores 0 there in what could have been found or said.
    """
    rows = [
        ((before, after), old, new, after.cluster)
        for before, after in pairs
        if (old := _score(before, metric)) is not None
        and (new := _score(after, metric)) is not None
        and (metric in before.values or metric in after.values)
    ]
    return Scores(
        tuple(row[0] for row in rows),
        tuple(row[1] for row in rows),
        tuple(row[2] for row in rows),
        tuple(row[3] for row in rows),
    )


def _score(outcome: Outcome, metric: str) -> float | None:
    absent = 0.0 if outcome.status == "failed" and metric in _FAILURE_SCORES_0 else None
    return outcome.values.get(metric, absent)


def gain(metric: str, before: float, after: float) -> float:
    """How much better ``after`` is; negative where it is worse, 0 where both are the same.

    >>> gain("over_refusal", 0.0, 1.0)
    -1.0
    """
    difference = before - after if metric in LOWER_IS_BETTER else after - before
    return 0.0 if abs(difference) <= _SAME else difference
