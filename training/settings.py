"""The one configuration file of all stages, typed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Machine:
    """What suits a kind of device, see ``[cpu]`` and ``[cuda]`` in config.toml."""

    threads: int
    tokens: int
    batch: int
    dropout: float


@dataclass(frozen=True, slots=True)
class BaseSettings:
    """See ``[base]`` in config.toml."""

    packed: str
    least: int
    longest: int


@dataclass(frozen=True, slots=True)
class VocabularySettings:
    """See ``[vocabulary]`` in config.toml."""

    base: str
    words: int
    stems: int
    parts: int
    longest: int
    most: int
    texts: list[str]
    questions: list[str]
    parallel: list[str]


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """See ``[encoder]`` in config.toml."""

    start: str
    teacher: str
    longest_question: int
    longest_passage: int
    passage_chars: int
    steps: int
    learning_rate: float
    warmup: float
    candidates: int
    others: int
    batch_questions: int
    batch_pairs: int
    batch_held: int
    batch_passages: int
    batch_arabic: int
    as_asked: float
    frozen: int
    of_start: float
    retrieval: float
    distillation: float
    glued: dict[str, int]
    questions: dict[str, int]
    arabic: dict[str, int]
    pairs: dict[str, int]


@dataclass(frozen=True, slots=True)
class AskedSettings:
    """See ``[asked]`` in config.toml."""

    start: str
    steps: int
    learning_rate: float
    of_start: float
    frozen: int
    warmup: float
    hold: float
    batch_questions: int
    batch_arabic: int
    batch_pairs: int
    batch_short: int
    batch_long: int
    translated: str
    sets: list[str]
    arabic: dict[str, int]
    pairs: dict[str, int]


@dataclass(frozen=True, slots=True)
class WordSettings:
    """See ``[words]`` in config.toml."""

    dimension: int
    weight: float
    rate: float
    steps: int
    batch: int
    steps_beside: int
    batch_beside: int
    pairs: dict[str, int]


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """See ``[reader]`` in config.toml."""

    start: str
    learnt: str
    longest: int
    passage_chars: int
    steps: int
    learning_rate: float
    embedding_rate: float
    frozen: int
    warmup: float
    written: list[str]
    impossible: float
    impossible_written: float
    exchanged: float
    around: float
    around_written: float
    translated: float
    switch_en: float
    switch_ar: float
    wordwise: float
    wordwise_question: float
    glue: float
    draw: dict[str, int]


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """The whole file."""

    data: Path
    checkpoints: Path
    seed: int
    cpu: Machine
    cuda: Machine
    base: BaseSettings
    vocabulary: VocabularySettings
    encoder: EncoderSettings
    asked: AskedSettings
    words: WordSettings
    reader: ReaderSettings


def load(file: Path) -> TrainingSettings:
    """Read ``file``; paths in it are relative to the working directory.

    Raises:
        ValueError: a key is missing, or there is one that nobody reads.
    """
    raw = tomllib.loads(file.read_text("utf-8"))
    parts: dict[str, type[Any]] = {
        "cpu": Machine,
        "cuda": Machine,
        "base": BaseSettings,
        "vocabulary": VocabularySettings,
        "encoder": EncoderSettings,
        "asked": AskedSettings,
        "words": WordSettings,
        "reader": ReaderSettings,
    }
    whole = _part(TrainingSettings, raw, str(file))
    found: dict[str, Any]
    found = {name: _part(kind, raw[name], f"{file} [{name}]") for name, kind in parts.items()}
    return replace(whole, data=Path(whole.data), checkpoints=Path(whole.checkpoints), **found)


def _part(kind: type[Part], raw: dict[str, Any], where: str) -> Part:
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if known != set(raw):
        raise ValueError(f"{where}: {', '.join(sorted(known ^ set(raw)))} missing or unknown")
    return kind(**raw)
