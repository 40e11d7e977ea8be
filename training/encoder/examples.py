"""An epoch of steps: each one batch of questions with passages and one of translations."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rag.types import LANGS, Lang
from training.data import corpus
from training.data.cache import cached
from training.data.clean import shortened
from training.data.files import Pair, Row
from training.data.overlap import held_out
from training.data.words import Dictionary
from training.encoder.negatives import hard_negatives
from training.settings import EncoderSettings

TEMPLATES: tuple[tuple[str, str], ...] = (
    ("{}", "{}"),
    ("Who is {}?", "من هو {}؟"),
    ("What did {} say?", "ماذا قال {}؟"),
    ("When did {} begin?", "متى بدأ {}؟"),
    ("Where is {}?", "أين يقع {}؟"),
    ("the statement of {}", "تصريح {}"),
    ("{} announced on Monday", "أعلن {} يوم الاثنين"),
)
"""What a name or term stands in: alone it says less of how it looks within a sentence."""


@dataclass(frozen=True)
class Sets:
    """Everything the encoder learns from, read once; ``hard`` are negatives by row."""

    rows: list[Row]
    hard: list[list[str]]
    pairs: dict[str, list[Pair]]
    words: Dictionary


@dataclass(frozen=True)
class Step:
    """Questions, their passages and one hard negative each; and pairs of translations."""

    questions: list[str]
    passages: list[str]
    negatives: list[str]
    pairs: list[Pair]


def read_sets(folder: Path, cache: Path, settings: EncoderSettings) -> Sets:
    """Read, clean and decontaminate what the configuration names."""

    def prepare() -> tuple[list[Row], list[list[str]], dict[str, list[Pair]]]:
        held = held_out(folder / "dev")
        rows = [
            row
            for name, most in settings.questions.items()
            for row in _answered(corpus.rows(folder, name, held), most, name)
        ]
        return rows, hard_negatives(rows), corpus.pairs(folder, settings.pairs, held)

    options = (settings.questions, settings.pairs)
    rows, hard, pairs = cached(cache, "encoder-sets", folder, options, prepare)
    return Sets(rows, hard, pairs, corpus.dictionary(folder, cache))


def epoch(
    sets: Sets, settings: EncoderSettings, times: int, seed: int, number: int
) -> Iterator[Step]:
    """The steps of epoch ``number``: every row once, passages of one language in each batch.

    ``times`` multiplies the counts of a step.
    """
    rng = random.Random(f"{seed} {number}")
    batches: list[tuple[Lang, list[int]]] = []
    for lang in LANGS:
        own = [i for i, row in enumerate(sets.rows) if row.lang == lang]
        rng.shuffle(own)
        size = times * settings.batch_questions
        batches += [(lang, own[at : at + size]) for at in range(0, len(own) - size + 1, size)]
    rng.shuffle(batches)
    pairs = list(_short(sets.pairs, settings.pair_chars))
    asked = [row.question for row in sets.rows if row.lang == "en"]
    for _, chosen in batches:
        translations = [_pair(*rng.choice(pairs), rng) for _ in range(times * settings.batch_pairs)]
        translations += [
            _switched(rng.choice(asked), sets.words, rng)
            for _ in range(times * settings.batch_switched)
        ]
        most = times * settings.batch_negatives
        yield _step(sets, chosen, translations, most, settings, rng)


def _step(
    sets: Sets,
    chosen: list[int],
    translations: list[Pair],
    negatives: int,
    settings: EncoderSettings,
    rng: random.Random,
) -> Step:
    rows = [shortened(sets.rows[i], settings.passage_chars, rng) for i in chosen]
    hard = [_negative(sets, i, settings.passage_chars, rng) for i in chosen]
    return Step(
        [_question(row, sets.words, settings, rng) for row in rows],
        [row.passage for row in rows],
        [text for text in hard if text][:negatives],
        translations,
    )


def _short(pairs: dict[str, list[Pair]], most: int) -> Iterator[tuple[bool, Pair]]:
    """(is a name or term, pair) of all pairs within ``most`` characters."""
    for name, found in pairs.items():
        for pair in found:
            if max(len(pair.en), len(pair.ar)) <= most:
                yield name in corpus.LEXICA, pair


def _answered(rows: list[Row], most: int, name: str) -> list[Row]:
    answered = [row for row in rows if row.answers]
    if len(answered) <= most:
        return answered * max(1, most // max(1, len(answered)))
    return random.Random(name).sample(answered, most)


def _negative(sets: Sets, place: int, most: int, rng: random.Random) -> str:
    if not sets.hard[place]:
        return ""
    row = replace(sets.rows[place], passage=rng.choice(sets.hard[place]), answers=())
    return shortened(row, most, rng).passage


def _question(row: Row, words: Dictionary, settings: EncoderSettings, rng: random.Random) -> str:
    english = row.lang == "en"
    if rng.random() >= (settings.switch_en if english else settings.switch_ar):
        return row.question
    return words.switch(row.question, "ar" if english else "en", rng)


def _pair(is_term: bool, pair: Pair, rng: random.Random) -> Pair:
    if not is_term:
        return pair
    en, ar = rng.choice(TEMPLATES)
    return Pair(en.format(pair.en), ar.format(pair.ar))


def _switched(question: str, words: Dictionary, rng: random.Random) -> Pair:
    """An English question beside itself in Arabic words."""
    return Pair(question, words.switch(question, "ar", rng))
