"""How long a question takes while articles are ingested beside it, in the same process."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice, takewhile
from pathlib import Path

from bench import corpus
from bench.speed import Stage, stage_of
from ingest.jsonl import write_jsonl
from ingest.pipeline import ingest
from rag.assistant import join, open_reader
from rag.errors import StoreError
from rag.models.encoder import Encoder
from rag.models.remembering import RememberingEncoder
from rag.precedence import Precedence
from rag.settings import Settings
from rag.store import Store
from rag.types import Article

WARM_UP = 3
ALONE = 40
"""Questions asked with nothing beside them, half of them before the ingest and half after."""

PAUSE = 0.5
"""Longest pause between two questions, in seconds: they fall into every part of an ingest."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Milliseconds of a whole question, ``alone`` and while ``passages`` were ingested.

    ``rate`` is of passages a second while questions were asked.
    """

    passages: int
    questions: int
    rate: float
    alone: Stage
    beside: Stage

    @property
    def ratio(self) -> float:
        """How many times as long the 95th percentile is beside an ingest as alone."""
        return self.beside.p95 / self.alone.p95


def write_more(articles: Sequence[Article], passages: int, file: Path) -> None:
    """Write articles of about so many passages that no store of the benchmark has."""
    grown = corpus.grow(articles, passages + len(articles) * corpus.PARAGRAPHS, corpus.SEED + 1)
    copies = grown[len(articles) :]
    write_jsonl([replace(article, id=f"more-{article.id}") for article in copies], file)


def ask_beside(
    store: Store, encoder: Encoder, settings: Settings, questions: Sequence[str], more: Path
) -> Beside:
    """Ask ``questions`` in turns, as if for the first time, alone and while ``more`` is read."""
    precedence, reader = Precedence(), open_reader(settings)
    asked, rng = cycle(questions), random.Random(corpus.SEED)

    def times() -> Iterator[float]:
        for question in asked:
            own = join(settings, store, RememberingEncoder(encoder), reader, precedence)
            began = time.perf_counter()
            own.ask(question)
            yield (time.perf_counter() - began) * 1000
            time.sleep(rng.random() * PAUSE)

    running = times()
    list(islice(running, WARM_UP))
    before = list(islice(running, ALONE // 2))
    reading = _Reading(lambda: ingest([more], store, encoder, pause=precedence.give_way).chunks)
    beside = [next(running), *takewhile(lambda _: reading.going, running)]
    chunks, seconds = reading.outcome()
    after = list(islice(running, ALONE // 2))
    alone = stage_of([*before, *after])
    return Beside(chunks, len(beside), chunks / seconds, alone, stage_of(beside))


class _Reading:
    """An ingest in a thread."""

    def __init__(self, work: Callable[[], int]) -> None:
        self._work = work
        self._found: tuple[int, float] | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def going(self) -> bool:
        return self._thread.is_alive()

    def outcome(self) -> tuple[int, float]:
        """Passages and seconds."""
        self._thread.join()
        if self._found is None:
            raise StoreError("The articles beside the questions were not ingested.")
        return self._found

    def _run(self) -> None:
        began = time.perf_counter()
        self._found = self._work(), time.perf_counter() - began
