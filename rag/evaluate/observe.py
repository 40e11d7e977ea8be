"""Asking scripted questions and keeping what happened: the very chain that readers use, watched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import PrivateAttr

from rag.answer.extractive import ExtractiveAnswerer
from rag.chain import Assistant, build_chain
from rag.encoder import RememberingEncoder
from rag.errors import SanadError
from rag.evaluate.gold import Gold, find_gold
from rag.evaluate.questions import ScriptedQuestion
from rag.retrieve import HybridRetriever
from rag.timings import Timings
from rag.trace import SearchTrace
from rag.types import Answer

_T = TypeVar("_T")

OnProgress = Callable[[int, int], None]
"""Called with how many questions are done, and of how many."""

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


class _WatchedRetriever(HybridRetriever):
    """A retriever that keeps the trace of its last search."""

    _last: SearchTrace | None = PrivateAttr(default=None)

    def trace(self, *args: Any, **kwargs: Any) -> SearchTrace:
        self._last = super().trace(*args, **kwargs)
        return self._last

    def take(self) -> SearchTrace | None:
        """The last trace, once."""
        last, self._last = self._last, None
        return last


def observe(
    assistant: Assistant,
    questions: Sequence[ScriptedQuestion],
    *,
    answers: bool = True,
    on_progress: OnProgress | None = None,
) -> list[Observation]:
    """Ask ``questions`` of ``assistant``; one that fails does not stop the rest.

    Questions are encoded together beforehand. Without ``answers`` passages are only looked for.
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
    encoder = RememberingEncoder(assistant.encoder, size=len(questions) + 1)
    encoder.encode_queries(await _standalone(assistant, questions))
    retriever = _WatchedRetriever(
        store=assistant.store, encoder=encoder, settings=assistant.settings
    )
    chain = build_chain(retriever, assistant.answerer, assistant.settings)
    watched = replace(assistant, chain=chain, retriever=retriever, encoder=encoder)
    observations = []
    for number, question in enumerate(questions, 1):
        ask = _answered if answers else _searched
        observations.append(await ask(watched, retriever, question))
        if on_progress:
            on_progress(number, len(questions))
    return observations


async def _standalone(assistant: Assistant, questions: Sequence[ScriptedQuestion]) -> list[str]:
    """The questions as they will be searched for, as far as that is known without a chat model."""
    if not isinstance(assistant.answerer, ExtractiveAnswerer):
        return [question.question for question in questions if not question.history]
    condense = assistant.answerer.condense
    return [
        await condense(q.question, q.history, q.lang) if q.history else q.question
        for q in questions
    ]


async def _answered(
    assistant: Assistant, retriever: _WatchedRetriever, question: ScriptedQuestion
) -> Observation:
    gold = find_gold(question, assistant.store)
    try:
        answer = await _answer(assistant, question)
    except SanadError as error:
        return Observation(question, gold, retriever.take(), error=str(error))
    withheld = None
    if answer.refused and answer.hits and isinstance(assistant.answerer, ExtractiveAnswerer):
        withheld = assistant.answerer.answer(answer.question, answer.hits, refuse=False)
    return Observation(
        question, gold, retriever.take(), answer.question.standalone, answer, withheld
    )


async def _answer(assistant: Assistant, question: ScriptedQuestion) -> Answer:
    answer = None
    async for chunk in assistant.stream(question.question, question.history):
        answer = chunk.answer or answer
    if answer is None:
        raise RuntimeError("the answerer ended without an answer")
    return answer


async def _searched(
    assistant: Assistant, retriever: _WatchedRetriever, question: ScriptedQuestion
) -> Observation:
    gold = find_gold(question, assistant.store)
    try:
        complete = question.question
        if question.history:
            complete = await assistant.answerer.condense(complete, question.history, question.lang)
        trace = retriever.trace(complete, lang=question.lang)
    except SanadError as error:
        return Observation(question, gold, error=str(error), answers=False)
    return Observation(question, gold, trace, complete, answers=False)


def measure_latency(
    assistant: Assistant, questions: Sequence[ScriptedQuestion], *, answers: bool = True
) -> list[dict[str, float]]:
    """Milliseconds per stage of a sample of questions, asked one by one as a reader asks.

    Nothing is encoded beforehand. The sample is spread evenly over the questions.
    """
    size = min(len(questions), LATENCY_SAMPLE)
    sample = [questions[place * len(questions) // size] for place in range(size)]
    return [_time(assistant, question, answers) for question in sample]


def _time(assistant: Assistant, question: ScriptedQuestion, answers: bool) -> dict[str, float]:
    if answers:
        return _run(_answer(assistant, question)).timings
    timings = Timings()
    with timings.stage("total"):
        assistant.retriever.search(question.question, lang=question.lang, timings=timings)
    return timings.ms
