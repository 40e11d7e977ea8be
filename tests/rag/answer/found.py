"""Hits and candidates made by hand, for the rules that weigh them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from rag.answer.features import Features
from rag.answer.select import Candidate
from rag.models.reading import Reading, ReadSpan
from rag.search.trace import Signals
from rag.types import Hit
from tests.rag import samples

ZEROS = {field.name: 0.0 for field in fields(Features)}


def make_hit(
    text: str,
    rank: int = 1,
    *,
    before: str = "",
    after: str = "",
    article: dict[str, Any] | None = None,
    **known: Any,
) -> Hit:
    """A hit whose passage is ``text``, between ``before`` and ``after`` in its article.

    ``article`` and ``known`` replace fields of the article and of the hit.
    """
    hit = samples.hit(text, rank, before=before)
    whole = replace(hit.article, **{"text": f"{hit.article.text}{after}", **(article or {})})
    return replace(hit, article=whole, **known)


def read_signals(hits: Sequence[Hit], margin: float | None) -> dict[str, Signals]:
    """What is known of hits that were read with that ``margin``; None: they were not read.

    Each character of a passage is as likely an answer as any other.
    """
    return {
        hit.chunk.id: Signals(
            reading=None if margin is None else make_reading(hit.chunk.text, margin)
        )
        for hit in hits
    }


def make_reading(passage: str, margin: float) -> Reading:
    """A reading whose likeliest answers, of one character each, have ``margin``."""
    places = np.arange(len(passage))
    scores = np.full(len(passage), margin / 2, dtype=np.float32)
    return Reading(passage, np.stack([places, places + 1], axis=1), scores, scores)


def make_candidate(
    hit: Hit,
    start: int = 0,
    end: int | None = None,
    *,
    score: float = 0.0,
    keys: tuple[tuple[int, int], ...] = (),
    span: ReadSpan | None = None,
    **features: float,
) -> Candidate:
    """The candidate at ``start`` to ``end`` of a hit's passage; features not given are 0."""
    end = len(hit.chunk.text) if end is None else end
    known = Features(**{**ZEROS, **features})
    offset = hit.chunk.start
    return Candidate(hit, offset + start, offset + end, known, score, keys, span)
