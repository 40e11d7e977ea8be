"""What the encoder learns from, and an epoch of its steps.

English passages have questions, each in several wordings and both languages; Arabic passages have
Arabic ones. Beside them stand translations, of sentences and of several sentences in a row.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.data import corpus
from training.data.cache import cached
from training.data.clean import distinct, shortened
from training.data.files import Pair, Row
from training.data.overlap import held_out
from training.data.words import Dictionary
from training.data.wordwise import Wordwise, phrases
from training.encoder.negatives import hard_negatives
from training.settings import EncoderSettings

HARD = 2
"""Hard negatives of a question that stand among its candidates."""
PASSAGE_WORDS = 48
"""Translations of this many words or more are passages, not sentences."""
IN_ARABIC, TRANSLATED = 0.15, 0.60
"""Shares of the passages of a step that are in Arabic words, and of those that are translations."""
LEAST, MOST = 2, 7
"""Sentences in a row that are glued to a passage."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Question:
    """Asks for a passage; ``wordings`` begin with the question as it was asked."""

    passage: str
    hard: tuple[str, ...]
    wordings: tuple[str, ...]


@dataclass(frozen=True)
class Sets:
    """Everything the encoder learns from, read once.

    ``questions`` are on the English ``passages``, ``arabic`` on Arabic ones; ``in_arabic`` are
    (passage in Arabic words, the English passage).
    """

    questions: list[Question]
    passages: list[str]
    in_arabic: list[tuple[str, str]]
    pairs: list[Pair]
    arabic: list[Question]


@dataclass(frozen=True)
class Step:
    """Questions with the place of each one's passage among the candidates; translations; passages.

    ``asked`` are the questions as they were asked, ``held`` counts the first ``pairs`` whose
    English stays where it is, ``against`` are English sides of other translations,
    ``passages`` are (text, text that the teacher should read), ``arabic`` are questions whose own
    passages come first among ``arabic_candidates``, in their order.
    """

    questions: list[str]
    asked: list[str]
    gold: list[int]
    candidates: list[str]
    pairs: list[Pair]
    held: int
    against: list[str]
    passages: list[tuple[str, str]]
    arabic: list[str]
    arabic_candidates: list[str]


