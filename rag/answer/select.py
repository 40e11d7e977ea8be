"""Choosing the sentences that answer: features of each candidate, and their weights.

A candidate is one sentence of one hit. Candidates are ranked by a linear function of a handful of
features (a conditional logit: the best is the most probable among those at hand).
``training/calibrate.py`` fits the weights on development questions and says how well they do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from rag.answer.expected import AnswerKind, Span, candidate_spans, expected_kind
from rag.facts import passage_values
from rag.lexical import analyze, name_terms, query_terms
from rag.text import sentence_spans, tokens
from rag.types import LANGS, Hit, Lang, Question

if TYPE_CHECKING:
    from rag.encoder import Encoder

HITS_READ = 8
SENTENCES_READ = 48
FIRM_KINDS: frozenset[AnswerKind] = frozenset({"number", "date"})
"""Kinds of answer that form shows surely enough to weigh."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a candidate before weighing.

    Similarities are cosines, coverages shares of IDF weight (0–1). ``kind_fit`` is 1 when the
    question wants a number or a date and the sentence offers a new one, -1 when it does not, else
    0. ``first_rank`` is 1 / rank and ``gap`` the fused score behind the best, both among the hits
    of the passage's language. ``words`` is ln(1 + words); ``whole`` runs from 0 to 1 at 8 words.
    """

    similarity: float
    coverage: float
    passage_similarity: float
    passage_coverage: float
    kind_fit: float
    first_rank: float
    gap: float
    words: float
    whole: float
    same_language: float


SENTENCE_WEIGHTS = Features(
    similarity=8.72,
    coverage=4.08,
    passage_similarity=3.04,
    passage_coverage=3.66,
    kind_fit=0.95,
    first_rank=1.74,
    gap=3.55,
    words=0.23,
    whole=-2.08,
    same_language=-2.5,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence ``hit.article.text[start:end]``, its features and its weighted score.

    ``key`` is the span of the likely answer inside the sentence, None when form shows none.
    """

    hit: Hit
    start: int
    end: int
    features: Features
    score: float
    key: Span | None

    @property
    def text(self) -> str:
        """The sentence as the article has it."""
        return self.hit.article.text[self.start : self.end]


def candidates(
    question: Question,
    hits: Sequence[Hit],
    encoder: Encoder,
    weights: Features = SENTENCE_WEIGHTS,
) -> list[Candidate]:
    """Every sentence of the best hits, best first; ties by hit rank, then by position."""
    spans = _sentences(hits)
    if not spans:
        return []
    sentences = [hit.article.text[start:end] for hit, start, end in spans]
    similarities = (
        encoder.encode_passages(sentences) @ encoder.encode_queries([question.standalone])[0]
    )
    coverages = _coverages(question, [hit.chunk.lang for hit, _, _ in spans], sentences)
    places = _places(hits)
    kind, asked = expected_kind(question.standalone), passage_values(question.standalone)
    found = []
    for i, (hit, start, end) in enumerate(spans):
        keys = candidate_spans(sentences[i], kind, asked)
        features = Features(
            similarity=float(similarities[i]),
            coverage=coverages[i],
            passage_similarity=hit.similarity,
            passage_coverage=hit.coverage,
            kind_fit=(1.0 if keys else -1.0) if kind in FIRM_KINDS else 0.0,
            first_rank=1 / places[hit.chunk.id][0],
            gap=places[hit.chunk.id][1],
            words=math.log(1 + len(sentences[i].split())),
            whole=min(1.0, len(sentences[i].split()) / 8),
            same_language=float(hit.chunk.lang == question.lang),
        )
        key = _nearest(sentences[i], keys, asked)
        found.append(Candidate(hit, start, end, features, weigh(features, weights), key))
    return sorted(found, key=lambda c: (-c.score, c.hit.rank, c.start))


def weigh(features: Features, weights: Features) -> float:
    """The weighted sum of the features."""
    return sum(w * x for w, x in zip(astuple(weights), astuple(features), strict=True))


def _sentences(hits: Sequence[Hit]) -> list[tuple[Hit, int, int]]:
    return [
        (hit, hit.chunk.start + start, hit.chunk.start + end)
        for hit in hits[:HITS_READ]
        for start, end in sentence_spans(hit.chunk.text)
    ][:SENTENCES_READ]


def _places(hits: Sequence[Hit]) -> dict[str, tuple[int, float]]:
    """Per chunk its rank among the hits of its language, and its score less the best one's."""
    places = {}
    for lang in LANGS:
        own = [hit for hit in hits if hit.chunk.lang == lang]
        best = max((hit.score for hit in own), default=0.0)
        places.update({hit.chunk.id: (i, hit.score - best) for i, hit in enumerate(own, 1)})
    return places


def _coverages(question: Question, langs: Sequence[Lang], sentences: Sequence[str]) -> list[float]:
    """Share of the question's weight that each sentence holds.

    A term weighs by how rare it is among the candidate sentences of the same language.
    """
    coverages = [0.0] * len(sentences)
    for lang in LANGS:
        own = [i for i, other in enumerate(langs) if other == lang]
        terms = query_terms(question.standalone, question.lang, lang)
        held = {
            i: {*analyze(sentences[i]), *name_terms(sentences[i], every_word=lang == "ar")}
            for i in own
        }
        weights = {term: _rarity(term, held) for term in terms}
        total = sum(weights.values())
        for i in own:
            found = sum(weight for term, weight in weights.items() if term in held[i])
            coverages[i] = found / total if total else 0.0
    return coverages


def _rarity(term: str, held: Mapping[int, set[str]]) -> float:
    count = sum(term in terms for terms in held.values())
    return math.log(1 + (len(held) - count + 0.5) / (count + 0.5))


def _nearest(sentence: str, keys: Sequence[Span], asked: set[str]) -> Span | None:
    """The candidate span that stands nearest to the words which the question also says."""
    shared = [
        t.start
        for t in tokens(sentence)
        if not asked.isdisjoint(passage_values(sentence[t.start : t.end]))
    ]
    if not shared or not keys:
        return keys[0] if keys else None
    return min(keys, key=lambda key: (_distance(key, shared), key))


def _distance(span: Span, positions: Sequence[int]) -> float:
    """Distance in characters to the positions, near ones counting most."""
    gaps = sorted(min(abs(p - span[0]), abs(p - span[1])) for p in positions)
    return sum(gap / (i + 1) for i, gap in enumerate(gaps))
