"""Choosing the sentences that answer: features of each candidate, and their weights.

A candidate is one sentence of one hit. Candidates are ranked by a linear function of a handful of
features (a conditional logit: the best is the most probable among those at hand).
``training/calibrate.py`` fits the weights, but for two, on development questions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from rag.answer.expected import AnswerKind, Span, candidate_spans, expected_kind
from rag.coverage import WordWeights, rarity
from rag.facts import passage_values
from rag.lexical import analyze, name_terms, query_words, skeletons, stems
from rag.match import soft_matches
from rag.names import concepts
from rag.text import sentence_spans, tokens
from rag.types import LANGS, Hit, Lang, Question

if TYPE_CHECKING:
    from rag.encoder import Encoder

HITS_READ = 8
SENTENCES_READ = 48
NEARBY = 10
"""Words between a likely answer and a word of the question at which they are no longer near."""

FIRM_KINDS: frozenset[AnswerKind] = frozenset({"number", "date"})
"""Kinds of answer that form shows surely enough to weigh."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a candidate before weighing.

    ``match`` is the soft match, ``passage_similarity`` a cosine; coverages are shares of IDF
    weight (0–1). ``kind_fit`` is 1 when the question wants a number or a date and the sentence
    offers a new one in digits, -1 when it offers none, else 0; ``person_fit`` the same for
    persons, except that an Arabic sentence never counts -1. ``first_rank`` is 1 / rank and
    ``gap`` the fused score behind the best, both among the hits of the passage's language.
    ``nearness`` says how close what may be the answer stands to words of the question (0–1),
    ``words`` is ln(1 + words); ``whole`` runs from 0 to 1 at 8 words.
    """

    match: float
    coverage: float
    passage_similarity: float
    passage_coverage: float
    kind_fit: float
    person_fit: float
    nearness: float
    first_rank: float
    gap: float
    words: float
    whole: float
    same_language: float


# person_fit and nearness are set by hand: the development questions (from an encyclopaedia) ask
# "who" of teams and states as often as of people, and fit them at 0.4 and 1.1; news does not.
SENTENCE_WEIGHTS = Features(
    match=10.97,
    coverage=0.98,
    passage_similarity=6.40,
    passage_coverage=2.64,
    kind_fit=1.04,
    person_fit=1.50,
    nearness=3.00,
    first_rank=1.77,
    gap=1.39,
    words=-0.24,
    whole=-0.96,
    same_language=-2.33,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence ``hit.article.text[start:end]``, its features and its weighted score.

    ``keys`` are the spans inside the sentence that could be the answer, as far as form shows.
    """

    hit: Hit
    start: int
    end: int
    features: Features
    score: float
    keys: tuple[Span, ...]

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
    matches = soft_matches(question.standalone, sentences, encoder)
    asked_words = {lang: query_words(question.standalone, question.lang, lang) for lang in LANGS}
    coverages = _coverages(asked_words, [hit.chunk.lang for hit, _, _ in spans], sentences)
    places = _places(hits)
    kind, asked = expected_kind(question.standalone), passage_values(question.standalone)
    found = []
    for i, (hit, start, end) in enumerate(spans):
        keys = candidate_spans(sentences[i], kind, asked)
        features = Features(
            match=matches[i],
            coverage=coverages[i],
            passage_similarity=hit.similarity,
            passage_coverage=hit.coverage,
            kind_fit=_kind_fit(sentences[i], keys) if kind in FIRM_KINDS else 0.0,
            person_fit=_person_fit(bool(keys), hit.chunk.lang) if kind == "person" else 0.0,
            nearness=nearness(sentences[i], keys, asked_words[hit.chunk.lang], hit.chunk.lang),
            first_rank=1 / places[hit.chunk.id][0],
            gap=places[hit.chunk.id][1],
            words=math.log(1 + len(sentences[i].split())),
            whole=min(1.0, len(sentences[i].split()) / 8),
            same_language=float(hit.chunk.lang == question.lang),
        )
        found.append(Candidate(hit, start, end, features, weigh(features, weights), tuple(keys)))
    return sorted(found, key=lambda c: (-c.score, c.hit.rank, c.start))


