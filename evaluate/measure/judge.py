"""An optional judge of answers: the chat model that ``SANAD_CHAT_MODEL`` names.

Faithfulness is the share of an answer's claims that the passages it cites support (Es et al.,
2024, "RAGAs: Automated Evaluation of Retrieval Augmented Generation"), correctness whether it
says what was expected, whatever its language. The model gives its reason before its score (Liu
et al., 2023, "G-Eval"). A score that cannot be had is an error, which is counted; it never
becomes a number.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from evaluate.measure.scores import ScoreCache, parse_score
from evaluate.passages import CitedQuote, Passage
from evaluate.results import Outcome, Verdict
from rag.answer.chat_model import WAY_OUT, ModelName, explain, load_chat_model, model_name
from rag.answer.passages import as_data
from rag.answer.prompts import load_prompt
from rag.errors import ChatModelError, EvaluationError
from rag.language.text import LANGS
from rag.settings import PROMPTS, Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk

Kind = Literal["faithfulness", "correctness"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Messages = list[tuple[str, str]]

PATIENCE = 5
"""Requests in a row without a reply after which no more are made."""

LONGEST_REPLY = 40_000
"""Characters, reasoning among them, after which a model is taken to have lost its way."""

_FORMAT = 1
"""Changes whenever what is asked, or what a reply means, changes outside the prompts."""

_LEAVE_OUT = "or evaluate without the judge."


def open_judge(settings: Settings, cache: Path | None = None, *, concurrency: int = 4) -> Judge:
    """The judge for ``settings.chat_model``; nothing is sent to the model yet.

    Raises:
        EvaluationError: no chat model is set, or the folder ``cache`` cannot be made.
        ChatModelError: the model cannot be had.
        SettingsError: a prompt is missing or not a prompt.
    """
    if not settings.chat_model:
        raise EvaluationError(
            "A judge is a chat model, and none is set. Set SANAD_CHAT_MODEL to provider:name, as "
            f"in ollama:qwen3:8b, {_LEAVE_OUT}"
        )
    return Judge(load_chat_model(settings), model_name(settings), cache, concurrency=concurrency)


class Judge:
    """Judges answers with any LangChain chat model, one run long.

    ``name`` is what errors call the model, and says how many seconds to wait for each piece of
    a reply. Scores are kept in the folder ``cache``, where there is one, and not asked for
    again. ``concurrency`` is how many answers :func:`judge_all` has judged at once.
    """

    def __init__(
        self,
        model: BaseChatModel,
        name: ModelName,
        cache: Path | None = None,
        *,
        concurrency: int = 4,
        prompts: Path = PROMPTS,
    ) -> None:
        self.concurrency = max(1, concurrency)
        self._model = model
        self._name = name
        self._cache = ScoreCache(cache) if cache else None
        self._prompts = {
            (kind, lang): load_prompt(f"judge-{kind}", lang, prompts)
            for kind in KINDS
            for lang in LANGS
        }
        self._failed_in_a_row = 0
        self._last_failure = ""

    async def judge(self, outcome: Outcome, passages: Mapping[str, Passage]) -> Verdict | None:
        """What the model makes of an answer; None where there is nothing to judge.

        ``passages`` holds those that the answer cites. A score that could not be had is None in
        the verdict, with the reason in ``error``.
        """
        scores = to_judge(outcome)
        if not scores:
            return None
        reasons: list[str] = []
        for kind in [kind for kind, score in scores.items() if score is None]:
            try:
                scores[kind] = await self._score(kind, outcome, passages)
            except (ChatModelError, EvaluationError) as error:
                reasons.append(str(error))
        why_not = " ".join(dict.fromkeys(reasons)) or None
        return Verdict(scores.get("faithfulness"), scores.get("correctness"), why_not)

    async def _score(self, kind: Kind, outcome: Outcome, passages: Mapping[str, Passage]) -> float:
        messages = self._messages(kind, outcome, passages)
        asked = json.dumps([_FORMAT, kind, str(self._name), messages])
        key = hashlib.sha256(asked.encode()).hexdigest()
        score = self._cache.get(key) if self._cache else None
        if score is None:
            score, reply = await self._ask(messages)
            if self._cache:
                self._cache.put(key, score, kind=kind, model=str(self._name), reply=reply)
        return score

    def _messages(self, kind: Kind, outcome: Outcome, passages: Mapping[str, Passage]) -> Messages:
        """What is asked; all that comes from articles, questions and answers as data."""
        prompt = self._prompts[kind, outcome.answer_lang or outcome.lang]
        question = as_data(outcome.standalone or outcome.question)
        answer = as_data(outcome.answer)
        if kind == "faithfulness":
            cited = _lay_out_cited(outcome, passages)
            return prompt.render(passages=cited, question=question, answer=answer)
        expected = "\n".join(f"<expected>{as_data(text)}</expected>" for text in outcome.expected)
        return prompt.render(question=question, expected=expected, answer=answer)

    async def _ask(self, messages: Messages) -> tuple[float, str]:
        """The score and the reply that gives it; asked once more when a reply gives none."""
        reply = ""
        for attempt in (messages, _insisting(messages)):
            reply = await self._reply(attempt)
            score = parse_score(reply)
            if score is not None:
                return score, reply
        start = " ".join(reply.split())[:80]
        raise EvaluationError(
            f"{self._name} was asked twice and gave no score from 0 to 1; the last reply begins "
            f"{start!r}. Choose another model, {_LEAVE_OUT}"
        )

    async def _reply(self, messages: Messages) -> str:
        """One request, unless those before it went without a reply so often that it is futile."""
        if self._failed_in_a_row >= PATIENCE:
            raise ChatModelError(
                f"Not asked, after {PATIENCE} requests in a row without a reply. "
                f"{self._last_failure}"
            )
        try:
            reply = await self._write(messages)
        except ChatModelError as error:
            self._last_failure = str(error).replace(WAY_OUT, _LEAVE_OUT)
            self._failed_in_a_row += 1
            raise ChatModelError(self._last_failure) from error
        self._failed_in_a_row = 0
        return reply

    async def _write(self, messages: Messages) -> str:
        """What the model writes, reasoning and all; every failure is a ChatModelError.

        It is streamed, so that a slow model is not taken for a silent one.
        """
        stream = cast("AsyncGenerator[AIMessageChunk, None]", self._model.astream(messages))
        written = ""
        async with aclosing(stream):
            while len(written) <= LONGEST_REPLY:
                try:
                    async with asyncio.timeout(self._name.timeout):
                        chunk = await anext(stream)
                except StopAsyncIteration:
                    return written
                except Exception as error:  # each provider has exceptions of its own
                    raise explain(error, self._name, writing=bool(written)) from error
                written += str(chunk.text)
        raise ChatModelError(
            f"{self._name} wrote {LONGEST_REPLY} characters and came to no end. "
            f"Choose another model, {WAY_OUT}"
        )


def to_judge(outcome: Outcome) -> dict[Kind, float | None]:
    """What of an outcome is judged, with its score where no model is needed to tell.

    A refusal claims nothing, and an unanswerable question expects nothing. An answer that cites
    nothing is not supported, and a refusal does not say what was expected.
    """
    scores: dict[Kind, float | None] = {}
    if outcome.status == "failed" or not (outcome.answer or outcome.refused):
        return scores
    if not outcome.refused:
        scores["faithfulness"] = None if outcome.citations else 0.0
    if outcome.answerable and outcome.expected:
        scores["correctness"] = 0.0 if outcome.refused else None
    return scores


async def judge_all(
    outcomes: Sequence[Outcome], passages: Mapping[str, Passage], judge: Judge
) -> tuple[Outcome, ...]:
    """The outcomes with their verdicts, and with the scores that were had among their values."""
    turns = asyncio.Semaphore(judge.concurrency)

    async def judged(outcome: Outcome) -> Outcome:
        async with turns:
            verdict = await judge.judge(outcome, passages)
        had = {kind: getattr(verdict, kind, None) for kind in KINDS}
        values = {name: value for name, value in outcome.values.items() if name not in had}
        values |= {kind: score for kind, score in had.items() if score is not None}
        return replace(outcome, verdict=verdict, values=values)

    return tuple(await asyncio.gather(*map(judged, outcomes)))


def judge_failures(outcomes: Sequence[Outcome]) -> int:
    """How many outcomes have a verdict that is not whole."""
    return sum(o.verdict is not None and o.verdict.error is not None for o in outcomes)


def _insisting(messages: Messages) -> Messages:
    """The same with its last paragraph, which says how to reply, once more.

    At temperature 0 many models would reply to the very same words with the very same words.
    """
    *before, (role, text) = messages
    last = text.rpartition("\n\n")[2]
    return [*before, (role, f"{text}\n\n{last}")]


def _lay_out_cited(outcome: Outcome, passages: Mapping[str, Passage]) -> str:
    """The cited passages, each with the numbers that cite it; a quote where one is not known."""
    cited: dict[str, list[CitedQuote]] = {}
    for citation in outcome.citations:
        cited.setdefault(citation.passage, []).append(citation)
    laid_out = []
    for key, citations in cited.items():
        passage = passages.get(key)
        numbers = ", ".join(str(citation.number) for citation in citations)
        title = as_data(" ".join(passage.title.split())).replace('"', "”") if passage else ""
        text = passage.text if passage else "\n".join(citation.quote for citation in citations)
        laid_out.append(f'<passage id="{numbers}" title="{title}">\n{as_data(text)}\n</passage>')
    return "\n\n".join(laid_out)
