"""What a vocabulary is learnt from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from training import settings
from training.data import corpus
from training.data.cache import cached
from training.data.files import Pair, read_lines
from training.data.overlap import HeldOut, held_out
from training.vocabulary import stems


@dataclass(frozen=True)
class Sources:
    """Pairs of texts, how often each word occurs, and what Arabic words are made of."""

    pairs: list[Pair]
    counts: Counter[str]
    stems: stems.Stems


def read(config: settings.TrainingSettings) -> Sources:
    """Read, clean and decontaminate what ``[vocabulary]`` names."""
    found, held = pairs(config), held_out(config.data / "dev")
    counts = Counter(word for text in _texts(config, found, held) for word in stems.words(text))
    arabic = {word: count for word, count in counts.items() if stems.is_arabic_word(word)}
    return Sources(found, counts, stems.learn(arabic))


def pairs(config: settings.TrainingSettings) -> list[Pair]:
    """The parallel text of ``[vocabulary]`` and all lexica, cleaned and decontaminated."""
    own = config.vocabulary
    held = held_out(config.data / "dev")
    caps = {**dict.fromkeys(own.parallel, own.most), **dict.fromkeys(corpus.LEXICA, own.most)}
    found = cached(
        config.checkpoints, "start-pairs", config.data, caps,
        lambda: corpus.pairs(config.data, caps, held),
    )  # fmt: skip
    return [pair for some in found.values() for pair in some]


def _texts(
    config: settings.TrainingSettings, pairs: Sequence[Pair], held: HeldOut
) -> Iterator[str]:
    """Arabic text to learn words from; only words and their counts are taken from it."""
    yield from (pair.ar for pair in pairs)
    for name in config.vocabulary.texts:
        yield from read_lines(config.data / "mono" / f"{name}.txt.gz")
    for name in config.vocabulary.questions:
        rows = corpus.rows(config.data, name, held)
        yield from dict.fromkeys(row.passage for row in rows)
        yield from (row.question for row in rows)
