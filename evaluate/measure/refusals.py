"""How well refusing tells questions that the articles answer from those that they do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from evaluate.measure.answers import contained
from evaluate.results import Outcome, Refusals


def refusal_scores(outcomes: Iterable[Outcome]) -> Refusals:
    """Precision, recall and F1 of refusing: positive is unanswerable, predicted is refused.

    A question that failed was not refused. Precision is None when nothing was refused, recall
    when no question was unanswerable, F1 (2 tp / (2 tp + fp + fn)) when both are so.
    """
    pairs = [(not outcome.answerable, outcome.refused) for outcome in outcomes]
    hits = pairs.count((True, True))
    positive = sum(unanswerable for unanswerable, _ in pairs)
    predicted = sum(refused for _, refused in pairs)
    return Refusals(
        precision=hits / predicted if predicted else None,
        recall=hits / positive if positive else None,
        f1=2 * hits / (positive + predicted) if positive + predicted else None,
    )


def selective(outcomes: Iterable[Outcome]) -> tuple[tuple[float, ...], tuple[bool, ...]]:
    """Per question the answerer's confidence, and whether its answer is or would have been right.

    What counts is the answer that would be given if nothing were ever refused. One that was given
    has been judged already, by all that it says; one that was withheld is right, likewise, when it
    contains an expected answer; any is, where none is known to expect. To an unanswerable question
    no answer is right. Questions without a confidence are left out. Both tuples have the same
    length, as :func:`risk_coverage` takes.
    """
    pairs = [(o.confidence, _right(o)) for o in outcomes if o.confidence is not None]
    return tuple(confidence for confidence, _ in pairs), tuple(right for _, right in pairs)


def risk_coverage(
    confidences: Sequence[float], correct: Sequence[bool]
) -> tuple[tuple[float, float], ...]:
    """The risk-coverage curve: (coverage, risk) points, the most confident questions first.

    Coverage is the share of the questions that are answered when all above some confidence are,
    risk the share of wrong answers among those (Geifman & El-Yaniv 2017, "Selective classification
    for deep neural networks"). No threshold parts questions of equal confidence, so they make one
    point together. Empty without questions.

    Raises:
        ValueError: the two differ in length.

    >>> risk_coverage([0.9, 0.5, 0.5, 0.1], [True, True, False, False])
    ((0.25, 0.0), (0.75, 0.3333333333333333), (1.0, 0.5))
    """
    ranked = sorted(zip(confidences, correct, strict=True), key=lambda pair: -pair[0])
    points = []
    answered = wrong = 0
    for _, tied in groupby(ranked, key=lambda pair: pair[0]):
        rights = [right for _, right in tied]
        answered += len(rights)
        wrong += rights.count(False)
        points.append((answered / len(ranked), wrong / answered))
    return tuple(points)


def aurc(points: Sequence[tuple[float, float]]) -> float | None:
    """The area under a risk-coverage curve: the mean risk over the n coverages 1/n … n/n.

    Coverages inside a tie take the risk of the whole tie. 0 is best; None without points.

    >>> aurc(((0.25, 0.0), (0.75, 0.4), (1.0, 0.5)))
    0.325
    """
    if not points:
        return None
    before = (0.0, *(coverage for coverage, _ in points))
    steps = zip(before[:-1], points, strict=True)
    return sum((coverage - last) * risk for last, (coverage, risk) in steps)


def _right(outcome: Outcome) -> bool:
    """Whether the answer that was given or withheld is right."""
    if not outcome.answerable:
        return False
    if outcome.refused:
        return not outcome.expected or contained(outcome.withheld or "", outcome.expected)
    return outcome.correct
