"""The sums of an evaluation: overall, by language pair, by tag; refusals, blame and latency."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from evaluate.measure.blame import STAGES
from evaluate.measure.deciding import deciding
from evaluate.measure.refusals import aurc, refusal_scores, risk_coverage, selective
from evaluate.results import Estimates, Latency, Outcome, Status, Summary, grid_key
from evaluate.statistics import estimates


def summarise(
    outcomes: Sequence[Outcome],
    *,
    timings: Sequence[Mapping[str, float]],
    peak_memory_mb: float,
    seconds: float,
    seed: int,
    judge_failures: int | None = None,
    given: bool = False,
) -> Summary:
    """Sum up ``outcomes``; ``timings`` are milliseconds per stage, a question each.

    ``given`` says that each question came with its passages.
    """
    curve = risk_coverage(*selective(outcomes))
    blamed = Counter(outcome.blame for outcome in outcomes if outcome.blame)
    return Summary(
        all=estimates(outcomes, seed),
        grid=_grouped(outcomes, lambda o: [grid_key(o.lang, o.passage_lang)], seed),
        tags=_grouped(outcomes, lambda o: o.tags, seed),
        statuses=_statuses(outcomes),
        blame={stage: blamed[stage] for stage in STAGES if blamed[stage]},
        refusals=refusal_scores(outcomes),
        risk_coverage=curve,
        aurc=aurc(curve) if curve else None,
        latency=latency(timings),
        peak_memory_mb=round(peak_memory_mb, 1),
        seconds=round(seconds, 2),
        judge_failures=judge_failures,
        given=deciding(outcomes, seed) if given else None,
    )


def latency(timings: Sequence[Mapping[str, float]]) -> dict[str, Latency]:
    """Percentiles of each stage over the questions that went through it, ``total`` last."""
    stages: dict[str, list[float]] = defaultdict(list)
    for row in timings:
        for stage, ms in row.items():
            stages[stage].append(ms)
    ordered = sorted(stages, key=lambda stage: (stage == "total", list(stages).index(stage)))
    return {stage: _percentiles(stages[stage]) for stage in ordered}


def _percentiles(values: Sequence[float]) -> Latency:
    p50, p95, p99 = (round(float(p), 2) for p in np.percentile(values, (50, 95, 99)))
    return Latency(p50, p95, p99, len(values))


def _grouped(
    outcomes: Iterable[Outcome], keys: Callable[[Outcome], Iterable[str]], seed: int
) -> dict[str, Estimates]:
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        for key in keys(outcome):
            groups[key].append(outcome)
    return {key: estimates(groups[key], seed) for key in sorted(groups)}


def _statuses(outcomes: Iterable[Outcome]) -> dict[Status, int]:
    counts = Counter(outcome.status for outcome in outcomes)
    order: tuple[Status, ...] = ("correct", "wrong", "refused", "false answer", "failed")
    return {status: counts[status] for status in order}
