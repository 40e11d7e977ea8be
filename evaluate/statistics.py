"""How sure a mean is, and how sure a difference of means.

Questions about the same article are not independent, so that whole clusters of questions are
resampled and flipped. Sums within a cluster are exact and clusters are taken by name: neither the
order of the questions nor which side is called "before" changes the last digit.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from evaluate.results import Estimate, Estimates, Outcome
from rag.errors import EvaluationError

LEVEL = 0.95
RESAMPLES = 2000
FLIPS = 10_000
EXACT_CLUSTERS = 12
"""Up to so many clusters every way of flipping them is counted: 4,096 ways."""

_BLOCK = 1_000_000
"""Numbers drawn at a time: some megabytes, however many clusters there are."""

_ZERO = 1e-9
"""A sum of scores below this is a rounding error."""

Floats = NDArray[np.float64]


def wilson(successes: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927), ``successes`` of ``n``.

    Of nothing, nothing is known: ``n`` 0 gives the whole range.
    """
    if n == 0:
        return 0.0, 1.0
    from scipy.stats import binomtest

    interval = binomtest(successes, n).proportion_ci(confidence_level=level, method="wilson")
    return float(interval.low), float(interval.high)


def bootstrap_mean(
    values: Sequence[float],
    clusters: Sequence[str],
    seed: int,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> tuple[float, float]:
    """Percentile interval of the mean of ``values`` (each 0 to 1), resampling whole clusters.

    ``clusters`` names the cluster of each value. The mean of a resample is the sum of its values
    over their number, so that clusters count by their size (Davison & Hinkley 1997, on
    hierarchical data).
    A single cluster does not show how clusters vary: it gives the whole range.

    Raises:
        EvaluationError: there is no value.
    """
    sums, counts = _totals(values, clusters)
    if len(sums) == 1:
        return 0.0, 1.0
    return _percentiles(sums, counts, seed, resamples, level)


def estimate(values: Sequence[float], clusters: Sequence[str], seed: int) -> Estimate:
    """The mean of ``values`` (each 0 to 1) with its 95 % interval.

    Wilson's where every value is 0 or 1, which takes questions to be independent; else the
    bootstrap over clusters.

    Raises:
        EvaluationError: there is no value.
    """
    mean = _mean(values)
    if all(value in (0, 1) for value in values):
        low, high = wilson(round(math.fsum(values)), len(values))
        return Estimate(mean, min(low, mean), max(high, mean), len(values), "wilson")
    low, high = bootstrap_mean(values, clusters, seed)
    return Estimate(mean, min(low, mean), max(high, mean), len(values), "bootstrap")


def estimates(outcomes: Iterable[Outcome], seed: int) -> Estimates:
    """An estimate of every metric that some outcome defines, by name in alphabetical order."""
    scores: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for outcome in outcomes:
        for metric, value in outcome.values.items():
            scores[metric].append((value, outcome.cluster))
    return {
        metric: estimate([v for v, _ in scores[metric]], [c for _, c in scores[metric]], seed)
        for metric in sorted(scores)
    }


def resampled_interval(
    statistic: Callable[[Floats], Floats], clusters: Sequence[str], seed: int
) -> tuple[float, float]:
    """95 % percentile interval of a figure (0 to 1) of all questions, resampling whole clusters.

    ``statistic`` takes how often each question counts, of shape (resamples, questions), and gives
    the figure of each resample, nan where it has none. A single cluster gives the whole range, and
    so do resamples that have no figure at all.
    """
    names = {name: place for place, name in enumerate(sorted(set(clusters)))}
    if len(names) == 1:
        return 0.0, 1.0
    of = np.array([names[cluster] for cluster in clusters])
    generator, figures = np.random.default_rng(seed), []
    for rows in _blocks(RESAMPLES, max(len(names), len(clusters))):
        drawn = generator.integers(0, len(names), (rows, len(names)))
        times = np.zeros((rows, len(names)))
        np.add.at(times, (np.arange(rows)[:, None], drawn), 1.0)
        figures.append(statistic(times[:, of]))
    found = np.concatenate(figures)
    found = found[~np.isnan(found)]
    return _middle(found) if len(found) else (0.0, 1.0)


def paired_difference(
    before: Sequence[float], after: Sequence[float], clusters: Sequence[str], seed: int
) -> tuple[float, float]:
    """95 % interval of the mean of ``after`` less that of ``before``, question by question.

    The percentile bootstrap of :func:`bootstrap_mean` over the differences. A single cluster gives
    the whole range, -1 to 1.

    Raises:
        EvaluationError: there is no value.
    """
    sums, counts = _totals(_less(before, after), clusters)
    if len(sums) == 1:
        return -1.0, 1.0
    return _percentiles(sums, counts, seed, RESAMPLES, LEVEL)


def sign_flip_p(differences: Sequence[float], clusters: Sequence[str], seed: int) -> float:
    """Two-sided p of a sign-flip permutation test (Fisher 1935) of "before and after are alike".

    If they are, each cluster's sum of differences might as well have had the other sign. Up to
    :data:`EXACT_CLUSTERS` clusters that differ, all ways are counted; else :data:`FLIPS` drawn
    ones, the way observed being one more (Phipson & Smyth 2010). 1 where nothing differs.
    """
    if not differences:
        return 1.0
    sums, _ = _totals(differences, clusters)
    sums = sums[np.abs(sums) > _ZERO]
    if not len(sums):
        return 1.0
    limit = abs(math.fsum(sums)) - _ZERO
    if len(sums) <= EXACT_CLUSTERS:
        ways = np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums)) & 1
        return float(np.mean(np.abs(_flipped(ways, sums)) >= limit))
    generator, extreme = np.random.default_rng(seed), 0
    for rows in _blocks(FLIPS, len(sums)):
        ways = generator.integers(0, 2, (rows, len(sums)), dtype=np.int8)
        extreme += int(np.count_nonzero(np.abs(_flipped(ways, sums)) >= limit))
    return (1 + extreme) / (1 + FLIPS)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values corrected for how many they are (Holm 1979), in the order given.

    >>> holm([0.01, 0.04, 0.5])
    [0.03, 0.08, 0.5]
    """
    adjusted, highest = [0.0] * len(p_values), 0.0
    ascending = sorted(range(len(p_values)), key=lambda index: p_values[index])
    for rank, index in enumerate(ascending):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def _less(before: Sequence[float], after: Sequence[float]) -> list[float]:
    return [b - a for a, b in zip(before, after, strict=True)]


def _mean(values: Sequence[float]) -> float:
    if not values:
        raise EvaluationError("There is no score to take a mean of. Leave the metric out.")
    return math.fsum(values) / len(values)


def _totals(values: Sequence[float], clusters: Sequence[str]) -> tuple[Floats, Floats]:
    """Sum and number of the values of each cluster, shape (clusters,), by name."""
    if not values:
        raise EvaluationError("There is no score to resample. Leave the metric out.")
    grouped: defaultdict[str, list[float]] = defaultdict(list)
    for value, cluster in zip(values, clusters, strict=True):
        grouped[cluster].append(value)
    groups = [grouped[name] for name in sorted(grouped)]
    sums = np.array([math.fsum(group) for group in groups], dtype=np.float64)
    return sums, np.array([len(group) for group in groups], dtype=np.float64)


def _percentiles(
    sums: Floats, counts: Floats, seed: int, resamples: int, level: float
) -> tuple[float, float]:
    generator, clusters = np.random.default_rng(seed), len(sums)
    means = []
    for rows in _blocks(resamples, clusters):
        drawn = generator.integers(0, clusters, (rows, clusters))
        means.append(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    return _middle(np.concatenate(means), level)


def _middle(values: Floats, level: float = LEVEL) -> tuple[float, float]:
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def _flipped(ways: NDArray[np.integer], sums: Floats) -> Floats:
    """The total of ``sums`` under each row of ``ways``: its ones keep a sign, its zeros flip it."""
    flipped: Floats = (2.0 * ways - 1.0) @ sums
    return flipped


def _blocks(rows: int, columns: int) -> list[int]:
    """``rows`` in parts of at most :data:`_BLOCK` numbers each, at least a row."""
    most = max(1, _BLOCK // columns)
    return [min(most, rows - start) for start in range(0, rows, most)]
