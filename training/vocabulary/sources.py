"""What a vocabulary is learnt from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
    found, held = pairs(config, caps(config)), held_out(config.data / "dev")
    counts = Counter(word for text in _texts(config, found, held) for word in stems.words(text))
    arabic = {word: count for word, count in counts.items() if stems.is_arabic_word(word)}
    return Sources(found, counts, stems.learn(arabic))


def caps(config: settings.TrainingSettings) -> dict[str, int]:
    """The parallel text of ``[vocabulary]`` and all lexica, with how much of each is read."""
    own = config.vocabulary
    return dict.fromkeys([*own.parallel, *corpus.LEXICA], own.most)


def pairs(config: settings.TrainingSettings, most: Mapping[str, int]) -> list[Pair]:
    """Translations of the files that ``most`` names, so many at most; cleaned, decontaminated."""
    found = cached(
        config.checkpoints, "pairs", config.data, most,
        lambda: corpus.pairs(config.data, most, held_out(config.data / "dev")),
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
