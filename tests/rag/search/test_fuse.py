from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.search.fuse import interleave, linear, margin, reciprocal_rank

ids = st.sampled_from("abcdefghij")
scores = st.floats(-1, 1, allow_nan=False)
legs = st.dictionaries(ids, scores)


def ranking_of(leg: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(leg.items(), key=lambda item: (-item[1], item[0]))


rankings = legs.map(ranking_of)


def test_linear_against_values_by_hand() -> None:
    # one unit of BM25 is ln(2 + 6) = ln 8 = 2.0794…
    fused = linear(
        {"a": 0.9, "b": 0.5},
        {"b": math.log(8), "c": 2 * math.log(8)},
        dense_weight=2.0,
        lexical_weight=0.5,
        passages=6,
    )
    assert [id_ for id_, _ in fused] == ["a", "b", "c"]
    assert [score for _, score in fused] == pytest.approx([1.8, 1.5, 1.0])


def test_linear_of_an_empty_store() -> None:
    assert linear({}, {}, dense_weight=1, lexical_weight=1, passages=0) == []


def test_linear_breaks_ties_by_id() -> None:
    fused = linear({"b": 0.5, "a": 0.5}, {}, dense_weight=1, lexical_weight=1, passages=1)
    assert fused == [("a", 0.5), ("b", 0.5)]


def test_a_leg_without_weight_counts_nothing() -> None:
    fused = linear({"a": 0.1}, {"b": 99.0}, dense_weight=1, lexical_weight=0, passages=1)
    assert fused == [("a", 0.1), ("b", 0.0)]


def test_reciprocal_rank_against_values_by_hand() -> None:
    dense = [("a", 0.9), ("b", 0.8), ("c", 0.7)]
    lexical = [("c", 12.0), ("a", 3.0)]
    fused = reciprocal_rank([(1.0, dense), (3.0, lexical)], constant=10)
    assert dict(fused) == {
        "a": pytest.approx(1 / 11 + 3 / 12),
        "b": pytest.approx(1 / 12),
        "c": pytest.approx(1 / 13 + 3 / 11),
    }
    assert [id_ for id_, _ in fused] == ["c", "a", "b"]


def test_reciprocal_rank_breaks_ties_by_id() -> None:
    fused = reciprocal_rank([(1.0, [("b", 1.0)]), (1.0, [("a", 1.0)])], constant=0)
    assert fused == [("a", 1.0), ("b", 1.0)]


def test_interleaving_keeps_half_of_any_prefix() -> None:
    first = [("a", 3.0), ("b", 2.0), ("c", 1.0)]
    assert interleave(first, [("x", 9.0), ("y", 8.0)]) == [
        ("a", 3.0),
        ("x", 9.0),
        ("b", 2.0),
        ("y", 8.0),
        ("c", 1.0),
    ]
    assert interleave([], first) == first
    assert interleave(first, []) == first


def test_margin_is_how_far_the_best_stands_out() -> None:
    ranking = [(str(i), 1.0 - i / 100) for i in range(20)]
    assert margin(ranking) == pytest.approx(0.10)
    assert margin(ranking[:4]) == 0.0
    assert margin(ranking[:1]) == 0.0
    assert margin([]) == 0.0


@given(legs, legs, st.integers(0, 10_000))
def test_linear_ranks_every_id_of_both_legs_once(
    dense: dict[str, float], lexical: dict[str, float], passages: int
) -> None:
    fused = linear(dense, lexical, dense_weight=1, lexical_weight=0.3, passages=passages)
    assert sorted(id_ for id_, _ in fused) == sorted({*dense, *lexical})
    assert fused == ranking_of(dict(fused))
    shuffled = dict(reversed(dense.items()))
    assert fused == linear(shuffled, lexical, dense_weight=1, lexical_weight=0.3, passages=passages)


@given(st.lists(st.tuples(st.floats(0, 5), rankings), max_size=4), st.integers(0, 60))
def test_reciprocal_rank_ranks_every_id_once(
    given_legs: list[tuple[float, list[tuple[str, float]]]], constant: int
) -> None:
    fused = reciprocal_rank(given_legs, constant=constant)
    assert sorted(id_ for id_, _ in fused) == sorted({i for _, leg in given_legs for i, _ in leg})
    assert fused == ranking_of(dict(fused))


@given(rankings, rankings)
def test_interleaving_loses_nothing_and_keeps_each_order(
    first: list[tuple[str, float]], second: list[tuple[str, float]]
) -> None:
    second = [(id_.upper(), score) for id_, score in second]
    merged = interleave(first, second)
    assert [item for item in merged if item[0].islower()] == first
    assert [item for item in merged if item[0].isupper()] == second
