"""What the encoder learns from, and an epoch of its steps.

English passages have questions, each in several wordings and both languages; the same passages
stand in Arabic words; beside them stand translations.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from training.data import corpus
from training.data.cache import cached
from training.data.clean import shortened
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
IN_ARABIC, TRANSLATED = 0.45, 0.30
"""Shares of the passages of a step that are in Arabic words, and of those that are translations."""

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

    ``passages`` are English, ``in_arabic`` are (passage in Arabic words, the English passage).
    """

    questions: list[Question]
    passages: list[str]
    in_arabic: list[tuple[str, str]]
    pairs: list[Pair]


@dataclass(frozen=True)
class Step:
    """Questions with the place of each one's passage among the candidates; translations; passages.

    ``asked`` are the questions as they were asked, ``against`` English sides of other translations,
    ``passages`` are (text, text that the teacher should read).
    """

    questions: list[str]
    asked: list[str]
    gold: list[int]
    candidates: list[str]
    pairs: list[Pair]
    against: list[str]
    passages: list[tuple[str, str]]


def read_sets(folder: Path, cache: Path, settings: EncoderSettings) -> Sets:
    """Read, clean and decontaminate what the configuration names, and put it into other words."""
    words = corpus.dictionary(folder, cache)

    def prepare() -> Sets:
        held = held_out(folder / "dev")
        rng = random.Random(0)
        rows = [
            shortened(row, settings.passage_chars, rng)
            for name, most in settings.questions.items()
            for row in _answered(corpus.rows(folder, name, held), most, name)
        ]
        pairs = corpus.pairs(folder, settings.pairs, held)
        most = settings.passage_chars
        cut = [_cut(pair, most) for some in pairs.values() for pair in some]
        return _sets(rows, cut, words, Wordwise(words, phrases(folder)), rng)

    options = (settings.questions, settings.pairs, settings.passage_chars)
    return cached(cache, "encoder-sets", folder, options, prepare)


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
        own = {pair.en for pair in pairs}
        against = (rng.choice(sets.pairs).en for _ in range(settings.candidates // 3))
        candidates, gold = _candidates(sets, chosen, settings.candidates, rng)
        yield Step(
            [_wording(question, settings.as_asked, rng) for question in chosen],
            [question.wordings[0] for question in chosen],
            gold,
            candidates,
            pairs,
            [text for text in against if text not in own],
            [_passage(sets, long, rng) for _ in range(times * settings.batch_passages)],
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


def _sets(
    rows: Sequence[Row],
    pairs: list[Pair],
    words: Dictionary,
    wordwise: Wordwise,
    rng: random.Random,
) -> Sets:
    """Questions on English passages in several wordings, and the passages in Arabic words."""
    if foreign := sorted({row.source for row in rows if row.lang != "en"}):
        raise ValueError(f"{', '.join(foreign)}: the encoder learns from questions on English.")
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
    translated = [(arabic, english) for english, arabic in in_arabic.items()]
    return Sets(questions, list(dict.fromkeys(passages)), translated, pairs)


def _answered(rows: list[Row], most: int, name: str) -> list[Row]:
    answered = [row for row in rows if row.answers]
    if len(answered) <= most:
        return answered
    return random.Random(name).sample(answered, most)


def _cut(pair: Pair, most: int) -> Pair:
    return replace(pair, en=pair.en[:most], ar=pair.ar[:most])
