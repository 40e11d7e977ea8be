from __future__ import annotations

import math
import random
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evaluate.statistics import (
    FLIPS,
    bootstrap_mean,
    estimate,
    estimates,
    holm,
    paired_difference,
    resampled_interval,
    sign_flip_p,
    wilson,
)
from rag.errors import EvaluationError
from rag.settings import ROOT
from tests.evaluate.outcomes import refused, right, unanswerable

shares = st.one_of(st.sampled_from([0.0, 0.1, 0.5, 1.0]), st.floats(0, 1))
names = st.sampled_from("abcdef")
rows = st.lists(st.tuples(shares, shares, names), min_size=1, max_size=20)


def alone(count: int) -> list[str]:
    """A cluster for each value, in the order of the values."""
    return [f"{i:05}" for i in range(count)]


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [  # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_against_printed_values(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 400), st.integers(1, 400), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_wilson_is_its_formula(successes: int, more: int, level: float) -> None:
    n = successes + more
    p, z = successes / n, stats.norm.ppf((1 + level) / 2)
    middle = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = wilson(successes, n, level)
    assert low == pytest.approx((middle - half) / (1 + z * z / n), abs=1e-12)
    assert high == pytest.approx((middle + half) / (1 + z * z / n), abs=1e-12)
    assert 0 <= low <= p <= high <= 1


def test_wilson_of_nothing_knows_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_bootstrap_of_lone_values_is_the_usual_one() -> None:
    values = np.random.default_rng(5).beta(2, 1, 60)
    usual = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    ours = bootstrap_mean(list(values), alone(60), seed=2, resamples=20_000)
    assert ours == pytest.approx((usual.low, usual.high), abs=0.003)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_bootstrap_of_clusters_is_that_of_a_ratio_of_sums(level: float) -> None:
    draw = np.random.default_rng(7)
    groups = [draw.beta(1, 1) * draw.random(size) for size in draw.integers(1, 9, 25)]
    usual = stats.bootstrap(
        (np.array([g.sum() for g in groups]), np.array([len(g) for g in groups])),
        lambda sums, counts, axis: sums.sum(axis=axis) / counts.sum(axis=axis),
        paired=True,
        vectorized=True,
        confidence_level=level,
        n_resamples=20_000,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    values = [float(v) for group in groups for v in group]
    clusters = [str(i) for i, group in enumerate(groups) for _ in group]
    ours = bootstrap_mean(values, clusters, seed=2, resamples=20_000, level=level)
    assert ours == pytest.approx((usual.low, usual.high), abs=0.003)


def test_bootstrap_covers_the_truth_as_often_as_it_says() -> None:
    """40 clusters of one to six questions that stand or fall together, 400 times over."""
    draw = np.random.default_rng(11)
    covered = ignoring = 0
    for seed in range(400):
        means = draw.beta(1, 1, 40)
        clusters = [str(i) for i, size in enumerate(draw.integers(1, 7, 40)) for _ in range(size)]
        values = [float(np.clip(means[int(c)] + draw.normal(0, 0.02), 0, 1)) for c in clusters]
        low, high = bootstrap_mean(values, clusters, seed, resamples=400)
        covered += low <= 0.5 <= high
        low, high = bootstrap_mean(values, alone(len(values)), seed, resamples=400)
        ignoring += low <= 0.5 <= high
    assert 0.91 <= covered / 400 <= 0.98
    assert ignoring / 400 < 0.80


def test_bootstrap_takes_more_clusters_than_it_draws_at_a_time() -> None:
    values = np.random.default_rng(3).random(3000)
    low, high = bootstrap_mean(list(values), alone(3000), seed=0)
    error = 1.96 * values.std() / math.sqrt(3000)
    assert (low, high) == pytest.approx((values.mean() - error, values.mean() + error), abs=0.001)


def test_one_cluster_says_nothing_of_others() -> None:
    assert bootstrap_mean([0.4, 0.6], ["a", "a"], seed=0) == (0.0, 1.0)
    assert paired_difference([0.4, 0.6], [0.5, 0.6], ["a", "a"], seed=0) == (-1.0, 1.0)


@pytest.mark.parametrize(
    "measure",
    [
        lambda: bootstrap_mean([], [], 0),
        lambda: estimate([], [], 0),
        lambda: paired_difference([], [], [], 0),
    ],
)
def test_of_no_value_nothing_can_be_said(measure: Callable[[], object]) -> None:
    with pytest.raises(EvaluationError, match="Leave the metric out"):
        measure()


@given(rows, st.integers(0, 3), st.randoms(use_true_random=False))
def test_the_order_of_questions_does_not_matter(
    table: list[tuple[float, float, str]], seed: int, chance: random.Random
) -> None:
    shuffled = chance.sample(table, len(table))

    def measured(rows: list[tuple[float, float, str]]) -> tuple[object, ...]:
        before, after, clusters = (list(column) for column in zip(*rows, strict=True))
        differences = [b - a for a, b in zip(before, after, strict=True)]
        return (
            estimate(before, clusters, seed),
            paired_difference(before, after, clusters, seed),
            sign_flip_p(differences, clusters, seed),
        )

    assert measured(table) == measured(shuffled)


@given(rows)
def test_an_estimate_holds_its_mean(table: list[tuple[float, float, str]]) -> None:
    values, clusters = [row[0] for row in table], [row[2] for row in table]
    found = estimate(values, clusters, seed=0)
    assert found.mean == pytest.approx(sum(values) / len(values))
    assert 0 <= found.low <= found.mean <= found.high <= 1
    assert found.n == len(values)
    assert found.method == ("wilson" if {*values} <= {0, 1} else "bootstrap")


def test_estimates_choose_their_method_by_the_values() -> None:
    yes_or_no = estimate([1.0, 0.0, 1.0], ["a", "b", "c"], seed=0)
    assert (yes_or_no.low, yes_or_no.high) == wilson(2, 3)
    graded = estimate([1.0, 0.5, 0.9], ["a", "b", "c"], seed=4)
    assert (graded.low, graded.high) == bootstrap_mean([1.0, 0.5, 0.9], ["a", "b", "c"], seed=4)


def test_estimates_of_outcomes_leave_out_what_is_not_defined() -> None:
    found = estimates([right("a"), refused("b"), unanswerable("c", answered=True)], seed=0)
    assert list(found) == sorted(found)
    assert {metric: (e.mean, e.n) for metric, e in found.items()} == {
        "citation_precision": (1.0, 1),
        "citation_recall": (1.0, 1),
        "contained": (0.5, 2),
        "correct": (pytest.approx(1 / 3), 3),
        "false_answer": (1.0, 1),
        "ndcg@10": (1.0, 2),
        "over_refusal": (0.5, 2),
        "recall@5": (1.0, 2),
    }
    assert estimates([], seed=0) == {}


def test_paired_difference_is_the_bootstrap_of_differences() -> None:
    draw = np.random.default_rng(13)
    before, after = draw.random(50), draw.random(50)
    usual = stats.bootstrap(
        (before, after),
        lambda old, new, axis: new.mean(axis=axis) - old.mean(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=20_000,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    ours = paired_difference(list(before), list(after), alone(50), seed=2)
    assert ours == pytest.approx((usual.low, usual.high), abs=0.01)


@given(rows, st.integers(0, 3))
def test_swapping_the_sides_mirrors_the_difference_and_keeps_p(
    table: list[tuple[float, float, str]], seed: int
) -> None:
    before, after, clusters = (list(column) for column in zip(*table, strict=True))
    low, high = paired_difference(before, after, clusters, seed)
    assert paired_difference(after, before, clusters, seed) == pytest.approx((-high, -low))
    differences = [b - a for a, b in zip(before, after, strict=True)]
    mirrored = [-d for d in differences]
    assert sign_flip_p(differences, clusters, seed) == sign_flip_p(mirrored, clusters, seed)


@given(rows)
def test_equal_sides_do_not_differ(table: list[tuple[float, float, str]]) -> None:
    values, clusters = [row[0] for row in table], [row[2] for row in table]
    assert sign_flip_p([0.0] * len(values), clusters, seed=0) == 1.0
    if len({*clusters}) > 1:
        assert paired_difference(values, values, clusters, seed=0) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("differences", "clusters", "p"),
    [
        ([], "", 1.0),
        ([0.0, 0.0], "ab", 1.0),
        ([1.0], "a", 1.0),
        ([1.0, 1.0, 1.0, 1.0], "abcd", 2 / 16),
        ([1.0, 1.0, 1.0, -1.0], "abcd", 10 / 16),
        ([3.0, 1.0, -1.0], "abc", 6 / 8),
        ([1.0, 1.0, 1.0, 1.0], "aabb", 2 / 4),  # two articles, not four questions
        ([1.0, -1.0, 1.0], "aab", 1.0),  # the first article is as it was
        ([0.1, 0.2, -0.3, 0.5, 0.0], "aaabc", 1.0),  # … up to rounding
    ],
)
def test_sign_flips_counted_by_hand(differences: list[float], clusters: str, p: float) -> None:
    assert sign_flip_p(differences, list(clusters), seed=0) == p


@pytest.mark.parametrize("n", [2, 5, 9, 12])
def test_few_clusters_are_flipped_in_all_ways(n: int) -> None:
    differences = np.random.default_rng(n).normal(0.4, 1, n)
    usual = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip_p(list(differences), alone(n), seed=0) == pytest.approx(usual.pvalue)


@pytest.mark.parametrize("shift", [0.0, 0.2, 0.35])
def test_many_clusters_are_flipped_at_random(shift: float) -> None:
    differences = np.random.default_rng(17).normal(shift, 1, 80)
    usual = stats.permutation_test(
        (differences,),
        np.mean,
        permutation_type="samples",
        n_resamples=10_000,
        rng=np.random.default_rng(1),
    )
    ours = sign_flip_p(list(differences), alone(80), seed=2)
    assert ours == pytest.approx(usual.pvalue, abs=0.015)


def test_p_is_never_0() -> None:
    assert sign_flip_p([1.0] * 40, alone(40), seed=0) == pytest.approx(1 / (1 + FLIPS))


def test_p_is_small_no_more_often_than_it_says() -> None:
    """16 articles of three questions that change together by chance, 200 times over."""
    draw = np.random.default_rng(19)
    small = ignoring = 0
    for seed in range(200):
        differences = [float(d) for d in np.repeat(draw.normal(0, 1, 16), 3)]
        articles = [str(i) for i in range(16) for _ in range(3)]
        small += sign_flip_p(differences, articles, seed) < 0.05
        ignoring += sign_flip_p(differences, alone(48), seed) < 0.05
    assert 0.02 <= small / 200 <= 0.08
    assert ignoring / 200 > 0.15


@pytest.mark.parametrize(
    ("given_p", "adjusted"),
    [
        ([], []),
        ([0.03], [0.03]),
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.04, 0.04], [0.08, 0.08]),
        ([0.6, 0.9, 0.001], [1.0, 1.0, 0.003]),
    ],
)
def test_holm_by_hand(given_p: list[float], adjusted: list[float]) -> None:
    assert holm(given_p) == pytest.approx(adjusted)


@given(st.lists(st.floats(0, 1), max_size=10), st.randoms(use_true_random=False))
def test_holm_lies_between_no_correction_and_bonferroni(
    given_p: list[float], chance: random.Random
) -> None:
    adjusted = holm(given_p)
    for p, corrected in zip(given_p, adjusted, strict=True):
        assert p <= corrected <= min(1.0, len(given_p) * p)
    ordered = [corrected for _, corrected in sorted(zip(given_p, adjusted, strict=True))]
    assert ordered == sorted(adjusted)
    order = chance.sample(range(len(given_p)), len(given_p))
    assert holm([given_p[i] for i in order]) == [adjusted[i] for i in order]


@settings(max_examples=25)
@given(st.lists(shares, min_size=14, max_size=20), st.integers(0, 5))
def test_the_same_seed_gives_the_same_numbers(values: list[float], seed: int) -> None:
    clusters, moved = alone(len(values)), [v - 0.3 for v in values]
    assert bootstrap_mean(values, clusters, seed) == bootstrap_mean(values, clusters, seed)
    assert sign_flip_p(moved, clusters, seed) == sign_flip_p(moved, clusters, seed)


def test_scipy_is_not_imported_before_it_is_used() -> None:
    code = "import sys, evaluate.compare.compare; print('scipy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_the_interval_of_a_mean_is_that_of_bootstrapped_means() -> None:
    draw = np.random.default_rng(3)
    values, groups = draw.random(50), [f"{n % 20:02}" for n in range(50)]

    def mean(weights: np.ndarray) -> np.ndarray:
        return (weights @ values) / weights.sum(axis=1)

    found = resampled_interval(mean, groups, seed=4)
    assert found == pytest.approx(bootstrap_mean(list(values), groups, seed=4))
    assert resampled_interval(mean, ["one"] * 50, seed=4) == (0.0, 1.0)


def test_resamples_without_a_figure_are_left_out() -> None:
    def second(weights: np.ndarray) -> np.ndarray:
        return np.where(weights[:, 1] > 0, 0.5, np.nan)

    assert resampled_interval(second, ["a", "b"], seed=1) == (0.5, 0.5)
    assert resampled_interval(lambda w: np.full(len(w), np.nan), ["a", "b"], seed=1) == (0.0, 1.0)
