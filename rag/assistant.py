"""A whole assistant: the parts that the settings name, joined around :mod:`rag.chain`, to be asked.

:func:`open_assistant` opens and joins everything; :func:`join` takes parts that are open already.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.answer import AnswerChunk, Answerer
from rag.chain import AnswerLang, Ask, State, Way
from rag.models.encoder import Encoder, load_encoder
from rag.models.reader import Reader, load_reader
from rag.precedence import Precedence
from rag.search.retrieve import Search
from rag.settings import Settings
from rag.store import Store, open_configured
from rag.types import Answer, Turn

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from rag.search.langchain_adapter import HybridRetriever


@dataclass(frozen=True)
class Assistant:
    """Everything joined: ask it, or stream from it.

    An ingest beside it lets its questions go first if it pauses for ``precedence``.
    """

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
        async for state in self.way.states(ask):
            if state.answer is not None:
                yield state.answer

    @property
    def way(self) -> Way:
        """The way of its questions."""
        return Way(self.search, self.answerer, self.settings, self.precedence)

    @property
    def chain(self) -> Runnable[Ask, State]:
        """The way of its questions as a LangChain Runnable."""
        return self.way.as_runnable()

    @property
    def retriever(self) -> HybridRetriever:
        """The search as a LangChain retriever."""
        from rag.search.langchain_adapter import HybridRetriever

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
    return Assistant(search, answerer, store, encoder, settings, precedence or Precedence())


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
