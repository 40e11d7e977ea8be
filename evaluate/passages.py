"""The passages of a report: the labelled, the found (with their ranks) and the cited."""

from __future__ import annotations

from dataclasses import dataclass

from rag.language.text import Lang
from rag.types import ArticlePart


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that an outcome speaks of; ``start`` is its offset in that part of the article."""

    article: str
    title: str
    lang: Lang
    text: str
    start: int
    part: ArticlePart = "text"


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A hit: which passage, its rank from 1, its score, and its rank in each leg that found it.

    ``gold`` says whether it holds a labelled quote.
    """

    passage: str
    rank: int
    score: float
    legs: dict[str, int]
    gold: bool


@dataclass(frozen=True, slots=True)
class CitedQuote:
    """A citation: offsets in the passage's part of the article.

    ``verified`` says whether the quote stands there word for word.
    """

    number: int
    passage: str
    start: int
    end: int
    quote: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Places:
    """The rank (from 1) of the first labelled passage at each stage; None: not there."""

    dense: int | None = None
    lexical: int | None = None
    fused: int | None = None
    matched: int | None = None
    hits: int | None = None
