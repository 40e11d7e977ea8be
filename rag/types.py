"""The values that travel through Sanad, from article to answer.

Everything here is frozen and does no I/O. Offsets are character offsets (Python ``str``
indices) into a part of an article, half open: ``article.text[start:end]``, or of its title
``article.title[start:end]``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Literal

from rag.language.text import Lang

LegName = Literal["dense-ar", "dense-en", "lexical-ar", "lexical-en"]

ArticlePart = Literal["text", "title"]
"""What of an article a passage is taken from."""

IndexState = Literal["ready", "loading", "mending", "failed", "unsettled", "closed"]
"""What a store's vector index is doing: it can be searched; it is being loaded; it is being made
anew, after a write broke off or its files were damaged; that has failed; it is to be made anew, and
nobody is at it; it was not needed yet. Where it cannot be searched, searches do without it. Of a
store that another process has open, ``mending`` may also mean that it is being written to."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it was read.

    ``id`` is stable across ingests (a path relative to the ingested root, a URL, or an id
    given by the source). ``published`` is an ISO 8601 date or date-time. ``source`` names the
    publisher, or the file when no publisher is known. ``text`` is the body, without the title
    when the title came from metadata.
    """

    id: str
    title: str
    text: str
    lang: Lang
    published: str | None = None
    url: str | None = None
    source: str | None = None

    def part(self, name: ArticlePart) -> str:
        """What the offsets of a passage of that part count in."""
        return self.title if name == "title" else self.text

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) over every field: what decides "unchanged" on re-ingest."""
        payload = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(payload.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of an article: ``article.part(part)[start:end] == text``, always.

    ``heading`` is the nearest heading above (empty if none); it is embedded and indexed with
    the passage but is not part of ``text``. ``lang`` is the passage's own language, which may
    differ from its article's. ``part`` is ``title`` for the article's title, of which there is
    one passage at most, and ``text`` for all others.
    """

    id: str
    article_id: str
    text: str
    start: int
    end: int
    lang: Lang
    heading: str = ""
    part: ArticlePart = "text"


@dataclass(frozen=True, slots=True)
class Leg:
    """How one search leg saw a chunk: its 1-based rank there and that leg's own score.

    Dense scores are cosine similarities in [-1, 1]; lexical scores are BM25 (higher is better).
    """

    name: LegName
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved chunk with its article, 1-based rank, fused score and the legs that found it."""

    chunk: Chunk
    article: Article
    rank: int
    score: float
    legs: tuple[Leg, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    ``text`` is the words of the asker; ``standalone`` the same question with whatever it leaned
    on from the conversation filled in (equal to ``text`` when nothing was missing). ``lang`` is
    the language of the asker, ``answer_lang`` the language to answer in.
    """

    text: str
    standalone: str
    lang: Lang
    answer_lang: Lang
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quote: ``hit.article.part(part)[start:end] == quote`` when ``verified``.

    ``number`` is what the answer's ``[n]`` markers refer to, from 1. ``unsupported`` lists the
    numbers, dates and names that a citing statement says and the cited passages do not.
    """

    number: int
    hit: Hit
    quote: str
    start: int
    end: int
    verified: bool
    unsupported: tuple[str, ...] = ()

    @property
    def part(self) -> ArticlePart:
        """What of the article is quoted: its text, or its title."""
        return self.hit.chunk.part


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer, without its markers.

    ``citations`` are citation numbers. ``emphasis`` are the half-open spans of the key phrase in
    ``text``, of a list those of its items, in their order. ``supported`` is False when the
    sentence cites nothing that backs it, and ``unsupported`` then lists the numbers, dates and
    names that were not found. ``lead`` is a short introduction in the asker's language (extractive
    answers), which claims nothing itself.
    """

    text: str
    citations: tuple[int, ...] = ()
    emphasis: tuple[tuple[int, int], ...] = ()
    supported: bool = True
    unsupported: tuple[str, ...] = ()
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a question: statements, citations, hits; or a refusal with its reason.

    ``text`` is the whole answer in plain text with ``[n]`` markers. ``confidence`` is the
    answerer's probability (0–1) that the articles hold the answer; None where it has none.
    ``timings`` are milliseconds per stage, ``index`` is what the store's vector index was doing.
    """

    question: Question
    text: str
    lang: Lang
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = ()
    refused: bool = False
    reason: str | None = None
    missing: tuple[str, ...] = ()
    confidence: float | None = None
    timings: dict[str, float] = field(default_factory=dict)
    index: IndexState = "ready"
