"""How well it is told whether the passages that came with a question hold its answer.

NoMIRACL (Thakur et al. 2024) measures refusing by two rates: of the questions whose passages do
not hold an answer, the share that is answered all the same (hallucination), and of those whose
passages do, the share that is refused (error). They are the metrics ``false_answer`` and
``over_refusal``. Both depend on where the line between answering and refusing is drawn; how well
the confidence parts the questions wherever it is drawn is told by the area under the ROC curve, and
what answering more of them costs by the risk at some coverages (:mod:`evaluate.measure.refusals`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from evaluate.measure.refusals import selective
from evaluate.results import Estimate, Estimates, Outcome, grid_key
from evaluate.statistics import Floats, estimates, resampled_interval

RATES = ("false_answer", "over_refusal", "contained")
COVERAGES = (0.5, 0.7, 0.9)

PUBLISHED = {"ar": (0.36, 0.11), "en": (0.42, 0.05)}
"""Hallucination and error rate of GPT-4 by language of question and passages, for comparison.

From its outputs on 250 + 250 questions a language of NoMIRACL's test set, as published with it:
other questions than those of a report, so that they say what is usual and no more.
"""

Statistic = Callable[[Floats], Floats]
"""From weights of the questions, shape (resamples, questions), to the figure of each resample."""


def deciding(outcomes: Sequence[Outcome], seed: int) -> dict[str, Estimates]:
    """Figures of deciding by group: ``all``, by language of the question, by direction.

    Directions (``en→ar``) are left out where they would say no more than the languages do.
    The figures are the rates of :data:`RATES`, and where answers carry a confidence ``auroc``,
    ``aurc`` and ``risk@0.5`` and so on, with bootstrap intervals over clusters.
    """
    groups: dict[str, list[Outcome]] = {"all": list(outcomes)}
    directions, langs = set(map(_direction, outcomes)), set(map(_lang, outcomes))
    across = any(outcome.passage_lang not in (outcome.lang, "both") for outcome in outcomes)
    across = across or len(directions) > len(langs)
    for name, of in (("lang", _lang), ("direction", _direction)):
        if name == "lang" or across:
            for key in sorted(set(map(of, outcomes))):
                groups[key] = [outcome for outcome in outcomes if of(outcome) == key]
    return {key: _figures(group, seed) for key, group in groups.items() if group}


def _lang(outcome: Outcome) -> str:
    return outcome.lang


def _direction(outcome: Outcome) -> str:
    return grid_key(outcome.lang, outcome.passage_lang)


def _figures(outcomes: Sequence[Outcome], seed: int) -> Estimates:
    found = estimates(outcomes, seed)
    rates = {name: found[name] for name in RATES if name in found}
    sure = [outcome for outcome in outcomes if outcome.confidence is not None]
    return rates | _confidence_figures(sure, seed)


def _confidence_figures(outcomes: Sequence[Outcome], seed: int) -> Estimates:
    """The area under the ROC curve, that under the risk–coverage curve, and risks."""
    confidences, right = selective(outcomes)
    if not confidences:
        return {}
    clusters = [outcome.cluster for outcome in outcomes]
    wrong = [not is_right for is_right in right]
    statistics: dict[str, Statistic] = {"aurc": mean_risk(confidences, wrong)}
    statistics |= {f"risk@{c:g}": risk_at(c, confidences, wrong) for c in COVERAGES}
    answerable = [outcome.answerable for outcome in outcomes]
    if len(set(answerable)) == 2:
        statistics = {"auroc": auroc(confidences, answerable), **statistics}
    whole = np.ones((1, len(outcomes)))
    made: Estimates = {}
    for name, statistic in statistics.items():
        value = float(statistic(whole)[0])
        low, high = resampled_interval(statistic, clusters, seed)
        n = len(outcomes)
        made[name] = Estimate(value, min(low, value), max(high, value), n, "bootstrap")
    return made


def auroc(confidences: Sequence[float], answerable: Sequence[bool]) -> Statistic:
    """The chance that of two questions the answerable one has the higher confidence.

    Ties count half (Hanley & McNeil 1982). Of a resample without one of the two kinds: nan.

    >>> float(auroc([0.9, 0.5, 0.5, 0.1], [True, True, False, False])(np.ones((1, 4)))[0])
    0.875
    """
    order, ends = _ranked([-confidence for confidence in confidences])
    holds = np.array(answerable, dtype=np.float64)[order]

    def area(weights: Floats) -> Floats:
        ordered = weights[:, order]
        lacking = np.cumsum(ordered * (1 - holds), axis=1)[:, ends]
        holding = np.cumsum(ordered * holds, axis=1)[:, ends]
        below = np.diff(lacking, axis=1, prepend=0.0)
        above = np.diff(holding, axis=1, prepend=0.0)
        pairs = (above * (lacking - below / 2)).sum(axis=1)
        with np.errstate(invalid="ignore"):
            # pairs in which the one without an answer is the surer, or as sure
            return np.asarray(1 - pairs / (lacking[:, -1] * holding[:, -1]))

    return area


def risk_at(coverage: float, confidences: Sequence[float], wrong: Sequence[bool]) -> Statistic:
    """The share of wrong answers among the surest questions, that share of all of them.

    Questions of equal confidence are answered together, so that it may be some more.

    >>> float(risk_at(0.5, [0.9, 0.5, 0.5, 0.1], [False, False, True, True])(np.ones((1, 4)))[0])
    0.3333333333333333
    """
    curve = _curve(confidences, wrong)

    def risk(weights: Floats) -> Floats:
        coverages, risks = curve(weights)
        first = (coverages >= coverage - 1e-9).argmax(axis=1)
        return np.asarray(np.take_along_axis(risks, first[:, None], axis=1)[:, 0])

    return risk


def mean_risk(confidences: Sequence[float], wrong: Sequence[bool]) -> Statistic:
    """The area under the risk–coverage curve (:func:`evaluate.measure.refusals.aurc`)."""
    curve = _curve(confidences, wrong)

    def area(weights: Floats) -> Floats:
        coverages, risks = curve(weights)
        return np.asarray((np.diff(coverages, axis=1, prepend=0.0) * risks).sum(axis=1))

    return area


def _curve(
    confidences: Sequence[float], wrong: Sequence[bool]
) -> Callable[[Floats], tuple[Floats, Floats]]:
    """Coverages and risks at each distinct confidence, the surest first."""
    order, ends = _ranked([-confidence for confidence in confidences])
    lost = np.array(wrong, dtype=np.float64)[order]

    def points(weights: Floats) -> tuple[Floats, Floats]:
        ordered = weights[:, order]
        answered = np.cumsum(ordered, axis=1)[:, ends]
        errors = np.cumsum(ordered * lost, axis=1)[:, ends]
        risks = np.divide(errors, answered, out=np.zeros_like(errors), where=answered > 0)
        return answered / answered[:, -1:], risks

    return points


def _ranked(values: Iterable[float]) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """The order of ``values``, ascending, and the last place of each run of equal ones."""
    found = np.array(list(values), dtype=np.float64)
    order = np.argsort(found, kind="stable")
    ends = np.flatnonzero(np.diff(found[order], append=np.inf))
    return order, ends
