"""Re-ordering the first hits by what the reader finds in them.

These hits are read for their answers anyway, so the reader serves as a cross-encoder as well
(Nogueira & Cho 2019, "Passage Re-ranking with BERT") at no further cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.language.sentences import sentence_spans
from rag.language.text import LANGS
from rag.models.excerpt import BEFORE_LIMIT, Excerpt
from rag.models.reader import Reader
from rag.models.reading import Reading
from rag.search.titles import texts_of, titles_of
from rag.types import Hit

READ = 6
"""How many hits of texts are read and quoted from, at most; with two more no more answers were
found. The titles among the hits, which are short, are read besides."""

SENTENCES = 2
"""Sentences in front of a passage that are read with it, at most."""

NEAR = 2 * BEFORE_LIMIT
"""Characters in front of it that they are looked for in."""

MARGIN_BOUND = 20.0
"""A margin counts as at most this, and at least minus this: beyond it says nothing more."""


def first_hits(hits: Sequence[Hit]) -> list[Hit]:
    """The hits that are read and quoted from: the first :data:`READ` of texts, and all titles."""
    return [*texts_of(hits)[:READ], *titles_of(hits)]


def read_hits(question: str, hits: Sequence[Hit], reader: Reader) -> dict[str, Reading]:
    """What the reader finds in the :func:`first_hits`, by chunk id."""
    first = first_hits(hits)
    readings = reader.read(question, list(map(excerpt_of, first)))
    return {hit.chunk.id: reading for hit, reading in zip(first, readings, strict=True)}


def excerpt_of(hit: Hit) -> Excerpt:
    """The passage of ``hit`` with what its article says around it; of a title, only its date."""
    article, start = hit.article, hit.chunk.start
    if hit.chunk.part == "title":
        return Excerpt(hit.chunk.text, date=(article.published or "")[:10])
    near = article.text[max(0, start - NEAR) : start]
    spans = sentence_spans(near)[-SENTENCES:]
    before = near[spans[0][0] :] if spans else ""
    return Excerpt(hit.chunk.text, article.title, (article.published or "")[:10], before.strip())


def rerank(hits: Sequence[Hit], readings: Mapping[str, Reading], weight: float) -> tuple[Hit, ...]:
    """The hits of texts, those that were read in the order of score plus weighted margin.

    ``readings`` are by chunk id. Scores of different languages do not compare, so that the
    languages keep their turns: each is re-ordered within its own places. Hits that were not read
    stay behind those that were.
    """
    read = [hit for hit in hits if hit.chunk.id in readings]
    scored = weighed(read, readings, weight)
    queues = {
        lang: iter(
            sorted(
                (hit for hit in scored if hit.chunk.lang == lang),
                key=lambda hit: (-hit.score, hit.chunk.id),
            )
        )
        for lang in LANGS
    }
    ordered = [next(queues[hit.chunk.lang]) for hit in read]
    behind = [hit for hit in hits if hit.chunk.id not in readings]
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate([*ordered, *behind], 1))


def weighed(hits: Sequence[Hit], readings: Mapping[str, Reading], weight: float) -> list[Hit]:
    """The hits, each with ``weight`` times the margin of its reading, if any, in its score."""
    return [
        replace(hit, score=hit.score + weight * bounded_margin(readings[hit.chunk.id]))
        if hit.chunk.id in readings
        else hit
        for hit in hits
    ]


def bounded_margin(reading: Reading) -> float:
    """The margin of the likeliest answer in a passage, within its bounds."""
    return max(-MARGIN_BOUND, min(MARGIN_BOUND, reading.margin))
