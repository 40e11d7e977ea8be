"""Choosing the sentences that answer.

A candidate is one sentence of one hit. Candidates are ranked by a linear function of a handful of
features (a conditional logit: the best is the most probable among those at hand). Those of texts
are weighed as if there were no titles, and titles come in where they tell more
(:mod:`rag.answer.titles`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.answer.expected import AnswerKind, candidate_spans, expected_kind
from rag.answer.features import (
    SENTENCE_WEIGHTS,
    UNREAD_SENTENCE_WEIGHTS,
    Features,
    coverages,
    kind_fit_of,
    nearness,
    person_fit_of,
    reading_of,
    weigh,
)
from rag.answer.titles import telling
from rag.language.facts import passage_values
from rag.language.sentences import sentence_spans
from rag.language.terms import query_words
from rag.language.text import LANGS, Lang, Span, tokens
from rag.models.reading import ReadSpan
from rag.search.match import soft_matches
from rag.search.rerank import READ
from rag.search.titles import texts_of, titles_of
from rag.search.trace import NO_SIGNALS, UNKNOWN, Signals
from rag.types import Hit, Question

if TYPE_CHECKING:
    from rag.models.encoder import Encoder
    from rag.models.reading import Reading

SENTENCES_READ = 48

LEAST_SURE, SURE = -4.0, 2.0
"""The reader's span is emphasised if its margin (in logits) is above the first of these; above the
second where the rules of :mod:`rag.answer.expected` point to another answer in the sentence."""

FIRM_KINDS: frozenset[AnswerKind] = frozenset({"number", "date"})
"""Kinds of answer that rules tell surely enough for ``kind_fit`` to count."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence from ``start`` to ``end`` of its hit's part of the article, with its features.

    ``score`` is the weighted sum of these. ``keys`` are the spans inside the sentence that could
    be the answer, as far as form shows, and ``span`` the one that the reader takes for it.
    ``items`` are those of a list that it finds in the passage, as far as they stand in the
    sentence; empty where the answer is no list.
    """

    hit: Hit
    start: int
    end: int
    features: Features
    score: float
    keys: tuple[Span, ...]
    span: ReadSpan | None = None
    items: tuple[ReadSpan, ...] = ()

    @property
    def text(self) -> str:
        """The sentence as the article has it."""
        return _sentence(self.hit, self.start, self.end)


def were_read(hits: Sequence[Hit], signals: Mapping[str, Signals]) -> bool:
    """Whether a reader has read any of ``hits``; ``signals`` are by chunk id."""
    return any(signals.get(hit.chunk.id, UNKNOWN).reading for hit in hits)


def candidates(
    question: Question,
    hits: Sequence[Hit],
    encoder: Encoder,
    signals: Mapping[str, Signals] = NO_SIGNALS,
    weights: Features | None = None,
) -> list[Candidate]:
    """Every sentence of the best hits, best first; ties by hit rank, then by position.

    Of titles only those are among them that tell what their texts do not.

    ``signals`` are what is known of the hits, by chunk id. Without ``weights`` those count that go
    with the hits: read or not.
    """
    known = {hit.chunk.id: signals.get(hit.chunk.id, UNKNOWN) for hit in hits}
    if weights is None:
        weights = SENTENCE_WEIGHTS if were_read(hits, signals) else UNREAD_SENTENCE_WEIGHTS
    spans = _sentences(hits)
    if not spans:
        return []
    sentences = [_sentence(*span) for span in spans]
    matches = soft_matches(question.standalone, sentences, encoder)
    asked_words = {lang: query_words(question.standalone, question.lang, lang) for lang in LANGS}
    held = _coverages(asked_words, spans, sentences)
    places = _places(hits)
    kind, asked = expected_kind(question.standalone), passage_values(question.standalone)
    readings = {id_: signal.reading for id_, signal in known.items() if signal.reading}
    lists = {id_: reading.items() for id_, reading in readings.items() if reading.lists}
    found = []
    for i, (hit, start, end) in enumerate(spans):
        keys = candidate_spans(sentences[i], kind, asked)
        signal = known[hit.chunk.id]
        span = _read_span(hit, signal.reading, start, end)
        items = _read_items(hit, lists.get(hit.chunk.id, ()), start, end)
        features = Features(
            match=matches[i],
            coverage=held[i],
            passage_similarity=signal.similarity,
            passage_coverage=signal.coverage,
            kind_fit=kind_fit_of(sentences[i], keys) if kind in FIRM_KINDS else 0.0,
            person_fit=person_fit_of(bool(keys), hit.chunk.lang) if kind == "person" else 0.0,
            nearness=nearness(sentences[i], keys, asked_words[hit.chunk.lang], hit.chunk.lang),
            first_rank=1 / places[hit.chunk.id][0],
            gap=places[hit.chunk.id][1],
            words=math.log(1 + len(sentences[i].split())),
            whole=min(1.0, len(sentences[i].split()) / 8),
            same_language=float(hit.chunk.lang == question.lang),
            reading=reading_of(span.margin) if span else 0.0,
        )
        score = weigh(features, weights)
        found.append(Candidate(hit, start, end, features, score, tuple(keys), span, items))
    found = _without_idle_titles(found, read=were_read(hits, signals))
    return sorted(found, key=lambda c: (-c.score, c.hit.rank, c.start))


def _without_idle_titles(found: Sequence[Candidate], *, read: bool) -> list[Candidate]:
    texts = [c for c in found if c.hit.chunk.part == "text"]
    titles = [c for c in found if c.hit.chunk.part == "title"]
    return [*texts, *(title for title in titles if telling(title, texts, read=read))]


def _read_span(hit: Hit, found: Reading | None, start: int, end: int) -> ReadSpan | None:
    """The reader's answer in the sentence from ``start`` to ``end``, offsets from ``start``."""
    if not found:
        return None
    offset = hit.chunk.start
    span = found.best(start - offset, end - offset)
    if span is None:
        return None
    return replace(span, start=span.start + offset - start, end=span.end + offset - start)


