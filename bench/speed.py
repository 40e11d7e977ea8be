"""Timing of ingesting and of asking, for both systems, in the process that calls it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from bench import textbook
from bench.encoders import Stopwatch
from ingest.chunk import CHUNKER_VERSION
from rag.models.encoder import Encoder
from rag.models.remembering import RememberingEncoder
from rag.settings import Settings
from rag.store import Store, open_store
from rag.timings import Timings

SEARCH_STAGES = ("encode", "dense", "lexical", "fuse", "match")
"""Stages of a question that the textbook recipe has, too, together."""

WARM_UP = 3
"""Questions that are asked before the clock counts: the first ones open files and threads."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What an ingest made and how long it took: seconds in all and by stage.

    ``cut`` is reading and cutting into passages, tokens counted; ``encode`` the encoder;
    ``store`` writing to disk, indexes included.
    """

    passages: int
    characters: int
    seconds: float
    cut: float
    encode: float
    store: float


@dataclass(frozen=True, slots=True)
class Stage:
    """Milliseconds of one stage over all questions."""

    p50: float
    p95: float


def ingest_sanad(corpus: Path, folder: Path, encoder: Encoder, settings: Settings) -> Ingested:
    """Ingest a ``.jsonl`` file as ``sanad ingest`` does."""
    from ingest.pipeline import ingest

    timings = Timings()
    timed_encoder = Stopwatch(encoder, timings, encode_passages="encode")
    with open_store(
        folder, encoder.identity, create=True, chunker_version=CHUNKER_VERSION
    ) as store:
        timed_store = Stopwatch(store, timings, put="store")
        began = time.perf_counter()
        report = ingest(
            [corpus],
            cast("Store", timed_store),
            cast("Encoder", timed_encoder),
            max_source_mb=settings.max_source_mb,
        )
        seconds = time.perf_counter() - began
    if report.failed:
        raise RuntimeError(f"{corpus} was not read whole: {report.failed[0].reason}")
    return _ingested(report.chunks, corpus, seconds, timings)


def ingest_textbook(corpus: Path, folder: Path, encoder: Encoder, settings: Settings) -> Ingested:
    """Build the textbook's store from the same file."""
    import langchain_chroma  # noqa: F401  (its import is no part of the work)

    timings = Timings()
    timed_encoder = Stopwatch(encoder, timings, encode_passages="encode")
    began = time.perf_counter()
    pieces = textbook.split(_documents(corpus))
    timings.add("cut", (time.perf_counter() - began) * 1000)
    with textbook.build(pieces, folder, cast("Encoder", timed_encoder)):
        seconds = time.perf_counter() - began
    timings.add("store", seconds * 1000 - timings.ms["cut"] - timings.ms["encode"])
    return _ingested(len(pieces), corpus, seconds, timings)


def _documents(corpus: Path) -> Iterator[tuple[str, str]]:
    """(id, title and text) of each article, as a document loader gives them."""
    with corpus.open(encoding="utf-8") as file:
        for line in file:
            article = json.loads(line)
            yield article["id"], "\n\n".join(filter(None, (article["title"], article["text"])))


def _ingested(passages: int, corpus: Path, seconds: float, timings: Timings) -> Ingested:
    encode, store = timings.ms["encode"] / 1000, timings.ms["store"] / 1000
    characters = sum(len(text) for _, text in _documents(corpus))
    return Ingested(passages, characters, seconds, seconds - encode - store, encode, store)


def ask_sanad(
    store: Store, encoder: Encoder, settings: Settings, questions: Sequence[str]
) -> dict[str, Stage]:
    """Ask each question as if for the first time: nothing remembered but what is in the store.

    ``ask`` is the whole, ``search`` the part that the textbook recipe does, too, and ``cpu`` what
    all threads together worked, which tells more than the clock on a busy machine.
    """
    from rag.assistant import join, open_reader

    rows: list[Mapping[str, float]] = []
    reader = open_reader(settings)
    for question in [*questions[:WARM_UP], *questions]:
        assistant = join(settings, store, RememberingEncoder(encoder), reader)
        clock = _Clock()
        answer = assistant.ask(question)
        whole, cpu = clock.read()
        stages = {name: ms for name, ms in answer.timings.items() if name != "total"}
        search = sum(stages.get(name, 0.0) for name in SEARCH_STAGES)
        rows.append({**stages, "search": search, "ask": whole, "cpu": cpu})
    return _stages(rows[len(questions[:WARM_UP]) :])


def ask_textbook(
    folder: Path, encoder: Encoder, settings: Settings, questions: Sequence[str]
) -> dict[str, Stage]:
    """``similarity_search`` of each question, for as many passages as Sanad takes."""
    timings = Timings()
    timed = cast("Encoder", Stopwatch(encoder, timings, encode_queries="encode"))
    rows: list[Mapping[str, float]] = []
    with textbook.reopen(folder, timed) as store:
        for question in [*questions[:WARM_UP], *questions]:
            timings.ms.clear()
            clock = _Clock()
            store.similarity_search(question, k=settings.k)
            whole, cpu = clock.read()
            rows.append({**timings.ms, "search": whole, "cpu": cpu})
    return _stages(rows[len(questions[:WARM_UP]) :])


class _Clock:
    """Milliseconds since it was made: by the clock, and of this process's threads together."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return wall * 1000, cpu * 1000


def _stages(rows: Sequence[Mapping[str, float]]) -> dict[str, Stage]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: stage_of([row.get(name, 0.0) for row in rows]) for name in names}


def stage_of(values: Sequence[float]) -> Stage:
    """Median and 95th percentile of milliseconds."""
    p50, p95 = np.percentile(values, [50, 95])
    return Stage(round(float(p50), 2), round(float(p95), 2))


def stages_from_json(stages: Mapping[str, Any]) -> dict[str, Stage]:
    """The stages that another process printed."""
    return {name: Stage(**stage) for name, stage in stages.items()}
