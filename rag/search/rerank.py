"""Re-ordering the first hits by what the reader finds in them.

A cross-encoder (Nogueira & Cho 2019, "Passage Re-ranking with BERT") for free: they are read for
their answers anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.language.text import LANGS
from rag.models.reader import Reader
from rag.types import Hit

READ = 6
"""Hits that are read, and quoted from, at most: two more find no more answers."""

MARGIN_BOUND = 20.0
"""Margins beyond this, either way, say no more."""


def read_hits(question: str, hits: Sequence[Hit], reader: Reader) -> list[Hit]:
    """The first :data:`READ` hits with their readings, and the others as they are."""
    first = hits[:READ]
    readings = reader.read(question, [hit.chunk.text for hit in first])
    read = [replace(hit, reading=found) for hit, found in zip(first, readings, strict=True)]
    return [*read, *hits[READ:]]


def rerank(hits: Sequence[Hit], weight: float) -> tuple[Hit, ...]:
    """The hits, those that were read re-ordered by score plus ``weight`` times their margin.

    Scores of different languages do not compare, so that the languages keep their turns: each is
    re-ordered within its own places. Hits that were not read stay behind those that were.
    """
    read = [hit for hit in hits if hit.reading]
    scored = [replace(hit, score=hit.score + weight * bounded_margin(hit)) for hit in read]
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
    behind = [hit for hit in hits if not hit.reading]
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate([*ordered, *behind], 1))


def bounded_margin(hit: Hit) -> float:
    """The margin of the likeliest answer in a hit that was read, within its bounds."""
    margin = hit.reading.margin if hit.reading else 0.0
    return max(-MARGIN_BOUND, min(MARGIN_BOUND, margin))
