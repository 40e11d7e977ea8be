from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.measure.ranking import (
    ARTICLE_MEASURES,
    PASSAGE_MEASURES,
    article_ranking,
    ranking_values,
)

PASSAGE_METRICS = {"hit@1", "hit@5", "hit@10", "recall@5", "recall@10", "mrr@10", "ndcg@10"}
ARTICLE_METRICS = {"article_hit@1", "article_hit@10", "article_mrr@10", "article_ndcg@10"}

ids = st.sampled_from([f"p{i:02}" for i in range(24)])
rankings = st.lists(ids, max_size=20)
golds = st.frozensets(ids, min_size=1, max_size=14)


def one(ranking: Sequence[str], relevant: set[str] | frozenset[str]) -> dict[str, float]:
    return passage_values({"q": ranking}, {"q": relevant})["q"]


def passage_values(
    rankings: Mapping[str, Sequence[str]], gold: Mapping[str, AbstractSet[str]]
) -> dict[str, dict[str, float]]:
    return ranking_values(rankings, gold, PASSAGE_MEASURES)


def by_definition(ranking: Sequence[str], relevant: frozenset[str]) -> dict[str, float]:
    """The formulas as they are printed, over the ranking without repetitions."""
    found = [id_ in relevant for id_ in dict.fromkeys(ranking)]

    def dcg(gains: Sequence[bool]) -> float:
        return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))

    best = [True] * min(len(relevant), 10)
    first = next((rank for rank, gain in enumerate(found[:10], 1) if gain), math.inf)
    return {
        **{f"hit@{k}": float(any(found[:k])) for k in (1, 5, 10)},
        **{f"recall@{k}": sum(found[:k]) / len(relevant) for k in (5, 10)},
        "mrr@10": 1 / first,
        "ndcg@10": dcg(found[:10]) / dcg(best),
    }


@pytest.mark.parametrize(
    ("ranking", "relevant", "values"),
    [
        ("a b c", {"a"}, (1, 1, 1, 1, 1, 1, 1)),
        ("a b c", {"b"}, (0, 1, 1, 1, 1, 1 / 2, 1 / math.log2(3))),
        ("a b c", {"b", "c"}, (0, 1, 1, 1, 1, 1 / 2,
                               (1 / math.log2(3) + 1 / 2) / (1 + 1 / math.log2(3)))),
        ("a b c d e f", {"f"}, (0, 0, 1, 0, 1, 1 / 6, 1 / math.log2(7))),
        ("a b c", {"a", "z"}, (1, 1, 1, 1 / 2, 1 / 2, 1, 1 / (1 + 1 / math.log2(3)))),
        ("a b c d e f g h i j k", {"k"}, (0, 0, 0, 0, 0, 0, 0)),
        ("a a b", {"b"}, (0, 1, 1, 1, 1, 1 / 2, 1 / math.log2(3))),
        ("b a b", {"b"}, (1, 1, 1, 1, 1, 1, 1)),
        ("a b c", {"z"}, (0, 0, 0, 0, 0, 0, 0)),
        ("", {"a"}, (0, 0, 0, 0, 0, 0, 0)),
    ],
)  # fmt: skip
def test_worked_by_hand(ranking: str, relevant: set[str], values: tuple[float, ...]) -> None:
    names = ("hit@1", "hit@5", "hit@10", "recall@5", "recall@10", "mrr@10", "ndcg@10")
    assert one(ranking.split(), relevant) == pytest.approx(dict(zip(names, values, strict=True)))


@given(rankings, golds)
def test_values_follow_the_definitions(ranking: list[str], relevant: frozenset[str]) -> None:
    assert one(ranking, relevant) == pytest.approx(by_definition(ranking, relevant))


@given(st.dictionaries(st.text(), st.tuples(rankings, golds), max_size=5))
def test_questions_are_scored_apart(
    cases: dict[str, tuple[list[str], frozenset[str]]],
) -> None:
    found = passage_values({q: c[0] for q, c in cases.items()}, {q: c[1] for q, c in cases.items()})
    assert found == {question: one(*case) for question, case in cases.items()}