def read_sets(folder: Path, cache: Path, settings: EncoderSettings) -> Sets:
    """Read, clean and decontaminate what the configuration names, and put it into other words."""
    words = corpus.dictionary(folder, cache)

    def prepare() -> Sets:
        held = held_out(folder / "dev")
        rng = random.Random(0)
        most = settings.passage_chars
        english, arabic = (
            [
                shortened(row, chars, rng)
                for name, cap in caps.items()
                for row in _answered(corpus.rows(folder, name, held), cap, name)
            ]
            for caps, chars in ((settings.questions, most), (settings.arabic, most // 2))
        )
        found = corpus.pairs(folder, settings.pairs, held)
        whole = corpus.pairs(folder, dict.fromkeys(settings.glued, sys.maxsize), held)
        glued = [list(glue(some, most, rng)) for some in whole.values()]
        pairs = [pair for some in found.values() for pair in some if _longest([pair]) <= most]
        for some, cap in zip(glued, settings.glued.values(), strict=True):
            pairs += rng.sample(some, min(cap, len(some)))
        pairs = list(distinct(pairs))
        own = [
            Question(row.passage, tuple(hard[:1]), (row.question,))
            for row, hard in zip(arabic, hard_negatives(arabic), strict=True)
        ]
        return build_sets(english, pairs, own, Wordwise(words, phrases(folder)), words, rng)

    options = (
        settings.questions, settings.arabic, settings.pairs, settings.glued, settings.passage_chars,
    )  # fmt: skip
    return cached(cache, "encoder-sets", folder, options, prepare)


def english_texts(sets: Sets) -> list[str]:
    """All that the teacher reads, each once."""
    passages = [*sets.passages, *(english for _, english in sets.in_arabic)]
    questions = [question.wordings[0] for question in sets.questions]
    return list(dict.fromkeys([*passages, *questions, *(pair.en for pair in sets.pairs)]))


def epoch(
    sets: Sets, settings: EncoderSettings, times: int, seed: int, number: int
) -> Iterator[Step]:
    """The steps of epoch ``number``, as many as the questions fill.

    ``times`` multiplies the counts of a step.
    """
    rng = random.Random(f"{seed} {number}")
    short: list[Pair] = []
    long: list[Pair] = []
    for pair in sets.pairs:
        (short if len(_WORD.findall(pair.en)) < PASSAGE_WORDS else long).append(pair)
    size = min(times * settings.batch_questions, len(sets.questions))
    for _ in range(len(sets.questions) // size):
        chosen = rng.sample(sets.questions, size)
        pairs = rng.sample(short, min(times * settings.batch_pairs, len(short)))
        own = {side for pair in pairs for side in (pair.en, pair.ar)}
        against = (rng.choice(sets.pairs) for _ in range(settings.others))
        candidates, gold = _candidates(sets, chosen, settings.candidates, rng)
        asked, found = _arabic(sets, times * settings.batch_arabic, rng)
        yield Step(
            [_wording(question, settings.as_asked, rng) for question in chosen],
            [question.wordings[0] for question in chosen],
            gold,
            candidates,
            pairs,
            times * settings.batch_held,
            [pair.en for pair in against if own.isdisjoint((pair.en, pair.ar))],
            [_passage(sets, long, rng) for _ in range(times * settings.batch_passages)],
            asked,
            found,
        )


def _candidates(
    sets: Sets, chosen: Sequence[Question], most: int, rng: random.Random
) -> tuple[list[str], list[int]]:
    """Passages to choose from, all different, and the place of each question's own."""
    places: dict[str, int] = {}
    gold = [places.setdefault(question.passage, len(places)) for question in chosen]
    for question in chosen:
        for text in question.hard:
            places.setdefault(text, len(places))
    while len(places) < min(most, len(sets.passages)):
        places.setdefault(rng.choice(sets.passages), len(places))
    return list(places), gold


def _arabic(sets: Sets, count: int, rng: random.Random) -> tuple[list[str], list[str]]:
    """Questions on Arabic passages, all different, and the passages, then their hard negatives."""
    own: dict[str, Question] = {}
    for question in rng.sample(sets.arabic, min(2 * count, len(sets.arabic))):
        if len(own) < count:
            own.setdefault(question.passage, question)
    hard = dict.fromkeys(text for question in own.values() for text in question.hard)
    return (
        [question.wordings[0] for question in own.values()],
        [*own, *(text for text in hard if text not in own)],
    )


def glue(pairs: Sequence[Pair], most: int, rng: random.Random) -> Iterator[Pair]:
    """Passages of translations that follow one another, of at most ``most`` characters a side."""
    at = 0
    while at < len(pairs):
        count = rng.randint(LEAST, MOST)
        some = pairs[at : at + count]
        while len(some) > 1 and _longest(some) > most:
            some = some[:-1]
        at += len(some)
        if len(some) >= LEAST:
            yield Pair(" ".join(p.en for p in some), " ".join(p.ar for p in some))


def _longest(pairs: Sequence[Pair]) -> int:
    """Characters of the longer side."""
    return max(sum(len(pair.en) for pair in pairs), sum(len(pair.ar) for pair in pairs))


def _wording(question: Question, as_asked: float, rng: random.Random) -> str:
    first, *others = question.wordings
    return first if not others or rng.random() < as_asked else rng.choice(others)


def _passage(sets: Sets, long: Sequence[Pair], rng: random.Random) -> tuple[str, str]:
    """A passage in Arabic words, a long translation, or an English passage that is to stay."""
    chance = rng.random()
    if chance < IN_ARABIC and sets.in_arabic:
        return rng.choice(sets.in_arabic)
    if chance < IN_ARABIC + TRANSLATED and long:
        pair = rng.choice(long)
        return pair.ar, pair.en
    text = rng.choice(sets.passages)
    return text, text


def build_sets(
    rows: Sequence[Row],
    pairs: list[Pair],
    arabic: list[Question],
    wordwise: Wordwise,
    words: Dictionary,
    rng: random.Random,
) -> Sets:
    """Questions on English passages in several wordings, and the passages in Arabic words."""
    if foreign := sorted({row.source for row in rows if row.lang != "en"}):
        raise ValueError(f"{', '.join(foreign)}: [encoder.questions] must be on English passages.")
    questions: list[Question] = []
    in_arabic: dict[str, str] = {}
    for row, hard in zip(rows, hard_negatives(rows), strict=True):
        whole = wordwise.row(row, rng)
        wordings = (
            row.question,
            wordwise.row(row, rng).question,
            words.switch(row.question, "ar", rng),
            words.switch(row.question, "ar", rng),
        )
        questions.append(Question(row.passage, tuple(hard[:HARD]), wordings))
        if whole.lang == "ar":
            in_arabic.setdefault(row.passage, whole.passage)
    passages = [text for q in questions for text in (q.passage, *q.hard)]
    translated = [(text, english) for english, text in in_arabic.items()]
    return Sets(questions, list(dict.fromkeys(passages)), translated, pairs, arabic)


def _answered(rows: list[Row], most: int, name: str) -> list[Row]:
    answered = [row for row in rows if row.answers]
    if len(answered) <= most:
        return answered
    return random.Random(name).sample(answered, most)
