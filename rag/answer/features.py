"""The features of a sentence that may answer a question, and the weight of each.

``training/calibrate.py`` fits the weights on development questions; two are set by hand.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.language.terms import analyze, name_terms, skeletons, stems
from rag.language.text import LANGS, Lang, Span, tokens
from rag.language.transliterate import concepts
from rag.search.coverage import WordWeights, rarity
from rag.search.rerank import MARGIN_BOUND

NEARBY = 10
"""So many words apart, a likely answer and a word of the question are no longer near."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a candidate before weighing.

    ``match`` is the soft match, ``passage_similarity`` a cosine; coverages are shares of IDF
    weight (0–1). ``kind_fit`` is 1 when the question wants a number or a date and the sentence
    offers a new one in digits, -1 when it offers none, else 0; ``person_fit`` the same for
    persons, except that an Arabic sentence never counts -1. ``first_rank`` is 1 / rank and
    ``gap`` the fused score behind the best, both among the hits of the passage's language.
    ``nearness`` says how close what may be the answer stands to words of the question (0–1),
    ``words`` is ln(1 + words); ``whole`` runs from 0 to 1 at 8 words. ``reading`` is the reader's
    margin for the likeliest answer within the sentence, in twenties of logits (-1 to 1); 0 unread.
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
    reading: float


# person_fit and nearness are set by hand: the development questions (from an encyclopaedia) ask
# "who" of teams and states as often as of people, and fit them at -0.09 and 0.37 (unread: 0.48
# and 1.24); news does not.
SENTENCE_WEIGHTS = Features(
    match=6.14,
    coverage=0.58,
    passage_similarity=12.67,
    passage_coverage=2.40,
    kind_fit=0.10,
    person_fit=0.50,
    nearness=1.50,
    first_rank=1.14,
    gap=-0.73,
    words=-0.14,
    whole=1.44,
    same_language=-2.66,
    reading=5.24,
)
UNREAD_SENTENCE_WEIGHTS = Features(
    match=11.01,
    coverage=0.81,
    passage_similarity=14.08,
    passage_coverage=1.83,
    kind_fit=0.99,
    person_fit=1.50,
    nearness=3.00,
    first_rank=1.86,
    gap=-1.00,
    words=-0.22,
    whole=2.11,
    same_language=-2.88,
    reading=0.00,
)
"""The weights where no reader has read the hits."""


def weigh(features: Features, weights: Features) -> float:
    """The weighted sum of the features."""
    names = Features.__slots__  # astuple would copy every one of a few hundred candidates deeply
    return float(sum(getattr(weights, name) * getattr(features, name) for name in names))


def kind_fit_of(sentence: str, keys: Sequence[Span]) -> float:
    """Digits show a number or a date surely; a word such as "two" or "Sunday" may be one."""
    if not keys:
        return -1.0
    return float(any(c.isdigit() for start, end in keys for c in sentence[start:end]))


def person_fit_of(offered: bool, lang: Lang) -> float:
    """Capitals show who is a person; in Arabic only a title does, and its lack says nothing."""
    if offered:
        return 1.0
    return -1.0 if lang == "en" else 0.0


def nearness(
    sentence: str, keys: Sequence[Span], asked: Sequence[tuple[str, ...]], lang: Lang
) -> float:
    """How near a key stands to the asked words: 1 right beside all, 0 with ten words between.

    Each of ``asked`` is the terms that one word of the question may be met by; words that the
    sentence lacks count as if nine words stood between. The best of the keys is taken.
    """
    if not keys or not asked:
        return 0.0
    words = list(tokens(sentence))
    starts, ends = [word.start for word in words], [word.end for word in words]
    held = [{*stems(w), *skeletons(w, sentence, every_word=lang == "ar")} for w in words]
    for code, first, last in concepts(words):
        for i in range(bisect_left(starts, first.start), bisect_left(starts, last.start) + 1):
            held[i].add(code)
    met = [[i for i, terms in enumerate(held) if not terms.isdisjoint(word)] for word in asked]

    def near(key: Span) -> float:
        first, last = bisect_right(ends, key[0]), bisect_left(starts, key[1]) - 1
        gaps = [_words_between(places, first, last) for places in met]
        return sum(max(0.0, 1 - max(0, gap - 1) / NEARBY) for gap in gaps) / len(gaps)

    return max(map(near, keys))


def _words_between(places: Sequence[int], first: int, last: int) -> int:
    """How far the nearest of ``places``, in order, is from the words ``first`` to ``last``."""
    if first > last:
        return NEARBY
    after = bisect_left(places, first)
    beside = [max(0, place - last) for place in places[after : after + 1]]
    beside += [first - place for place in places[max(0, after - 1) : after]]
    return min(beside, default=NEARBY)


def coverages(
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


def reading_of(margin: float) -> float:
    """A reader's margin in twenties of logits, -1 to 1."""
    return max(-1.0, min(1.0, margin / MARGIN_BOUND))
