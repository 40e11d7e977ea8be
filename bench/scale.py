"""How a store behaves as it grows, without an encoder: one job a process, JSON in and JSON out.

``fill`` writes passages, ``ask`` opens the store and searches it, ``break`` kills a process in the
middle of a write, and ``reopen`` opens what that left.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar
from unittest.mock import patch

import numpy as np

from bench import synthetic
from bench.speed import Stage, stage_of
from rag.language.terms import analyze, query_terms
from rag.language.text import LANGS, Lang
from rag.settings import Settings
from rag.store import Store, open_store

SIZES = (10_000, 100_000, 300_000)
DEPTH = 60
"""Hits of each leg, as a question takes by default."""
COMMONEST, TOGETHER = 12, 5
"""Common words that are searched for one by one, and how many of them together."""
QUESTIONS = 60
WARM_UP = 4

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ScaleJob:
    """What to do with ``store``: fill it up to ``passages``, of which it has ``held``, or ask."""

    task: Literal["fill", "ask", "break", "reopen"]
    store: str
    passages: int
    held: int = 0

    @property
    def system(self) -> str:
        return "sanad"


@dataclass(frozen=True, slots=True)
class Filled:
    """Passages stored a second since the size before, and in the last tenth of that."""

    put: float
    put_last: float


@dataclass(frozen=True, slots=True)
class Asked:
    """An opened store: seconds to open it and to have a first answer; milliseconds a search.

    ``search`` is the whole of it but for the models: neither encoder nor match nor reader.
    ``recall`` is the share of the true nearest that the graph finds, and
    ``resident_mb`` what the process holds after all questions, in MB of 2**20 bytes.
    """

    open: float
    first_answer: float
    dense: Stage
    common: Stage
    together: Stage
    question: Stage
    search: Stage
    recall: float
    passage_bytes: float
    resident_mb: float


@dataclass(frozen=True, slots=True)
class Reopened:
    """Seconds from opening a store that was killed in a write: to an answer, and until mended."""

    broken_answer: float
    mended: float


@dataclass(frozen=True, slots=True)
class ScaleRow:
    """A store of one size."""

    passages: int
    filled: Filled
    asked: Asked
    reopened: Reopened


def row_of(
    passages: int, filled: dict[str, Any], asked: dict[str, Any], reopened: dict[str, Any]
) -> ScaleRow:
    """The row of what the jobs printed."""
    stages = {key: Stage(**value) for key, value in asked.items() if isinstance(value, dict)}
    return ScaleRow(passages, Filled(**filled), Asked(**{**asked, **stages}), Reopened(**reopened))


def fill(folder: Path, passages: int, held: int) -> Filled:
    """Put passages into the store until it has so many."""
    seconds: list[float] = []
    counts: list[int] = []
    with open_store(folder, synthetic.Encoder.identity, create=True) as store:
        for batch in synthetic.batches(passages, held):
            began = time.perf_counter()
            store.put(batch)
            seconds.append(time.perf_counter() - began)
            counts.append(sum(len(entry.chunks) for entry in batch))
    last = -max(1, len(seconds) // 10)
    return Filled(sum(counts) / sum(seconds), sum(counts[last:]) / sum(seconds[last:]))


def ask(folder: Path, passages: int) -> Asked:
    """Open the store and search it in every way."""
    import chromadb  # noqa: F401  (its import does not grow with the store)
    import psutil

    began = time.perf_counter()
    with open_store(folder, synthetic.Encoder.identity) as store:
        opened = time.perf_counter() - began
        _answer(store)
        answered = time.perf_counter() - began
        questions = synthetic.questions(QUESTIONS, passages)
        search = _whole_search(store)
        stages = {
            "dense": _each(lambda q: store.search_dense(q[1], q[0], DEPTH), _dense_queries()),
            **{name: _each(_lexical(store), found) for name, found in _queries(questions).items()},
            "search": _each(search, questions),
        }
        resident = psutil.Process().memory_info().rss / 2**20
        recall = recall_of(store, passages)
        size = store.status().size / passages
    return Asked(
        opened, answered, **stages, recall=recall, passage_bytes=size, resident_mb=resident
    )


def _lexical(store: Store) -> Callable[[tuple[Lang, list[str]]], object]:
    return lambda query: store.search_lexical(query[1], query[0], DEPTH)


def _dense_queries() -> list[tuple[Lang, synthetic.Matrix]]:
    pairs = zip(*(synthetic.queries(lang) for lang in LANGS), strict=True)
    return [(lang, vector) for pair in pairs for lang, vector in zip(LANGS, pair, strict=True)]


def _queries(questions: Sequence[str]) -> dict[str, list[tuple[Lang, list[str]]]]:
    """What the lexical leg is asked: a common word, several together, ordinary questions."""
    common: list[tuple[Lang, list[str]]] = []
    together: list[tuple[Lang, list[str]]] = []
    for lang in LANGS:
        terms = [analyze(word)[0] for word in synthetic.vocabulary(lang).common(COMMONEST)]
        common += [(lang, [term]) for term in terms]
        windows = range(COMMONEST - TOGETHER + 1)
        together += [(lang, terms[start : start + TOGETHER]) for start in windows]
    asked = [(lang, query_terms(q, lang, lang)) for q, lang in _with_languages(questions)]
    return {"common": common, "together": together, "question": asked}


def _with_languages(questions: Sequence[str]) -> Iterable[tuple[str, Lang]]:
    return ((question, LANGS[n % len(LANGS)]) for n, question in enumerate(questions))


def _whole_search(store: Store) -> Callable[[str], object]:
    from rag.search.retrieve import Search

    settings = Settings.model_construct(match_weight=0.0)  # the match takes the same at any size
    return Search(store, synthetic.Encoder(), settings).find


def _each(do: Callable[[T], object], values: Sequence[T]) -> Stage:
    taken = []
    for value in [*values[:WARM_UP], *values]:
        began = time.perf_counter()
        do(value)
        taken.append((time.perf_counter() - began) * 1000)
    return stage_of(taken[len(values[:WARM_UP]) :])


def _answer(store: Store) -> None:
    """A first search in each leg and language."""
    for lang in LANGS:
        store.search_dense(synthetic.queries(lang)[0], lang, DEPTH)
        store.search_lexical(analyze(synthetic.vocabulary(lang).common(1)[0]), lang, DEPTH)


def recall_of(store: Store, passages: int) -> float:
    """Mean share of each query's true nearest, by brute force, that the store finds."""
    shares = []
    for lang in LANGS:
        truth = synthetic.nearest(lang, passages, DEPTH)
        for query, true in zip(synthetic.queries(lang), truth, strict=True):
            found = {key for key, _ in store.search_dense(query, lang, DEPTH)}
            shares.append(len(found & true) / len(true))
    return float(np.mean(shares))