def key_phrase(candidate: Candidate, question: Question) -> Span | None:
    """The span most likely to be the answer: the one nearest to words that the question also says.

    None when form shows no answer.
    """
    if not candidate.keys:
        return None
    asked = passage_values(question.standalone)
    sentence = candidate.text
    shared = [
        token.start
        for token in tokens(sentence)
        if not asked.isdisjoint(passage_values(sentence[token.start : token.end]))
    ]
    if not shared:
        return candidate.keys[0]
    return min(candidate.keys, key=lambda span: (_distance(span, shared), span))


def weigh(features: Features, weights: Features) -> float:
    """The weighted sum of the features."""
    products = (w * x for w, x in zip(astuple(weights), astuple(features), strict=True))
    return float(sum(products))


def _kind_fit(sentence: str, keys: Sequence[Span]) -> float:
    """Digits show a number or a date surely; a word such as "two" or "Sunday" may be one."""
    if not keys:
        return -1.0
    return float(any(c.isdigit() for start, end in keys for c in sentence[start:end]))


def _person_fit(offered: bool, lang: Lang) -> float:
    """Capitals show who is a person; in Arabic only a title does, and its lack says nothing."""
    if offered:
        return 1.0
    return -1.0 if lang == "en" else 0.0


def nearness(
    sentence: str, keys: Sequence[Span], asked: Sequence[tuple[str, ...]], lang: Lang
) -> float:
    """How near a key stands to the asked words: 1 right beside all of them, 0 at ten words or more.

    Each of ``asked`` is the terms that one word of the question may be met by; words that the
    sentence lacks count 0. The best of the keys is taken.
    """
    if not keys or not asked:
        return 0.0
    words = list(tokens(sentence))
    held = [{*stems(w), *skeletons(w, sentence, every_word=lang == "ar")} for w in words]
    for code, first, last in concepts(words):
        for i in range(words.index(first), words.index(last) + 1):
            held[i].add(code)
    met = [[i for i, terms in enumerate(held) if not terms.isdisjoint(word)] for word in asked]

    def near(key: Span) -> float:
        inside = [i for i, w in enumerate(words) if w.start < key[1] and w.end > key[0]]
        gaps = [min((abs(i - j) for i in places for j in inside), default=NEARBY) for places in met]
        return sum(max(0.0, 1 - max(0, gap - 1) / NEARBY) for gap in gaps) / len(gaps)

    return max(map(near, keys))


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


def _coverages(
    asked_words: Mapping[Lang, list[tuple[str, ...]]],
    langs: Sequence[Lang],
    sentences: Sequence[str],
) -> list[float]:
    """Share of the question's weight that each sentence holds.

    A term weighs by how rare it is among the candidate sentences of the same language.
    """
    coverages = [0.0] * len(sentences)
    for lang in LANGS:
        own = [i for i, other in enumerate(langs) if other == lang]
        held = {
            i: {*analyze(sentences[i]), *name_terms(sentences[i], every_word=lang == "ar")}
            for i in own
        }
        weights = WordWeights({terms: _rarity(terms, held) for terms in asked_words[lang]})
        for i in own:
            coverages[i] = weights.coverage(held[i])
    return coverages


def _rarity(terms: tuple[str, ...], held: Mapping[int, set[str]]) -> float:
    """How rare a word is among the candidate sentences of a language."""
    return rarity(sum(not met.isdisjoint(terms) for met in held.values()), len(held))


def _distance(span: Span, positions: Sequence[int]) -> float:
    """Distance in characters to the positions, near ones counting most."""
    gaps = sorted(min(abs(p - span[0]), abs(p - span[1])) for p in positions)
    return sum(gap / (i + 1) for i, gap in enumerate(gaps))
