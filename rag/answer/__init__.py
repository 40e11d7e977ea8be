"""Answerers: from a question and its hits to an answer with citations.

An answerer streams: pieces of text as they come, then one last chunk that carries the whole
:class:`~rag.types.Answer`, whose text may differ from the pieces once citations were checked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.language.text import Lang
from rag.search.trace import NO_SIGNALS, Signals
from rag.types import Answer, Hit, Question, Turn


@dataclass(frozen=True, slots=True)
class AnswerChunk:
    """A piece of a streamed answer; adding chunks joins their text and keeps the last answer."""

    text: str = ""
    answer: Answer | None = None

    def __add__(self, other: AnswerChunk) -> AnswerChunk:
        return AnswerChunk(self.text + other.text, other.answer or self.answer)


class Answerer(Protocol):
    """What every way of answering offers."""

    async def condense(self, text: str, history: Sequence[Turn], lang: Lang) -> str:
        """Rewrite ``text`` so that it can be searched for without its conversation."""
        ...

    def stream(
        self,
        question: Question,
        hits: Sequence[Hit],
        signals: Mapping[str, Signals] = NO_SIGNALS,
    ) -> AsyncIterator[AnswerChunk]:
        """Answer ``question`` from ``hits``; the last chunk carries the answer.

        ``signals`` say, by chunk id, what the search and the reader know of a hit.

        Raises:
            ChatModelError: a chat model is used and cannot be had, or broke off.
        """
        ...
