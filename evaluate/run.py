"""The way of an evaluation: :func:`evaluate` is the map, from questions to a report."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evaluate.measure.judge import Judge, judge_all, judge_failures
from evaluate.measure.manifest import CorpusFacts, corpus_facts, make_manifest
from evaluate.measure.observe import OnProgress, measure_latency, observe
from evaluate.measure.outcome import measure
from evaluate.measure.summary import summarise
from evaluate.passages import Passage
from evaluate.questions.scripted import ScriptedQuestion, file_hash
from evaluate.results import Manifest, Outcome, Report
from rag.assistant import Assistant
from rag.errors import EvaluationError

SEED = 20220106

NOTHING_TO_ASK = (
    "There is no question to ask. Name a file that holds some; without answers, some with evidence."
)


@dataclass(frozen=True, slots=True)
class Task:
    """Questions to ask of an assistant, and the files that they were read from.

    Unless ``timed``, no question is asked once more to see how long it takes. ``of`` is how many
    questions there are in all, where this is one task of many that go by together.
    """

    assistant: Assistant
    questions: Sequence[ScriptedQuestion]
    files: Sequence[Path]
    timed: bool = True
    of: int | None = None


@dataclass(slots=True)
class _Gathered:
    """What the tasks so far came to."""

    outcomes: list[Outcome] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    passages: dict[str, Passage] = field(default_factory=dict)
    timings: list[dict[str, float]] = field(default_factory=list)
    corpora: dict[CorpusFacts, None] = field(default_factory=dict)
    files: dict[Path, str] = field(default_factory=dict)
    assistant: Assistant | None = None


def evaluate(
    tasks: Iterable[Task],
    *,
    answers: bool = True,
    seed: int = SEED,
    judge: Judge | None = None,
    given: bool = False,
    on_progress: OnProgress | None = None,
) -> Report:
    """Ask the questions of each task in its turn and sum up what became of all of them.

    Tasks are taken one after the other, so that their stores need not be open at once. Without
    ``answers`` passages are only looked for, and questions without a labelled passage are left
    out. ``seed`` is that of the resampling behind the intervals. ``given`` says that each question
    came with its passages, so that deciding whether they hold an answer is measured too.

    Raises:
        EvaluationError: there is nothing to ask, or two tasks share a question id.
        StoreError: the vector index of a store cannot be opened or mended.
    """
    began = time.perf_counter()
    gathered = _Gathered()
    for task in tasks:
        _run(task, answers, gathered, on_progress)
    if gathered.assistant is None or not gathered.outcomes:
        raise EvaluationError(NOTHING_TO_ASK)
    outcomes = tuple(gathered.outcomes)
    if judge:
        outcomes = asyncio.run(judge_all(outcomes, gathered.passages, judge))
    summary = summarise(
        outcomes,
        timings=gathered.timings,
        peak_memory_mb=peak_memory_mb(),
        seconds=time.perf_counter() - began,
        seed=seed,
        judge_failures=judge_failures(outcomes) if judge else None,
        given=given and answers,
    )
    manifest = _manifest(gathered.assistant, gathered, seed, answers)
    return Report(manifest, summary, outcomes, gathered.passages)


def _manifest(assistant: Assistant, gathered: _Gathered, seed: int, answers: bool) -> Manifest:
    return make_manifest(
        settings=assistant.settings,
        encoder=assistant.encoder.identity,
        files=gathered.files,
        questions=len(gathered.outcomes),
        corpora=tuple(gathered.corpora),
        seed=seed,
        answers=answers,
    )


def asked_of(task: Task, answers: bool) -> list[ScriptedQuestion]:
    """The questions of ``task`` that there is something to measure by."""
    return [question for question in task.questions if answers or question.evidence]


def _run(task: Task, answers: bool, gathered: _Gathered, on_progress: OnProgress | None) -> None:
    assistant = task.assistant
    gathered.assistant = assistant
    gathered.files |= {path: file_hash(path) for path in task.files}  # they may change meanwhile
    questions = asked_of(task, answers)
    assistant.store.open_index()  # a search without it is slower, and may find others
    told = _whole_progress(on_progress, len(gathered.outcomes), task.of)
    observations = observe(assistant, questions, answers=answers, on_progress=told)
    outcomes, passages = measure(observations, assistant.store, assistant.settings)
    _refuse_repeats(outcomes, gathered.ids)
    gathered.outcomes += outcomes
    gathered.passages |= passages
    if assistant.settings.chat_model and answers:  # asking twice would cost twice
        gathered.timings += [outcome.timings for outcome in outcomes if outcome.timings]
    elif task.timed:
        answered = [o.question for o in observations if o.error is None]
        gathered.timings += measure_latency(assistant, answered, answers=answers)
    gathered.corpora[corpus_facts(assistant.store)] = None  # tasks may be of the same articles


def peak_memory_mb() -> float:
    """The most memory that this process held at once, in MB of 2**20 bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _whole_progress(
    on_progress: OnProgress | None, before: int, of: int | None
) -> OnProgress | None:
    """How far it is with a task, or where it is one of many with all of them."""
    if on_progress is None or of is None:
        return on_progress
    return lambda done, _: on_progress(before + done, of)


def _refuse_repeats(outcomes: Sequence[Outcome], seen: set[str]) -> None:
    """Add the ids of ``outcomes`` to those ``seen``; none may be there already."""
    for outcome in outcomes:
        if outcome.id in seen:
            raise EvaluationError(
                f"The question id {outcome.id!r} occurs twice. Give each question its own."
            )
        seen.add(outcome.id)
