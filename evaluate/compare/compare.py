"""Comparing an evaluation with a baseline, and deciding whether it may pass.

:func:`compare` is the map: pair the questions, measure each metric's change, then say what may be
claimed and what stands against it. :func:`missed` is the gate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from evaluate.compare.cautions import cautions, not_asked
from evaluate.compare.claims import CLAIM_METRICS, claims, direction, moved, p_value, points
from evaluate.compare.flips import flips
from evaluate.compare.pairs import Pair, gain, metrics_of, pair_up, scores
from evaluate.results import Change, Comparison, Report
from evaluate.statistics import holm, paired_difference, sign_flip_p


def compare(report: Report, baseline: Report, *, seed: int = 0) -> Comparison:
    """What changed in ``report`` against ``baseline``, over the questions that both have.

    Questions are paired by id; one whose words or label changed is left out with a warning. Each
    metric is compared where both sides define it. Citations are defined only for questions that
    were answered: their change is one among the questions that both sides answered, and says
    nothing of those that only one of them refused.
    """
    pairs = pair_up(report, baseline)
    answered = report.manifest.answers and baseline.manifest.answers
    found = changes(pairs.shared, answers=answered, seed=seed)
    return Comparison(
        baseline=baseline.manifest,
        verdict=_verdict(found),
        claims=claims(found, pairs.shared),
        changes=found,
        flips=flips(pairs.shared) if answered else (),
        compared=len(pairs.shared),
        only_before=pairs.only_before,
        only_after=pairs.only_after,
        warnings=cautions(report, baseline, pairs),
    )


def changes(pairs: Sequence[Pair], *, answers: bool, seed: int) -> tuple[Change, ...]:
    """The change of every metric, in a fixed order, with p-values corrected (Holm 1979).

    Metrics that claims rest on are corrected for one another alone; the others, which are shown
    but never claimed, for all metrics together. One in which no question changed counts in
    neither: whatever the signs of its differences, which are all 0, its p is 1, so that it cannot
    be claimed by mistake and needs no share of the error (Tarone 1990, "A modified Bonferroni
    method for discrete data"). Without ``answers`` only retrieval is compared.
    """
    found = [_change(pairs, metric, seed) for metric in metrics_of(pairs, answers=answers)]
    claimed = [change for change in found if change.metric in CLAIM_METRICS]
    corrected = dict(_corrected(found)) | dict(_corrected(claimed))
    return tuple(replace(change, p_adjusted=corrected[change.metric]) for change in found)


def _corrected(found: Sequence[Change]) -> list[tuple[str, float]]:
    tested = [change for change in found if change.better or change.worse]
    adjusted = holm([change.p for change in tested])
    unchanged = [(change.metric, change.p) for change in found if change not in tested]
    return [*unchanged, *((c.metric, p) for c, p in zip(tested, adjusted, strict=True))]


def _change(pairs: Sequence[Pair], metric: str, seed: int) -> Change:
    """The change of one metric, its p not corrected yet."""
    both = scores(pairs, metric)
    gains = [gain(metric, old, new) for old, new in zip(both.before, both.after, strict=True)]
    low, high = paired_difference(both.before, both.after, both.clusters, seed)
    p = sign_flip_p(gains, both.clusters, seed)
    return Change(
        metric=metric,
        before=math.fsum(both.before) / len(gains),
        after=math.fsum(both.after) / len(gains),
        low=low,
        high=high,
        p=p,
        p_adjusted=p,
        n=len(gains),
        better=sum(gained > 0 for gained in gains),
        worse=sum(gained < 0 for gained in gains),
    )


def _verdict(found: Sequence[Change]) -> Literal["better", "worse", "mixed", "no evidence"]:
    """What the claim metrics say; where they disagree, ``correct`` decides, which weighs both."""
    ways = {change.metric: way for change in found if (way := direction(change))}
    if len(set(ways.values())) == 2:
        return ways.get("correct", "mixed")
    return next(iter(ways.values()), "no evidence")


def missed(comparison: Comparison, max_drop: float | None) -> tuple[str, ...]:
    """Why a gate fails; empty when it passes.

    It fails over each metric that claims rest on that is significantly worse, and, when
    ``max_drop`` (a share: 0.02 is two points) is given, over each that got worse by more than
    that, significantly or not. It fails as well where nothing could be compared, and where
    questions of the baseline were not asked: they may be those that would have got worse.
    """
    if not any(change.metric in CLAIM_METRICS for change in comparison.changes):
        return ("Nothing could be compared: the reports share no question or no metric.",)
    reasons = [
        _missed(change, max_drop) for change in comparison.changes if change.metric in CLAIM_METRICS
    ]
    if comparison.only_before:
        reasons.append(not_asked(comparison.only_before))
    return tuple(reason for reason in reasons if reason)


def _missed(change: Change, max_drop: float | None) -> str | None:
    lost = -gain(change.metric, change.before, change.after)
    why = []
    if max_drop is not None and lost > max_drop + 1e-9:  # 0.02 is no binary fraction
        why.append(f"more than the {points(max_drop)} allowed")
    if direction(change) == "worse":
        why.append(f"significantly ({p_value(change.p_adjusted)} after Holm's correction)")
    if not why:
        return None
    return f"{change.metric} {moved(change)} over {change.n} questions, {' and '.join(why)}."
