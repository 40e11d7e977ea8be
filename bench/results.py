"""All that a run of the benchmark found, and how the two systems compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.beside import Beside
from bench.grid import TEXTBOOK, Score
from bench.machine import Machine
from bench.processes import ColdStart
from bench.scale import ScaleRow
from bench.speed import Ingested, Stage
from bench.worker import SystemName
from rag.models.identity import EncoderIdentity


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """One system at one size, ingesting and asking in a process each.

    With ``stand_in`` its passages were not really encoded (:class:`bench.encoders.SentenceMeans`).
    Memory is resident, in MB of 2**20 bytes; ``loaded_mb`` is that of libraries and encoder alone.
    """

    system: SystemName
    size: int
    stand_in: bool
    ingest: Ingested
    ask: dict[str, Stage]
    ingest_peak_mb: float
    ask_peak_mb: float
    loaded_mb: float


@dataclass(frozen=True, slots=True)
class ReadingFacts:
    """The set that finding was measured with, and how fast it was asked."""

    name: str
    questions: int
    paragraphs: dict[str, int]
    distractors: dict[str, int]
    ask: dict[str, Stage]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure of Sanad and the textbook's, and the first divided by the second."""

    measure: str
    sanad: float
    textbook: float

    @property
    def ratio(self) -> float:
        return self.sanad / self.textbook if self.textbook else float("inf")


@dataclass(slots=True)
class Results:
    """Filled in as the run goes on."""

    machine: Machine
    encoder: EncoderIdentity
    settings: dict[str, Any]
    quick: bool
    speed: list[SpeedRow] = field(default_factory=list)
    scale: list[ScaleRow] = field(default_factory=list)
    beside: Beside | None = None
    cold: ColdStart | None = None
    reading: ReadingFacts | None = None
    grid: list[Score] = field(default_factory=list)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        ratios = [{**asdict(found), "ratio": round(found.ratio, 4)} for found in ratios_of(self)]
        return {**asdict(self), "ratios": ratios}


def ratios_of(results: Results) -> list[Ratio]:
    """Every figure that both systems have."""
    return [*_speed_ratios(results.speed), *_grid_ratios(results.grid)]


def _speed_ratios(rows: Sequence[SpeedRow]) -> Iterator[Ratio]:
    textbooks = {row.size: row for row in rows if row.system == TEXTBOOK}
    for ours in rows:
        size = ours.size
        if ours.system == TEXTBOOK or size not in textbooks:
            continue
        theirs = textbooks[size]
        if ours.stand_in:
            pair = (row.ingest.cut + row.ingest.store for row in (ours, theirs))
            yield Ratio(f"cut and store, seconds, at {size:,}", *pair)
        else:
            yield Ratio(f"ingest, seconds, at {size:,}", ours.ingest.seconds, theirs.ingest.seconds)
        search = ours.ask["search"], theirs.ask["search"]
        yield Ratio(f"search p50, ms, at {size:,}", *(stage.p50 for stage in search))
        yield Ratio(f"search p95, ms, at {size:,}", *(stage.p95 for stage in search))
        yield Ratio(f"ingest peak, MB, at {size:,}", ours.ingest_peak_mb, theirs.ingest_peak_mb)
        yield Ratio(f"asking peak, MB, at {size:,}", ours.ask_peak_mb, theirs.ask_peak_mb)


def _grid_ratios(grid: Sequence[Score]) -> Iterator[Ratio]:
    scores = {(s.stores, s.question_lang, s.passage_lang, s.system): s for s in grid}
    for (stores, asker, target, system), ours in scores.items():
        theirs = scores.get((stores, asker, target, TEXTBOOK))
        if system == "hybrid" and theirs:
            where = f"{asker}→{target}, {stores}"
            yield Ratio(f"recall@1 {where}", ours.recall[1], theirs.recall[1])
            yield Ratio(f"MRR@10 {where}", ours.mrr, theirs.mrr)
