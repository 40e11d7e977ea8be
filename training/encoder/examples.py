"""What the encoder learns from, and an epoch of its steps.

Passages stand on shelves: English ones, the same in Arabic words, and Arabic ones. Each shelf has
questions, each in several wordings and both languages. Beside them stand translations.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.text import sentence_spans
from training.data import corpus
from training.data.cache import cached
from training.data.clean import shortened
from training.data.files import Pair, Row, read_lines
from training.data.overlap import held_out
from training.data.words import Dictionary
from training.data.wordwise import Wordwise, phrases
from training.encoder.negatives import hard_negatives
from training.settings import EncoderSettings

HARD = 2
"""Hard negatives of a question that stand among its candidates."""
SHORTEST_NEWS, SHORTEST_REST = 250, 150
"""Characters of a news paragraph that a question is cut from, and of what is left of it."""
FEWEST, MOST = 5, 14
"""Words of a sentence that make a question of it."""
SAID = 0.85
"""Chance that a word of those is kept."""
FORMULA = 48
"""Translations of more words than this are passages, not sentences."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Question:
    """Asks for a passage; ``wordings`` begin with the question as it was asked."""

    passage: str
    hard: tuple[str, ...]
    wordings: tuple[str, ...]


@dataclass(frozen=True)
class Shelf:
    """Passages and what asks for them; ``meant`` is each passage as the teacher should read it."""

    passages: list[str]
    meant: list[str]
    questions: list[Question]


@dataclass(frozen=True)
class Sets:
    """Everything the encoder learns from, read once."""

    shelves: dict[str, Shelf]
    pairs: list[Pair]


@dataclass(frozen=True)
class Step:
    """Questions with the place of each one's passage among the candidates; translations; passages.

    ``asked`` are the questions as they were asked, ``against`` English sides of other translations,
    ``passages`` are (text, text that the teacher should read).
    """

    shelf: str
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
        shelves = _shelves(rows, words, Wordwise(words, phrases(folder)), rng)
        news = [
            line
            for name in settings.news
            for line in read_lines(folder / "mono" / f"{name}.txt.gz")
            if len(line) > SHORTEST_NEWS and not held.shares(line)
        ]
        rng.shuffle(news)
        _add_news(shelves["ar"], news[: settings.news_questions], words, settings, rng)
        pairs = corpus.pairs(folder, settings.pairs, held)
        most = settings.passage_chars
        return Sets(shelves, [_cut(p, most) for some in pairs.values() for p in some])

    options = (
        settings.questions, settings.pairs, settings.news, settings.news_questions,
        settings.passage_chars,
    )  # fmt: skip
    return cached(cache, "encoder-sets", folder, options, prepare)


