"""Asking scripted questions and keeping what happened: the very chain that readers use, watched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from evaluate.questions.gold import Gold, find_gold
from evaluate.questions.scripted import ScriptedQuestion
from rag.answer.extractive import ExtractiveAnswerer
from rag.assistant import Assistant
from rag.chain import Ask, understand
from rag.errors import SanadError
from rag.models.remembering import RememberingEncoder
from rag.search.retrieve import Search
from rag.search.trace import SearchTrace
from rag.timings import Timings
from rag.types import Answer, Question

_T = TypeVar("_T")

OnProgress = Callable[[int, int], None]
"""Called with how many questions are done, and of how many."""

_NOT_AHEAD = {"encode", "total"}
"""Stages whose time says nothing of a reader's wait where questions were encoded beforehand."""

AT_ONCE = 4
"""Questions asked at the same time: while one is computed, another can search."""

LATENCY_SAMPLE = 40
"""Questions asked again, one by one, to see how long an answer takes."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What happened to a question.

    ``withheld`` is the answer that was not given when it was refused (extractive answers).
    ``trace`` and ``answer`` are None where the run did not get that far; ``error`` says why.
    ``answers`` is False where passages were only to be looked for.
    """

    question: ScriptedQuestion
    gold: Gold
    trace: SearchTrace | None = None
    standalone: str = ""
    answer: Answer | None = None
    withheld: Answer | None = None
    error: str | None = None
    answers: bool = True


def observe(
    assistant: Assistant,
    questions: Sequence[ScriptedQuestion],
    *,
    answers: bool = True,
    on_progress: OnProgress | None = None,
) -> list[Observation]:
    """Ask ``questions`` of ``assistant``; one that fails does not stop the rest.

    Without ``answers`` passages are only looked for. Where sentences are quoted, questions are
    encoded together beforehand and asked :data:`AT_ONCE` at a time, which is several times as
    fast. The timings of the answers then lack ``encode`` and ``total``, and the other stages took
    longer than they do alone: what a reader waits for is :func:`measure_latency`'s.
    """
    return _run(_observe(assistant, questions, answers, on_progress))


def _run(asking: Coroutine[Any, Any, _T]) -> _T:
    """As ``asyncio.run``, but an interrupt does not make LangChain's idle tasks complain."""
    with asyncio.Runner() as runner:
        runner.get_loop().set_exception_handler(_complain)
        return runner.run(asking)


def _complain(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), StopAsyncIteration):
        loop.default_exception_handler(context)


async def _observe(
    assistant: Assistant,
    questions: Sequence[ScriptedQuestion],
    answers: bool,
    on_progress: OnProgress | None,
) -> list[Observation]:
    ahead = _is_ahead(assistant)
    if ahead:
        assistant = _remembering(assistant, len(questions) + 1)
        await _encode_ahead(assistant, questions)
    ask = _answered if answers else _searched
    waiting = iter(enumerate(questions))
    observations: dict[int, Observation] = {}

    async def work() -> None:
        for place, question in waiting:
            observations[place] = await ask(assistant, question)
            if on_progress:
                on_progress(len(observations), len(questions))

    await asyncio.gather(*(work() for _ in range(AT_ONCE if ahead else 1)))
    return [observations[place] for place in range(len(questions))]


def _is_ahead(assistant: Assistant) -> bool:
    """Whether questions are encoded beforehand: a chat model is too slow for that to matter."""
    return isinstance(assistant.answerer, ExtractiveAnswerer)


def _remembering(assistant: Assistant, size: int) -> Assistant:
    """The assistant with a search that does not encode the same question twice."""
    encoder, search = RememberingEncoder(assistant.encoder, size), assistant.search
    search = Search(search.store, encoder, search.settings, search.reader)
    return replace(assistant, search=search, encoder=encoder)


async def _encode_ahead(assistant: Assistant, questions: Sequence[ScriptedQuestion]) -> None:
    """Encode together what will be searched for; what cannot be asked is reported when it is."""
    texts = []
    for question in questions:
        with suppress(SanadError):
            texts.append((await _understood(assistant, question)).standalone)
    assistant.encoder.encode_queries(texts)


def _ask(question: ScriptedQuestion) -> Ask:
    return Ask(question=question.question, history=question.history, answer_lang="auto", k=None)


async def _understood(assistant: Assistant, question: ScriptedQuestion) -> Question:
    return await understand(_ask(question), assistant.answerer, assistant.settings)


async def _answered(assistant: Assistant, question: ScriptedQuestion) -> Observation:
    gold, trace, answer = find_gold(question, assistant.store), None, None
    try:
        async for state in assistant.way.states(_ask(question)):
            trace = state.search
            if state.answer is not None:
                answer = state.answer.answer or answer
    except SanadError as error:
        return Observation(question, gold, trace, error=str(error))
    if answer is None or trace is None:
        raise RuntimeError("the answerer ended without an answer")
    withheld = None
    if answer.refused and answer.hits and isinstance(assistant.answerer, ExtractiveAnswerer):
        withheld = await asyncio.to_thread(
            assistant.answerer.answer, answer.question, trace.hits, trace.signals, refuse=False
        )
    if _is_ahead(assistant):
        known = {stage: ms for stage, ms in answer.timings.items() if stage not in _NOT_AHEAD}
        answer = replace(answer, timings=known)
    return Observation(question, gold, trace, answer.question.standalone, answer, withheld)


async def _answer(assistant: Assistant, question: ScriptedQuestion) -> Answer:
    answer = None
    async for chunk in assistant.stream(question.question, question.history):
        answer = chunk.answer or answer
    if answer is None:
        raise RuntimeError("the answerer ended without an answer")
    return answer


async def _searched(assistant: Assistant, question: ScriptedQuestion) -> Observation:
    gold = find_gold(question, assistant.store)
    try:
        asked = await _understood(assistant, question)
        trace = await asyncio.to_thread(assistant.search.find, asked.standalone, lang=asked.lang)
    except SanadError as error:
        return Observation(question, gold, error=str(error), answers=False)
    return Observation(question, gold, trace, asked.standalone, answers=False)


def measure_latency(
    assistant: Assistant, questions: Sequence[ScriptedQuestion], *, answers: bool = True
) -> list[dict[str, float]]:
    """Milliseconds per stage of a sample of questions, asked one by one as a reader asks.

    Nothing is encoded beforehand, but words and numbers of passages that were read a moment ago are
    known, which saves about a tenth. The sample is spread evenly over the questions; one that
    fails this time is left out.
    """
    size = min(len(questions), LATENCY_SAMPLE)
    sample = [questions[place * len(questions) // size] for place in range(size)]
    timed = (_time(assistant, question, answers) for question in sample)
    return [timings for timings in timed if timings is not None]


def _time(
    assistant: Assistant, question: ScriptedQuestion, answers: bool
) -> dict[str, float] | None:
    try:
        if answers:
            return _run(_answer(assistant, question)).timings
        asked = _run(_understood(assistant, question))
    except SanadError:
        return None
    timings = Timings()
    with timings.stage("total"):
        assistant.search.find(asked.standalone, lang=asked.lang, timings=timings)
    return timings.ms