@given(st.lists(ids, unique=True, min_size=2, max_size=20), golds)
def test_ndcg_is_that_of_scikit_learn(ranking: list[str], relevant: frozenset[str]) -> None:
    from sklearn.metrics import ndcg_score

    # It knows no documents that were not found: they come last, where the cut leaves them out.
    documents = [*ranking, *(f"not found {i}" for i in range(10)), *sorted(relevant - {*ranking})]
    gains = np.array([[float(id_ in relevant) for id_ in documents]])
    scores = -np.arange(len(documents), dtype=float)[np.newaxis]
    assert one(ranking, relevant)["ndcg@10"] == pytest.approx(ndcg_score(gains, scores, k=10))


def test_the_order_given_decides_and_never_the_ids() -> None:
    ordered = [f"{i:02}" for i in range(20)]
    for ranking in (ordered, ordered[::-1]):
        for place, id_ in enumerate(ranking[:10], 1):
            assert one(ranking, {id_})["mrr@10"] == pytest.approx(1 / place)


def test_long_rankings_keep_their_order() -> None:
    ranking = [f"p{i}" for i in range(5_000)]
    assert one(ranking, {"p0"})["ndcg@10"] == 1
    assert one(ranking, {"p9"})["mrr@10"] == pytest.approx(1 / 10)
    assert one(ranking, {"p4999"})["hit@10"] == 0


def test_only_questions_with_gold_are_scored() -> None:
    gold = {"empty": {"a"}, "missing": {"a"}, "found": {"a"}, "unlabelled": set[str]()}
    found = passage_values({"empty": [], "found": ["a"], "unlabelled": ["a"], "other": ["a"]}, gold)
    assert set(found) == {"empty", "missing", "found"}
    assert set(found["empty"]) == PASSAGE_METRICS
    assert found["empty"] == found["missing"] == dict.fromkeys(PASSAGE_METRICS, 0.0)
    assert found["found"] == dict.fromkeys(PASSAGE_METRICS, 1.0)
    assert passage_values({"q": ["a"]}, {}) == {}
    assert passage_values({"q": ["a"]}, {"q": set()}) == {}


@pytest.mark.parametrize(
    ("relevant", "other"),
    [
        ("مقالات/خبر رقم 1.md", "مقالات/خبر رقم 2.md"),
        ("one\ntwo\tthree", "one two three"),
        ("p\0a", "p\0b"),  # the same as far as C sees
        ("p\udcff", "p\udcfe"),  # a path that is no Unicode
        ("", " "),
    ],
)
def test_ids_may_be_any_text(relevant: str, other: str) -> None:
    values = passage_values({relevant: [other, relevant], other: [other]}, {relevant: {relevant}})
    assert values[relevant]["mrr@10"] == pytest.approx(1 / 2)
    assert one([other], {relevant})["hit@10"] == 0


def test_articles_have_fewer_metrics_under_their_own_names() -> None:
    found = ranking_values({"q": ["x", "y"]}, {"q": {"y", "z"}}, ARTICLE_MEASURES)["q"]
    passages = one(["x", "y"], {"y", "z"})
    assert set(found) == ARTICLE_METRICS
    assert found == {name: passages[name.removeprefix("article_")] for name in ARTICLE_METRICS}


@pytest.mark.parametrize(
    ("passages", "articles"),
    [
        ([], ()),
        ([("p1", "a")], ("a",)),
        ([("p1", "b"), ("p2", "a"), ("p3", "b"), ("p4", "a"), ("p5", "c")], ("b", "a", "c")),
    ],
)
def test_an_article_stands_where_its_first_passage_does(
    passages: list[tuple[str, str]], articles: tuple[str, ...]
) -> None:
    assert article_ranking(passages) == articles
