"""The way of a question, from words to a cited answer.

:meth:`Way.states` is the map: understand → retrieve → answer; :meth:`Way.as_runnable` is the same
as a LangChain Runnable. :mod:`rag.assistant` joins it with the parts that the settings name.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypedDict

from rag.answer import AnswerChunk, Answerer
from rag.answer.refusal_text import refusal
from rag.errors import QuestionError
from rag.language.text import Lang, detect_language
from rag.precedence import Precedence
from rag.search.retrieve import Search
from rag.search.trace import SearchTrace
from rag.settings import Settings
from rag.timings import Timings
from rag.types import Answer, Question, Turn

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

AnswerLang = Literal["auto", "ar", "en"]


class Ask(TypedDict):
    """Input of the chain. ``k`` None means the settings' number of passages."""

    question: str
    history: Sequence[Turn]
    answer_lang: AnswerLang
    k: int | None


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a question on its way; each stage of the chain adds to it.

    ``began`` is when it was understood, in seconds of :func:`time.perf_counter`; the whole time
    counts from there. Adding a later state joins the pieces of the answer.
    """

    question: Question
    k: int | None
    timings: Timings
    began: float
    search: SearchTrace | None = None
    answer: AnswerChunk | None = None

    def __add__(self, later: State) -> State:
        if self.answer is None or later.answer is None:
            return replace(later, answer=later.answer or self.answer)
        return replace(later, answer=self.answer + later.answer)


@dataclass(frozen=True)
class Way:
    """Question → standalone question → search → answer.

    While passages are searched and read, the question has ``precedence``.
    """

    search: Search
    answerer: Answerer
    settings: Settings
    precedence: Precedence = field(default_factory=Precedence)

    async def states(self, ask: Ask) -> AsyncIterator[State]:
        """The :class:`State` once the search is done, and again with each piece of the answer."""
        async for state in self.answered(await self.found(await self.begun(ask))):
            yield state

    def as_runnable(self) -> Runnable[Ask, State]:
        """The same steps as a Runnable, to be traced, or be part of another chain."""
        from langchain_core.runnables import RunnableGenerator, RunnableLambda

        async def answer(found: AsyncIterator[State]) -> AsyncIterator[State]:
            async for state in found:
                async for later in self.answered(state):
                    yield later

        return (
            RunnableLambda(self.begun, name="understand")
            | RunnableLambda(self.found, name="retrieve")
            | RunnableGenerator(answer, name="answer")
        )

    async def begun(self, ask: Ask) -> State:
        """The question understood."""
        timings = Timings()
        with timings.stage("understand"):
            question = await understand(ask, self.answerer, self.settings)
        return State(question, ask["k"], timings, time.perf_counter())

    async def found(self, state: State) -> State:
        """What the search came to, hits included."""
        question = state.question
        with self.precedence.question():
            found = await asyncio.to_thread(
                self.search.find,
                question.standalone,
                k=state.k,
                lang=question.lang,
                timings=state.timings,
            )
        return replace(state, search=found)

    async def answered(self, state: State) -> AsyncIterator[State]:
        """What was found, and then the answer, piece by piece."""
        yield state
        async for chunk in _answer(self.answerer, state):
            yield replace(state, answer=chunk)


async def understand(ask: Ask, answerer: Answerer, settings: Settings) -> Question:
    """The question as it is searched for: complete in itself, with its languages.

    Raises:
        QuestionError: it is empty or too long.
        ChatModelError: a chat model is to complete it and cannot be had.
    """
    text = ask["question"].strip()
    check_question(text, settings.max_question_chars)
    history = tuple(ask["history"])
    lang = detect_language(text, default=_last_language(history))
    wanted = ask["answer_lang"] if ask["answer_lang"] != "auto" else settings.answer_lang
    complete = await answerer.condense(text, history, lang) if history else text
    return Question(text, complete, lang, lang if wanted == "auto" else wanted, history)


def check_question(text: str, limit: int) -> None:
    """Raise if ``text`` cannot be asked.

    Raises:
        QuestionError: it is empty, holds no word, or is longer than ``limit`` characters.
    """
    if not any(c.isalnum() for c in text):
        raise QuestionError("The question is empty. Write what you want to know in a few words.")
    if len(text) > limit:
        raise QuestionError(
            f"The question has {len(text):,} characters; {limit:,} are the limit. Shorten it, or "
            "raise SANAD_MAX_QUESTION_CHARS."
        )


def _last_language(history: Sequence[Turn]) -> Lang:
    return detect_language(history[-1].question) if history else "en"


async def _answer(answerer: Answerer, state: State) -> AsyncIterator[AnswerChunk]:
    """What the answerer says to what was found; the last chunk with the timings of all stages."""
    question, found = state.question, state.search
    if found is None or not found.hits:
        empty = refusal(question, (), (), {})
        yield AnswerChunk(empty.text)
        yield AnswerChunk(answer=_timed(empty, state))
        return
    async for chunk in answerer.stream(question, found.hits, found.signals):
        yield chunk if chunk.answer is None else AnswerChunk(answer=_timed(chunk.answer, state))


def _timed(answer: Answer, state: State) -> Answer:
    """The answer with the timings of every stage and of the whole, and what the index was doing."""
    total = round((time.perf_counter() - state.began) * 1000, 3)
    return replace(
        answer,
        timings={**state.timings.ms, **answer.timings, "total": total},
        index=state.search.index if state.search else "ready",
    )