def _read_items(hit: Hit, items: Sequence[ReadSpan], start: int, end: int) -> tuple[ReadSpan, ...]:
    """Those of a list's items within ``hit.article.text[start:end]``, offsets from ``start``."""
    if len(items) < 2:
        return ()
    shift = hit.chunk.start - start
    moved = (replace(x, start=x.start + shift, end=x.end + shift) for x in items)
    return tuple(item for item in moved if item.start >= 0 and item.end <= end - start)


def key_phrases(candidate: Candidate, question: Question) -> tuple[Span, ...]:
    """The span most likely to be the answer: the reader's, where it is sure enough.

    Of a list, all its items in the sentence. Else, of the spans that form shows, the one nearest
    to words that the question also says.
    """
    span = candidate.span
    if span:
        agrees = any(a < span.end and span.start < b for a, b in candidate.keys)
        if span.margin > (LEAST_SURE if agrees or not candidate.keys else SURE):
            return tuple((x.start, x.end) for x in candidate.items or (span,))
    if not candidate.keys:
        return ()
    asked = passage_values(question.standalone)
    sentence = candidate.text
    shared = [
        token.start
        for token in tokens(sentence)
        if not asked.isdisjoint(passage_values(sentence[token.start : token.end]))
    ]
    if not shared:
        return candidate.keys[:1]
    return (min(candidate.keys, key=lambda span: (_distance(span, shared), span)),)


def _sentences(hits: Sequence[Hit]) -> list[tuple[Hit, int, int]]:
    """Sentences of the hits that are read: of the texts first, then of the titles."""
    return [
        *_sentences_of(texts_of(hits)[:READ])[:SENTENCES_READ],
        *_sentences_of(titles_of(hits)),
    ]


def _sentences_of(hits: Sequence[Hit]) -> list[tuple[Hit, int, int]]:
    return [
        (hit, hit.chunk.start + start, hit.chunk.start + end)
        for hit in hits
        for start, end in sentence_spans(hit.chunk.text)
    ]


def _sentence(hit: Hit, start: int, end: int) -> str:
    return hit.article.part(hit.chunk.part)[start:end]


def _coverages(
    asked_words: Mapping[Lang, list[tuple[str, ...]]],
    spans: Sequence[tuple[Hit, int, int]],
    sentences: Sequence[str],
) -> list[float]:
    """Coverages of the sentences of texts among themselves, and of titles among all."""
    langs = [hit.chunk.lang for hit, _, _ in spans]
    texts = sum(hit.chunk.part == "text" for hit, _, _ in spans)
    held = coverages(asked_words, langs[:texts], sentences[:texts])
    if texts < len(spans):
        held += coverages(asked_words, langs, sentences)[texts:]
    return held


def _places(hits: Sequence[Hit]) -> dict[str, tuple[int, float]]:
    """Per chunk its rank among the hits of its language, and its score less the best one's.

    A title counts from the texts' places, and no text from a title's.
    """
    places = {}
    for lang in LANGS:
        own = [hit for hit in hits if hit.chunk.lang == lang]
        texts = texts_of(own)
        best = max((hit.score for hit in texts), default=0.0)
        places.update({hit.chunk.id: (i, hit.score - best) for i, hit in enumerate(texts, 1)})
        for hit in titles_of(own):
            above = sum(text.score >= hit.score for text in texts)
            places[hit.chunk.id] = above + 1, min(0.0, hit.score - best)
    return places


def _distance(span: Span, positions: Sequence[int]) -> float:
    """Distance in characters to the positions, near ones counting most."""
    gaps = sorted(min(abs(p - span[0]), abs(p - span[1])) for p in positions)
    return sum(gap / (i + 1) for i, gap in enumerate(gaps))
