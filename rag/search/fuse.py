"""Fusing search legs into one ranking: pure functions over (id, score) lists, best first.

Two ways are offered. ``linear`` adds each leg's own score under a weight (Bruch, Gai & Ingber
2023, "An Analysis of Fusion Functions for Hybrid Retrieval"); ``reciprocal_rank`` looks at ranks
alone (Cormack, Clarke & Büttcher 2009). Linear is the default because it measured better in
every direction; ``docs/decisions.md`` holds the figures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

Ranking = Sequence[tuple[str, float]]


def linear(
    similarities: Mapping[str, float],
    lexical: Mapping[str, float],
    *,
    dense_weight: float,
    lexical_weight: float,
    passages: int,
) -> list[tuple[str, float]]:
    """Weighted sum of cosine similarity and BM25, the latter in units of ``ln(2 + passages)``.

    That unit is about what one rare term contributes, which keeps the weight meaningful as a
    store grows. An id that a leg lacks counts 0 there. Ties go to the smaller id.
    """
    unit = lexical_weight / math.log(2 + passages)
    return _sorted(
        {
            id_: dense_weight * similarities.get(id_, 0.0) + unit * lexical.get(id_, 0.0)
            for id_ in {*similarities, *lexical}
        }
    )


def reciprocal_rank(
    rankings: Sequence[tuple[float, Ranking]], *, constant: int
) -> list[tuple[str, float]]:
    """Reciprocal rank fusion: each (weight, ranking) adds ``weight / (constant + rank)``.

    Ties go to the smaller id.

    >>> reciprocal_rank([(1.0, [("a", 9.0), ("b", 8.0)]), (1.0, [("b", 0.5)])], constant=1)[0][0]
    'b'
    """
    scores: dict[str, float] = {}
    for weight, ranking in rankings:
        for rank, (id_, _) in enumerate(ranking, 1):
            scores[id_] = scores.get(id_, 0.0) + weight / (constant + rank)
    return _sorted(scores)


def reciprocal_rank_among(
    legs: Sequence[tuple[float, Ranking, Ranking]], *, constant: int
) -> list[tuple[str, float]]:
    """Reciprocal rank fusion of a ranking at the ranks that it would have in another.

    Each leg is (weight, ranking, the other ranking), whose scores compare.

    >>> reciprocal_rank_among([(1.0, [("t", 2.0)], [("a", 3.0), ("b", 1.0)])], constant=1)
    [('t', 0.3333333333333333)]
    """
    scores: dict[str, float] = {}
    for weight, ranking, others in legs:
        for id_, score in ranking:
            rank = 1 + sum(other > score for _, other in others)
            scores[id_] = scores.get(id_, 0.0) + weight / (constant + rank)
    return _sorted(scores)


def interleave(first: Ranking, second: Ranking) -> list[tuple[str, float]]:
    """One ranking out of two, taken in turns, so that each keeps half of any prefix.

    Scores of different languages do not compare: the better language would push the other out.

    >>> interleave([("a", 3.0), ("b", 2.0), ("c", 1.0)], [("x", 9.0)])
    [('a', 3.0), ('x', 9.0), ('b', 2.0), ('c', 1.0)]
    """
    merged: list[tuple[str, float]] = []
    for i in range(max(len(first), len(second))):
        merged.extend(ranking[i] for ranking in (first, second) if i < len(ranking))
    return merged


def margin(ranking: Ranking, at: int = 10) -> float:
    """How far the best score stands above the one behind rank ``at``; 0 when there are no more.

    A handful of passages, such as quotes in the other language, spread widely by chance.
    """
    return ranking[0][1] - ranking[at][1] if len(ranking) > at else 0.0


def _sorted(scores: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
