from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from rag.language.text import Lang
from rag.models.excerpt import BEFORE_LIMIT, Excerpt
from rag.models.reading import Reading
from rag.search.rerank import (
    MARGIN_BOUND,
    READ,
    bounded_margin,
    excerpt_of,
    read_hits,
    rerank,
)
from rag.types import Article, Chunk, Hit
from tests.rag import samples


class FixedReader:
    """Finds in each passage the margin that it is told."""

    def __init__(self, margins: dict[str, float]) -> None:
        self.margins = margins
        self.read_texts: list[str] = []

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> list[Reading]:
        self.read_texts += [excerpt.text for excerpt in excerpts]
        return [reading(excerpt.text, self.margins[excerpt.text]) for excerpt in excerpts]


def reading(passage: str, margin: float) -> Reading:
    half = np.array([margin / 2], dtype=np.float32)
    return Reading(passage, np.array([(0, len(passage))], dtype=np.int64), half, half)


def hit(name: str, rank: int, score: float, lang: Lang = "en") -> Hit:
    article = Article(name, "", name, lang)
    return Hit(Chunk(name, name, name, 0, len(name), lang), article, rank, score)


def order(hits: tuple[Hit, ...]) -> list[str]:
    return [found.chunk.id for found in hits]


def test_hits_are_reordered_by_what_is_found_in_them() -> None:
    hits = [hit("a", 1, 1.0), hit("b", 2, 0.9), hit("c", 3, 0.8)]
    read = read_hits("?", hits, FixedReader({"a": -8.0, "b": 6.0, "c": 6.0}))
    assert order(rerank(hits, read, 0.0)) == ["a", "b", "c"]
    ordered = rerank(hits, read, 0.05)
    assert order(ordered) == ["b", "c", "a"]
    assert [found.rank for found in ordered] == [1, 2, 3]
    assert ordered[0].score == pytest.approx(0.9 + 0.05 * 6)


def test_languages_keep_their_turns() -> None:
    hits = [hit("a", 1, 1.0, "ar"), hit("b", 2, 3.0), hit("c", 3, 0.9, "ar"), hit("d", 4, 2.9)]
    read = read_hits("?", hits, FixedReader({"a": -9.0, "b": 0.0, "c": 9.0, "d": 0.0}))
    assert order(rerank(hits, read, 0.1)) == ["c", "b", "a", "d"]


def test_only_the_first_are_read_and_the_others_stay_behind_in_their_order() -> None:
    hits = [hit(f"h{i:02}", i + 1, 1 - i / 100) for i in range(READ + 3)]
    reader = FixedReader({found.chunk.text: float(i) for i, found in enumerate(hits)})
    ordered = rerank(hits, read_hits("?", hits, reader), 1.0)
    assert reader.read_texts == [f"h{i:02}" for i in range(READ)]
    assert order(ordered)[:READ] == [f"h{i:02}" for i in reversed(range(READ))]
    assert order(ordered)[READ:] == [f"h{i:02}" for i in range(READ, READ + 3)]


def test_ties_go_to_the_smaller_id() -> None:
    hits = [hit("b", 1, 1.0), hit("a", 2, 1.0)]
    read = read_hits("?", hits, FixedReader({"a": 1.0, "b": 1.0}))
    assert order(rerank(hits, read, 0.1)) == ["a", "b"]


def test_margins_have_bounds() -> None:
    assert bounded_margin(reading("a", 99.0)) == MARGIN_BOUND
    assert bounded_margin(reading("a", -99.0)) == -MARGIN_BOUND
    assert bounded_margin(reading("a", 1.5)) == 1.5


def test_no_hits() -> None:
    assert rerank([], read_hits("?", [], FixedReader({})), 0.1) == ()


def test_a_passage_is_read_with_what_its_article_says_around_it() -> None:
    before = "لم يحضر أحد. وصل الوزير أمس. وزار المستشفى.\n\n"
    found = samples.hit("وأضاف أن العمل انتهى.", before=before)
    dated = replace(found, article=replace(found.article, published="2016-03-09T10:00:00"))
    assert excerpt_of(dated) == Excerpt(
        "وأضاف أن العمل انتهى.", "Title 1", "2016-03-09", "وصل الوزير أمس. وزار المستشفى."
    )


def test_a_passage_that_begins_its_article_has_nothing_in_front() -> None:
    assert excerpt_of(samples.hit("It began.")) == Excerpt("It began.", "Title 1")


def test_of_a_book_only_the_end_of_what_stands_in_front_is_looked_at() -> None:
    excerpt = excerpt_of(samples.hit("x", before="كلمة " * 100_000))
    assert 0 < len(excerpt.before) <= 2 * BEFORE_LIMIT
