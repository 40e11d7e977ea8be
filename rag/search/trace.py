"""What a search returns: the hits, what is known of each, and every ranking that led to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rag.language.text import Lang
from rag.models.reading import Reading
from rag.search.coverage import WordWeights
from rag.types import Hit, IndexState

Ranking = Sequence[tuple[str, float]]
"""Chunk ids with scores, best first."""


@dataclass(frozen=True, slots=True)
class TitleTrace:
    """The titles of one language: each leg, and their fusion, re-ordered by soft match."""

    dense: Ranking = ()
    lexical: Ranking = ()
    matched: Ranking = ()


@dataclass(frozen=True, slots=True)
class LanguageTrace:
    """The search in one language: each leg, their fusion, and that re-ordered by soft match.

    ``similarities`` are cosines to the question, ``weights`` its words' weights in this language.
    ``titles`` are ranked by themselves, everything else but similarities is of texts alone.
    """

    dense: Ranking
    lexical: Ranking
    fused: Ranking
    matched: Ranking
    similarities: Mapping[str, float]
    weights: WordWeights
    titles: TitleTrace = TitleTrace()


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of one hit beside its rank.

    ``similarity`` is its cosine similarity to the question; ``coverage`` the share (0–1) of the
    question's lexical weight (IDF) that it holds; ``reading`` what the reader found in it, None
    where it was not read.
    """

    similarity: float = 0.0
    coverage: float = 0.0
    reading: Reading | None = None


UNKNOWN = Signals()
"""The signals of a hit that nothing more is known of."""

NO_SIGNALS: Mapping[str, Signals] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SearchTrace:
    """A whole search: each language, both taken in turns, and the first of these as hits.

    ``ranking`` is of passages of texts; among the hits are a few titles besides, in the places
    that their scores give them. ``signals`` are of the hits, by chunk id. ``index`` is what the
    store's vector index was doing: where it was not ready, the dense legs did without it.
    """

    languages: Mapping[Lang, LanguageTrace]
    ranking: Ranking
    hits: tuple[Hit, ...]
    signals: Mapping[str, Signals]
    index: IndexState = "ready"
