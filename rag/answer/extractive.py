"""Answering without a language model: the sentence that answers, quoted.

What is shown is a verbatim quote under a short lead-in in the asker's language; the likely
answer inside it is emphasised. Nothing is rewritten, so nothing can be invented.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.answer import AnswerChunk
from rag.answer.cite import make_citation, render
from rag.answer.followup import standalone
from rag.answer.refusal_text import refusal
from rag.answer.refuse import judge
from rag.answer.select import Candidate, candidates, key_phrases
from rag.answer.subject import with_subject
from rag.language.facts import passage_values
from rag.language.text import Lang
from rag.search.trace import NO_SIGNALS, Signals
from rag.timings import Timings
from rag.types import Answer, Citation, Hit, Question, Statement, Turn

if TYPE_CHECKING:
    from rag.models.encoder import Encoder

MOST_STATEMENTS, MOST_OF_LIST = 3, 5
"""Sentences quoted at most; those that hold items of one list."""

CLOSE = 1.0
"""How much less than the best a sentence of another article may score and still be quoted."""

BESIDE = 2.5
"""How much less than the best one more quoted sentence of the best passage may score."""

LEADS: dict[tuple[Lang, Lang], str] = {
    ("ar", "ar"): "جاء في «{title}»:",
    ("ar", "en"): "جاء في مقال بالإنجليزية عنوانه «{title}»:",
    ("en", "en"): "From “{title}”:",
    ("en", "ar"): "From an article in Arabic, “{title}”:",
}
"""Lead-ins by (language of the answer, language of the passage)."""

TITLE_LEADS: dict[tuple[Lang, Lang], str] = {
    ("ar", "ar"): "جاء في عنوان مقال:",
    ("ar", "en"): "جاء في عنوان مقال بالإنجليزية:",
    ("en", "en"): "From a headline:",
    ("en", "ar"): "From the headline of an article in Arabic:",
}
"""The same where the title itself is quoted."""


class ExtractiveAnswerer:
    """Answers with quotes chosen by the encoder and by rules."""

    def __init__(self, encoder: Encoder, *, refuse: bool = True) -> None:
        self._encoder = encoder
        self._refuse = refuse

    async def condense(self, text: str, history: Sequence[Turn], lang: Lang) -> str:
        """Join what the question leans on; needs no language model."""
        return standalone(text, history)

    async def stream(
        self,
        question: Question,
        hits: Sequence[Hit],
        signals: Mapping[str, Signals] = NO_SIGNALS,
    ) -> AsyncIterator[AnswerChunk]:
        """The quotes piece by piece, then the whole answer."""
        answer = await asyncio.to_thread(self.answer, question, hits, signals)
        for piece in _pieces(answer.text):
            yield AnswerChunk(piece)
        yield AnswerChunk(answer=answer)

    def answer(
        self,
        question: Question,
        hits: Sequence[Hit],
        signals: Mapping[str, Signals] = NO_SIGNALS,
        *,
        refuse: bool | None = None,
    ) -> Answer:
        """Answer ``question`` from ``hits``, or refuse where this answerer, or ``refuse``, may."""
        timings = Timings()
        with timings.stage("select"):
            found = candidates(question, hits, self._encoder, signals)
        with timings.stage("refuse"):
            confidence = judge(question, hits, found, signals)
        may_refuse = self._refuse if refuse is None else refuse
        if not found or (may_refuse and confidence.refuse):
            refused = refusal(question, hits, confidence.missing, timings.ms)
            return replace(refused, confidence=confidence.probability)
        with timings.stage("cite"):
            statements, citations = quote(question, chosen(question, found))
        return Answer(
            question=question,
            text=render(statements),
            lang=question.answer_lang,
            statements=statements,
            citations=citations,
            hits=tuple(hits),
            confidence=confidence.probability,
            timings=timings.ms,
        )


def chosen(question: Question, found: Sequence[Candidate]) -> list[Candidate]:
    """The best sentence, and at most two more that add a needed part or a differing account.

    One more sentence of the same passage is taken when it is not much worse: the answer often
    stands beside the sentence that resembles the question. Another article is heard when its
    sentence is nearly as good and its figure, date or name is not the same. Of a list, more
    sentences of the passage are taken, up to :data:`MOST_OF_LIST`.
    """
    best, *others = found
    taken = [best]
    for candidate in others:
        behind, most = best.score - candidate.score, MOST_STATEMENTS
        if candidate.hit.chunk.id == best.hit.chunk.id:
            alone = all(c.hit.chunk.id != best.hit.chunk.id for c in taken[1:])
            listed = bool(best.items and candidate.items)
            adds, most = listed or (alone and behind <= BESIDE), MOST_OF_LIST if listed else most
        elif candidate.hit.article.id != best.hit.article.id:
            adds = behind <= CLOSE and _adds_key(question, candidate, taken)
        else:
            adds = False
        if adds and len(taken) < most:
            taken.append(candidate)
    return sorted(taken, key=lambda c: (c.hit.rank != best.hit.rank, c.hit.rank, c.start))


def quote(
    question: Question, found: Sequence[Candidate]
) -> tuple[tuple[Statement, ...], tuple[Citation, ...]]:
    """Statements that quote the candidates, and the citations they rest on, numbered from 1.

    A sentence that lacks its subject is quoted with the one in front of it, unless that one is
    quoted anyway.
    """
    statements: list[Statement] = []
    citations: list[Citation] = []
    for number, candidate in enumerate(found, 1):
        hit = candidate.hit
        part = hit.article.part(hit.chunk.part)
        start = candidate.start
        if hit.chunk.part == "text":
            start = with_subject(hit, candidate.start, candidate.end)
        beside = (c for c in found if c.hit.chunk.id == hit.chunk.id)
        if any(start <= other.start < candidate.start for other in beside):
            start = candidate.start
        leads = TITLE_LEADS if hit.chunk.part == "title" else LEADS
        lead = leads[question.answer_lang, hit.chunk.lang].format(title=hit.article.title)
        shift = candidate.start - start
        keys = key_phrases(candidate, question)
        emphasis = tuple((first + shift, last + shift) for first, last in keys)
        text = part[start : candidate.end]
        statements.append(Statement(text, (number,), emphasis, lead=lead))
        citations.append(make_citation(number, hit, start, candidate.end))
    return tuple(statements), tuple(citations)


def _adds_key(question: Question, candidate: Candidate, taken: Sequence[Candidate]) -> bool:
    """Whether the candidate offers an answer that none of the taken ones says."""
    keys = key_phrases(candidate, question)
    said = {value for key in keys for value in passage_values(candidate.text[slice(*key)])}
    return bool(keys) and all(said - passage_values(c.text) for c in taken)


def _pieces(text: str, words: int = 4) -> Iterator[str]:
    """``text`` in pieces of a few words; joined they are ``text``."""
    parts = text.split(" ")
    for i in range(0, len(parts), words):
        piece = " ".join(parts[i : i + words])
        yield piece if i + words >= len(parts) else piece + " "