def break_off(folder: Path, passages: int) -> None:
    """Kill a process that writes, after the vector index has the new vectors (step 3 of 5)."""
    child = os.fork()
    if child == 0:
        from rag.store import writing

        first = -(-passages // synthetic.BATCH) * synthetic.BATCH
        store = open_store(folder, synthetic.Encoder.identity)
        with patch.object(writing, "replace", lambda *_: os.kill(os.getpid(), signal.SIGKILL)):
            store.put(next(synthetic.batches(first + synthetic.BATCH, first)))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        raise RuntimeError("The write was not broken off.")


def reopen(folder: Path) -> Reopened:
    """Open what a kill left, and wait until it is as it should be."""
    import chromadb  # noqa: F401

    began = time.perf_counter()
    with open_store(folder, synthetic.Encoder.identity) as store:
        _answer(store)
        answered = time.perf_counter() - began
        store.open_index()
        return Reopened(answered, time.perf_counter() - began)


def do(job: ScaleJob) -> dict[str, Any]:
    """What a job found."""
    folder = Path(job.store)
    if job.task == "fill":
        return asdict(fill(folder, job.passages, job.held))
    if job.task == "ask":
        return asdict(ask(folder, job.passages))
    if job.task == "break":
        break_off(folder, job.passages)
        return {}
    return asdict(reopen(folder))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(do(ScaleJob(**json.load(sys.stdin)))))
