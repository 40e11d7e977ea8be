"""Titles among the hits: beside the passages of texts, never in the place of one.

A title and the texts below it are found by the same words, so titles would crowd out what they
announce. They are ranked by themselves, and those come in that stand above a hit of their language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rag.language.text import Lang
from rag.search.trace import Ranking
from rag.types import Hit

MOST = 2
"""Titles that come in beside the hits, at most."""

RANKED = 10
"""Titles of a language that are ranked, at most."""


def best_titles(titles: Mapping[Lang, Ranking], hits: Sequence[Hit]) -> list[tuple[str, float]]:
    """The titles that come in among ``hits``: those with the first places, as ids with scores.

    ``hits`` are of texts, in their order; ties go to the smaller id.
    """
    placed = [
        (place, -score, id_)
        for lang, ranking in titles.items()
        for id_, score in ranking[:MOST]
        if (place := place_of(lang, score, hits)) is not None
    ]
    return [(id_, -score) for _, score, id_ in sorted(placed)[:MOST]]


def place_of(lang: Lang, score: float, hits: Sequence[Hit]) -> int | None:
    """How many of ``hits`` stand before a title: up to the first of its language that scores less.

    None where there is no such hit: then the title is not among the best. Scores of different
    languages do not compare.
    """
    return next(
        (i for i, hit in enumerate(hits) if hit.chunk.lang == lang and hit.score < score), None
    )


def with_titles(hits: Sequence[Hit], titles: Iterable[Hit]) -> tuple[Hit, ...]:
    """The hits with the titles in their places, ranked anew; those without a place are left out."""
    placed = [
        (place, -hit.score, hit.chunk.id, hit)
        for hit in titles
        if (place := place_of(hit.chunk.lang, hit.score, hits)) is not None
    ]
    merged: list[Hit] = []
    waiting = sorted(placed, key=lambda item: item[:3])
    for i, hit in enumerate(hits):
        merged += [title for place, *_, title in waiting if place == i]
        merged.append(hit)
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(merged, 1))


def texts_of(hits: Iterable[Hit]) -> list[Hit]:
    """The hits that are no titles."""
    return [hit for hit in hits if hit.chunk.part == "text"]


def titles_of(hits: Iterable[Hit]) -> list[Hit]:
    """The hits that are titles."""
    return [hit for hit in hits if hit.chunk.part == "title"]
