"""Answers written by a chat model, from the passages that were found and nothing else.

The model sees numbered passages and is told to name one behind every sentence; what it writes
is then checked against them (:mod:`rag.answer.cite`), so that a reader learns which sentences hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, cast

from rag.answer import AnswerChunk
from rag.answer.chat_model import (
    PROVIDERS,
    WAY_OUT,
    ModelName,
    explain,
    load_chat_model,
    model_name,
)
from rag.answer.cite import cite, parse_markers, render
from rag.answer.draft import NO_ANSWER, Draft
from rag.answer.passages import as_data, lay_out_passages, lay_out_turns
from rag.answer.prompts import load_prompt
from rag.answer.refusal_text import refusal
from rag.errors import ChatModelError
from rag.language.text import LANGS, Lang
from rag.search.trace import NO_SIGNALS, Signals
from rag.settings import PROMPTS, Settings
from rag.types import Answer, Hit, Question, Turn

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk

LONGEST_ANSWER = 8000
"""Characters after which a model is taken to have lost its way: three sentences are asked for."""

LONGEST_REASONING = 200_000
"""Characters of thinking aloud, or pieces without a word, after which it is taken so too."""

# What the providers end a whole answer with.
_ENDS = {"finish_reason", "stop_reason", "done_reason", "done", "status"}


def open_generative(settings: Settings) -> GenerativeAnswerer:
    """The answerer for ``settings.chat_model``; nothing is sent to the model yet.

    Raises:
        ChatModelError: the model cannot be had.
        SettingsError: a prompt is missing or not a prompt.
    """
    return GenerativeAnswerer(load_chat_model(settings), model_name(settings))


class GenerativeAnswerer:
    """Answers with any LangChain chat model.

    ``name`` is what errors call the model, and says how many seconds to wait for each piece of
    an answer. ``prompts`` is the folder of the prompt files.
    """

    def __init__(self, model: BaseChatModel, name: ModelName, prompts: Path = PROMPTS) -> None:
        self._model = model
        self._name = name
        self._answer = {lang: load_prompt("answer", lang, prompts) for lang in LANGS}
        self._condense = {lang: load_prompt("condense", lang, prompts) for lang in LANGS}

    async def condense(self, text: str, history: Sequence[Turn], lang: Lang) -> str:
        """Rewrite ``text`` so that it can be searched for without its conversation.

        One call of the model when there is a history, none otherwise; ``text`` itself when
        what the model writes cannot be a question.

        Raises:
            ChatModelError: the model cannot be reached, broke off, or came to no end of reasoning.
        """
        if not history:
            return text
        draft = Draft()
        conversation = lay_out_turns(history)
        messages = self._condense[lang].render(conversation=conversation, question=as_data(text))
        async with aclosing(self._pieces(messages)) as pieces:
            async for piece in pieces:
                self._add(draft, piece)
                if draft.length > LONGEST_ANSWER:
                    return text
        rewritten, declined = draft.end()
        rewritten = _unquoted(rewritten)
        usable = any(map(str.isalnum, rewritten)) and not declined and "\n" not in rewritten
        return rewritten if usable and len(rewritten) <= max(300, 3 * len(text)) else text

    async def stream(
        self,
        question: Question,
        hits: Sequence[Hit],
        signals: Mapping[str, Signals] = NO_SIGNALS,
    ) -> AsyncGenerator[AnswerChunk, None]:
        """Answer ``question`` from ``hits``; the last chunk carries the answer.

        The model judges for itself: ``signals`` are not used. The pieces are a preview: the
        answer's own text has its citations checked and numbered anew, and may leave out what turned
        out to be no part of it. When an error ends the stream, the pieces before it are no answer.

        Raises:
            ChatModelError: the model cannot be reached, broke off, wrote nothing, or came to no
                end.
        """
        draft, started, first = Draft(), perf_counter(), 0.0
        messages = self._answer[question.answer_lang].render(
            passages=lay_out_passages(hits),
            question=as_data(question.standalone),
            no_answer=NO_ANSWER,
        )
        async with aclosing(self._pieces(messages)) as pieces:
            async for piece in pieces:
                first = first or _milliseconds(started)
                if text := self._add(draft, piece):
                    yield AnswerChunk(text)
                if draft.length > LONGEST_ANSWER:
                    raise self._endless(f"wrote {LONGEST_ANSWER} characters")
        timings = {"first_token": first, "generate": _milliseconds(started)}
        # A long draft takes a while to check, and others are served meanwhile.
        answer = await asyncio.to_thread(self._finish, question, hits, *draft.end(), timings)
        yield AnswerChunk(answer=answer)

    def _add(self, draft: Draft, piece: str) -> str:
        """What may be shown now that ``piece`` has come; an error if the model only reasons."""
        shown = draft.add(piece)
        if draft.reasoned > LONGEST_REASONING:
            raise self._endless(f"reasoned for {LONGEST_REASONING} characters")
        return shown

    def _endless(self, did: str) -> ChatModelError:
        return ChatModelError(
            f"{self._name} {did} and came to no end. Choose another model, {WAY_OUT}"
        )

    async def _pieces(self, messages: list[tuple[str, str]]) -> AsyncGenerator[str, None]:
        """What the model writes, reasoning and all; every failure is a ChatModelError."""
        stream = cast("AsyncGenerator[AIMessageChunk, None]", self._model.astream(messages))
        writing = ended = False
        silent = 0
        async with aclosing(stream):
            while True:
                try:
                    async with asyncio.timeout(self._name.timeout):
                        chunk = await anext(stream)
                except StopAsyncIteration:
                    break
                except Exception as error:  # each provider has exceptions of its own
                    raise explain(error, self._name, writing=writing) from error
                ended = ended or not _ENDS.isdisjoint(chunk.response_metadata)
                if piece := str(chunk.text):
                    writing = True
                    yield piece
                else:  # some models reason in fields of their own
                    silent += 1
                    if silent > LONGEST_REASONING:
                        raise self._endless(f"reasoned for {LONGEST_REASONING} pieces")
        if not ended and self._name.provider in PROVIDERS:
            # Some servers close a broken connection as if all had been said.
            raise explain(EOFError("it ended too soon"), self._name, writing=writing)

    def _finish(
        self,
        question: Question,
        hits: Sequence[Hit],
        text: str,
        declined: bool,
        timings: dict[str, float],
    ) -> Answer:
        """The answer that a whole draft amounts to."""
        markers = parse_markers(text, len(hits))
        if declined and not any(marker.numbers for marker in markers):
            return refusal(question, hits, (), timings)
        statements, citations = cite(question, text, hits)
        if not statements:
            raise ChatModelError(
                f"{self._name} wrote nothing. Ask again, choose another model, {WAY_OUT}"
            )
        return Answer(
            question,
            text=render(statements),
            lang=question.answer_lang,
            statements=statements,
            citations=citations,
            hits=tuple(hits),
            timings=timings,
        )


def _unquoted(text: str) -> str:
    """``text`` without the quotation marks that stand around the whole of it."""
    marks = f"{text[:1]}{text[-1:]}"
    inner = text[1:-1]
    whole = marks in {'""', "''", "``", "“”", "«»"} and not set(marks) & set(inner)
    return inner.strip() if whole else text


def _milliseconds(started: float) -> float:
    return (perf_counter() - started) * 1000
