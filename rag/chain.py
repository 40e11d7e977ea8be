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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypedDict

from langchain_core.runnables import (
    Runnable,
    RunnableGenerator,
    RunnableLambda,
    RunnablePassthrough,
)

from rag.answer import AnswerChunk, Answerer
from rag.answer.refusal_text import refusal
from rag.errors import QuestionError
from rag.language.text import Lang, detect_language
from rag.models.encoder import Encoder, encoder_identity, load_encoder
from rag.models.reader import Reader, load_reader
from rag.search.retrieve import HybridRetriever
from rag.settings import Settings
from rag.store import Store, open_store
from rag.timings import Timings
from rag.types import Answer, Hit, Question, Turn

AnswerLang = Literal["auto", "ar", "en"]


class Ask(TypedDict):
    """Input of the chain. ``k`` None means the settings' number of passages."""

    question: str
    history: Sequence[Turn]
    answer_lang: AnswerLang
    k: int | None


def build_chain(
    retriever: HybridRetriever, answerer: Answerer, settings: Settings
) -> Runnable[Any, Any]:
    """Question → standalone question → hits → answer.

    ``astream`` yields dictionaries with the keys ``question`` (:class:`~rag.types.Question`),
    ``hits`` and then ``answer`` (:class:`~rag.answer.AnswerChunk`, piece by piece), in this order.
    """

    async def understand(ask: Ask) -> dict[str, Any]:
        timings = Timings()
        with timings.stage("understand"):
            question = await _understand(ask, answerer, settings)
        return {
            "question": question,
            "k": ask["k"],
            "timings": timings,
            "began": time.perf_counter(),
        }

    async def retrieve(state: dict[str, Any]) -> tuple[Hit, ...]:
        question: Question = state["question"]
        return await asyncio.to_thread(
            retriever.search,
            question.standalone,
            k=state["k"],
            lang=question.lang,
            timings=state["timings"],
        )

    async def answer(states: AsyncIterator[dict[str, Any]]) -> AsyncIterator[AnswerChunk]:
        state: dict[str, Any] = {}
        async for part in states:
            state |= part
        question, hits = state["question"], state["hits"]
        async for chunk in _answer(answerer, question, hits):
            yield chunk if chunk.answer is None else _timed(chunk.answer, state)

    return (
        RunnableLambda(understand)
        | RunnablePassthrough.assign(hits=RunnableLambda(retrieve))
        | RunnablePassthrough.assign(answer=RunnableGenerator(answer))
    )


async def _understand(ask: Ask, answerer: Answerer, settings: Settings) -> Question:
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


async def _answer(
    answerer: Answerer, question: Question, hits: Sequence[Hit]
) -> AsyncIterator[AnswerChunk]:
    if not hits:
        empty = refusal(question, hits, (), {})
        yield AnswerChunk(empty.text)
        yield AnswerChunk(answer=empty)
        return
    async for chunk in answerer.stream(question, hits):
        yield chunk


def _timed(answer: Answer, state: dict[str, Any]) -> AnswerChunk:
    """The last chunk, with the timings of every stage and of the whole."""
    total = round((time.perf_counter() - state["began"]) * 1000, 3)
    timings = {**state["timings"].ms, **answer.timings, "total": total}
    return AnswerChunk(answer=replace(answer, timings=timings))


@dataclass(frozen=True)
class Assistant:
    """Everything joined: ask it, or stream from it."""

    chain: Runnable[Any, Any]
    retriever: HybridRetriever
    answerer: Answerer
    store: Store
    encoder: Encoder
    settings: Settings

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
        async for part in self.chain.astream(ask):
            if "answer" in part:
                yield part["answer"]


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
    identity = encoder_identity(settings.encoder)
    with open_store(
        settings.store,
        identity,
        chroma_url=settings.chroma_url,
        create=create,
        chunker_version=chunker_version,
    ) as store:
        encoder = load_encoder(settings.encoder, settings.threads)
        yield join(settings, store, encoder, open_reader(settings))


def join(
    settings: Settings, store: Store, encoder: Encoder, reader: Reader | None = None
) -> Assistant:
    """An assistant over parts that are open already."""
    retriever = HybridRetriever(store=store, encoder=encoder, settings=settings, reader=reader)
    answerer = make_answerer(settings, encoder)
    chain = build_chain(retriever, answerer, settings)
    return Assistant(chain, retriever, answerer, store, encoder, settings)


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