def epoch(
    sets: Sets, settings: EncoderSettings, times: int, seed: int, number: int
) -> Iterator[Step]:
    """The steps of epoch ``number``, as many as the questions fill; shelves by chance.

    ``times`` multiplies the counts of a step.
    """
    rng = random.Random(f"{seed} {number}")
    names, shares = zip(*settings.shelves.items(), strict=True)
    short = [pair for pair in sets.pairs if len(_WORD.findall(pair.en)) < FORMULA]
    size = times * settings.batch_questions
    for _ in range(sum(len(shelf.questions) for shelf in sets.shelves.values()) // size):
        name = rng.choices(names, shares)[0]
        yield _step(sets, name, short, size, times, settings, rng)


def _step(
    sets: Sets,
    name: str,
    short: Sequence[Pair],
    size: int,
    times: int,
    settings: EncoderSettings,
    rng: random.Random,
) -> Step:
    shelf = sets.shelves[name]
    chosen = rng.sample(shelf.questions, min(size, len(shelf.questions)))
    places: dict[str, int] = {}
    gold = [places.setdefault(question.passage, len(places)) for question in chosen]
    for question in chosen:
        for text in question.hard:
            places.setdefault(text, len(places))
    most = min(settings.candidates, len(shelf.passages))
    while len(places) < most:
        places.setdefault(rng.choice(shelf.passages), len(places))
    as_asked = settings.as_asked_ar if name == "ar" else settings.as_asked_en
    return Step(
        name,
        [_wording(question, as_asked, rng) for question in chosen],
        [question.wordings[0] for question in chosen],
        gold,
        list(places),
        [rng.choice(short) for _ in range(times * settings.batch_pairs)],
        [rng.choice(sets.pairs).en for _ in range(settings.candidates // 3)],
        [_passage(sets, rng) for _ in range(times * settings.batch_passages)],
    )


def _wording(question: Question, as_asked: float, rng: random.Random) -> str:
    first, *others = question.wordings
    return first if not others or rng.random() < as_asked else rng.choice(others)


def _passage(sets: Sets, rng: random.Random) -> tuple[str, str]:
    """A passage of some shelf, or the Arabic side of a translation."""
    shelf = rng.choice([*sets.shelves.values(), None])
    if shelf is None:
        pair = rng.choice(sets.pairs)
        return pair.ar, pair.en
    place = rng.randrange(len(shelf.passages))
    return shelf.passages[place], shelf.meant[place]


def _shelves(
    rows: Sequence[Row], words: Dictionary, wordwise: Wordwise, rng: random.Random
) -> dict[str, Shelf]:
    shelves = {name: Shelf([], [], []) for name in ("en", "arabic words", "ar")}
    translated: dict[str, str] = {}
    for row, hard in zip(rows, hard_negatives(rows), strict=True):
        near = tuple(hard[:HARD])
        if row.lang == "ar":
            other = tuple(words.switch(row.question, "en", rng) for _ in range(2))
            shelves["ar"].questions.append(Question(row.passage, near, (row.question, *other)))
            continue
        whole = wordwise.row(row, rng)
        wordings = (
            row.question,
            wordwise.row(row, rng).question,
            words.switch(row.question, "ar", rng),
            words.switch(row.question, "ar", rng),
        )
        shelves["en"].questions.append(Question(row.passage, near, wordings))
        if whole.lang == "ar":
            passage = translated.setdefault(row.passage, whole.passage)
            shelves["arabic words"].questions.append(Question(passage, (), wordings))
    for name, shelf in shelves.items():
        kept = [text for q in shelf.questions for text in (q.passage, *q.hard)]
        shelf.passages.extend(dict.fromkeys(kept))
        if name != "arabic words":
            shelf.meant.extend(shelf.passages)
    english = {arabic: text for text, arabic in translated.items()}
    shelves["arabic words"].meant.extend(english[t] for t in shelves["arabic words"].passages)
    return shelves


def _add_news(
    shelf: Shelf,
    news: Sequence[str],
    words: Dictionary,
    settings: EncoderSettings,
    rng: random.Random,
) -> None:
    """Paragraphs asked for by words of one of their sentences (inverse cloze, Lee et al. 2019)."""
    known = set(shelf.passages)
    for text in dict.fromkeys(news):
        start, end = rng.choice(sentence_spans(text) or [(0, len(text))])
        said = _WORD.findall(text[start:end])
        if len(said) < FEWEST:
            continue
        count = rng.randint(FEWEST, min(MOST, len(said)))
        first = rng.randrange(len(said) - count + 1)
        asked = " ".join(w for w in said[first : first + count] if rng.random() < SAID)
        rest = text if rng.random() < 0.5 else text[:start] + text[end:]
        passage = (rest if len(rest) >= SHORTEST_REST else text)[: settings.passage_chars]
        if passage in known:
            continue
        known.add(passage)
        shelf.passages.append(passage)
        shelf.meant.append(passage)
        shelf.questions.append(Question(passage, (), (asked, words.switch(asked, "en", rng))))


def _answered(rows: list[Row], most: int, name: str) -> list[Row]:
    answered = [row for row in rows if row.answers]
    if len(answered) <= most:
        return answered
    return random.Random(name).sample(answered, most)


def _cut(pair: Pair, most: int) -> Pair:
    return replace(pair, en=pair.en[:most], ar=pair.ar[:most])
