"""Questions in Arabic about passages of either language, and what is held beside them.

Questions of English sets were put into Arabic for this, a file that stands beside the recipe; their
passages are the sets'.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from training.data import corpus
from training.data.clean import shortened
from training.data.files import Pair, Row, read_pairs
from training.data.overlap import held_out, kept
from training.settings import AskedSettings, TrainingSettings

Item = TypeVar("Item")


@dataclass(frozen=True)
class Asked:
    """``questions`` are (English and Arabic, English passage), ``arabic`` (question, passage)."""

    questions: list[tuple[Pair, str]]
    arabic: list[tuple[str, str]]
    pairs: list[Pair]

    def passages(self) -> list[str]:
        """Of both languages, one for each question."""
        return [passage for _, passage in [*self.questions, *self.arabic]]

    def english(self) -> list[str]:
        """Questions and sentences."""
        return [pair.en for pair in [*(pair for pair, _ in self.questions), *self.pairs]]


@dataclass(frozen=True)
class Step(Asked):
    """Some of each; ``short`` and ``long`` texts are held where the start put them."""

    short: list[str]
    long: list[str]


def read(config: TrainingSettings) -> Asked:
    """Read and decontaminate what ``[asked]`` names.

    Raises:
        ValueError: no question of the sets is translated.
    """
    own, held = config.asked, held_out(config.data / "dev")
    most, rng = config.encoder.passage_chars, random.Random(config.seed)
    known = {pair.en: pair for pair in translated(config)}
    questions = [
        (known[_plain(row.question)], row.passage)
        for name in own.sets
        for row in _once(corpus.rows(config.data, name, held), most, rng)
        if _plain(row.question) in known
    ]
    if not questions:
        raise ValueError(f"{own.translated} holds no question of {', '.join(own.sets)}.")
    arabic = [
        (row.question, row.passage)
        for name, count in own.arabic.items()
        for row in _once(corpus.rows(config.data, name, held)[:count], most // 2, rng)
    ]
    found = corpus.pairs(config.data, own.pairs, held)
    return Asked(questions, arabic, [pair for some in found.values() for pair in some])


def translated(config: TrainingSettings) -> list[Pair]:
    """The questions that were put into Arabic, decontaminated."""
    pairs = list(read_pairs(Path(config.asked.translated)))
    return kept(pairs, ((pair.en, pair.ar) for pair in pairs), held_out(config.data / "dev"))


def held_texts(asked: Asked) -> list[str]:
    """All texts that stay where the start puts them, each once."""
    return list(dict.fromkeys([*asked.passages(), *asked.english()]))


def epoch(
    asked: Asked, settings: AskedSettings, times: int, seed: int, number: int
) -> Iterator[Step]:
    """The steps of epoch ``number``: every question once, what does not fill a step left out.

    ``times`` multiplies the counts of a step.
    """
    rng = random.Random(f"{seed} {number}")
    passages, short = asked.passages(), asked.english()
    order = rng.sample(asked.questions, len(asked.questions))
    size = min(times * settings.batch_questions, len(order))
    for start in range(0, len(order) - size + 1, size):
        yield Step(
            order[start : start + size],
            _some(asked.arabic, times * settings.batch_arabic, rng),
            _some(asked.pairs, times * settings.batch_pairs, rng),
            _some(short, times * settings.batch_short, rng),
            _some(passages, times * settings.batch_long, rng),
        )


def _once(rows: Sequence[Row], most: int, rng: random.Random) -> Iterator[Row]:
    """Answered rows; of a passage that is cut to ``most`` characters the first only.

    Two cuts of one passage would both be right.
    """
    cut: set[str] = set()
    for row in rows:
        if row.answers and row.passage not in cut:
            yield shortened(row, most, rng)
            if len(row.passage) > most:
                cut.add(row.passage)


def _plain(question: str) -> str:
    return " ".join(question.split())


def _some(items: Sequence[Item], count: int, rng: random.Random) -> list[Item]:
    return rng.sample(items, min(count, len(items)))
