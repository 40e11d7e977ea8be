"""The way of a question, from words to a cited answer.

:func:`build_chain` is the map: understand → retrieve → answer, as a LangChain Runnable.
:func:`open_assistant` joins the parts that the settings name.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypedDict

from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda

from rag.answer import AnswerChunk, Answerer
from rag.answer.refusal_text import refusal
from rag.errors import QuestionError
from rag.language.text import Lang, detect_language
from rag.models.encoder import Encoder, load_encoder
from rag.models.reader import Reader, load_reader
from rag.precedence import Precedence
from rag.search.langchain_adapter import HybridRetriever
from rag.search.retrieve import Search
from rag.search.trace import SearchTrace
from rag.settings import Settings
from rag.store import Store, open_configured
from rag.timings import Timings
from rag.types import Answer, Question, Turn

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


def build_chain(
    search: Search,
    answerer: Answerer,
    settings: Settings,
    precedence: Precedence | None = None,
) -> Runnable[Ask, State]:
    """Question → standalone question → search → answer.

    ``astream`` yields the :class:`State` once the search is done (with all that it came to, hits
    included), and then again with each piece of the answer. While passages are searched and read,
    the question has ``precedence``.
    """
    first = precedence or Precedence()

    async def begin(ask: Ask) -> State:
        timings = Timings()
        with timings.stage("understand"):
            question = await understand(ask, answerer, settings)
        return State(question, ask["k"], timings, time.perf_counter())

    async def retrieve(state: State) -> State:
        question = state.question
        with first.question():
            found = await asyncio.to_thread(
                search.find,
                question.standalone,
                k=state.k,
                lang=question.lang,
                timings=state.timings,
            )
        return replace(state, search=found)

    async def answer(states: AsyncIterator[State]) -> AsyncIterator[State]:
        async for state in states:
            yield state
            async for chunk in _answer(answerer, state):
                yield replace(state, answer=chunk)

    return RunnableLambda(begin) | RunnableLambda(retrieve) | RunnableGenerator(answer)


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


@dataclass(frozen=True)
class Assistant:
    """Everything joined: ask it, or stream from it.

    An ingest beside it lets its questions go first if it pauses for ``precedence``.
    """

    chain: Runnable[Ask, State]
    search: Search
    answerer: Answerer
    store: Store
    encoder: Encoder
    settings: Settings
    precedence: Precedence = field(default_factory=Precedence)

    def ask(
        self,
        text: str,
        history: Sequence[Turn] = (),
        *,
        answer_lang: AnswerLang = "auto",
        k: int | None = None,
    ) -> Answer:
        """The answer to ``text``.

        Raises:
            QuestionError: the question is empty or too long.
            ChatModelError: a chat model is set and cannot be had, or broke off.
        """

        async def last() -> Answer:
            async for chunk in self.stream(text, history, answer_lang=answer_lang, k=k):
                if chunk.answer is not None:
                    return chunk.answer
            raise RuntimeError("the answerer ended without an answer")

        return _run(last())

    async def stream(
        self,
        text: str,
        history: Sequence[Turn] = (),
        *,
        answer_lang: AnswerLang = "auto",
        k: int | None = None,
    ) -> AsyncIterator[AnswerChunk]:
        """Pieces of the answer's text, then one last chunk with the whole answer.

        Raises:
            QuestionError, ChatModelError: as :meth:`ask`.
        """
        ask = Ask(question=text, history=history, answer_lang=answer_lang, k=k)
        async for state in self.chain.astream(ask):
            if state.answer is not None:
                yield state.answer

    @property
    def retriever(self) -> HybridRetriever:
        """The search as a LangChain retriever."""
        return HybridRetriever(search=self.search)


def _run(answering: Coroutine[Any, Any, Answer]) -> Answer:
    """Run to the end, in a thread of its own where an event loop is running (a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(answering)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, answering).result()


@contextmanager
def open_assistant(
    settings: Settings, *, create: bool = False, chunker_version: int | None = None
) -> Iterator[Assistant]:
    """Open the store and load the models that ``settings`` name.

    ``chunker_version`` is that of the chunker in use, which a store records and compares.

    Raises:
        StoreError: the store is missing (unless ``create``), locked, or built by something else.
        EncoderError, ChatModelError: a model cannot be loaded.
    """
    with open_configured(settings, create=create, chunker_version=chunker_version) as store:
        encoder = load_encoder(settings.encoder, settings.threads)
        yield join(settings, store, encoder, open_reader(settings))


def join(
    settings: Settings,
    store: Store,
    encoder: Encoder,
    reader: Reader | None = None,
    precedence: Precedence | None = None,
) -> Assistant:
    """An assistant over parts that are open already, with a precedence of its own by default."""
    search = Search(store, encoder, settings, reader)
    answerer = make_answerer(settings, encoder)
    precedence = precedence or Precedence()
    chain = build_chain(search, answerer, settings, precedence)
    return Assistant(chain, search, answerer, store, encoder, settings, precedence)


def open_reader(settings: Settings) -> Reader | None:
    """The reader that ``settings`` name; None where they name none.

    Raises:
        ReaderError: it cannot be loaded.
    """
    if settings.reader == "none":
        return None
    return load_reader(Path(settings.reader), settings.threads)


def make_answerer(settings: Settings, encoder: Encoder) -> Answerer:
    """The generative answerer when a chat model is set, else the extractive one."""
    if settings.chat_model:
        from rag.answer.generative import open_generative

        return open_generative(settings)
    from rag.answer.extractive import ExtractiveAnswerer

    return ExtractiveAnswerer(encoder, refuse=settings.refuse)
