"""Saying in the chat that an answer is not right: a draft question for ``sanad eval``."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, Protocol

from evaluate.questions.drafts import Disputed, append_draft, disputed, draft
from rag.errors import EvaluationError
from rag.language.text import Lang
from rag.types import Answer
from ui.views.words import WORDS

REMEMBERED_ANSWERS = 20
"""How many of a chat's last answers can be commented on."""
COMMENT_CHARS = 2000

_SPACES = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029 ]+")
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, marks that reorder what stands around them, and halves of characters."""

logger = logging.getLogger("sanad")


@dataclass(frozen=True, slots=True)
class FeedbackView:
    """What the page draws below an answer; ``answer`` is how it names that answer to us."""

    answer: str
    limit: int
    wrong: str
    what: str
    kept: str
    send: str
    cancel: str
    unsent: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a reader sent: which answer is wrong, what is wrong with it, and the page's language."""

    answer: str
    comment: str
    lang: Lang


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the reader is told; ``detail`` is a file or an error, written left to right."""

    outcome: Literal["written", "before", "forgotten", "failed"]
    text: str
    detail: str = ""


class Session(Protocol):
    """What is kept by name for as long as one chat lasts."""

    def get(self, key: str, /) -> Any:
        """What is kept under ``key``; None if nothing is."""

    def set(self, key: str, value: Any, /) -> None:
        """Keep ``value`` under ``key``."""


def feedback_view(answer_id: str, lang: Lang) -> FeedbackView:
    """Lay out the question whether an answer is right."""
    words = WORDS[lang]
    return FeedbackView(
        answer=answer_id,
        limit=COMMENT_CHARS,
        wrong=words.wrong,
        what=words.wrong_what,
        kept=words.wrong_kept,
        send=words.wrong_send,
        cancel=words.wrong_cancel,
        unsent=words.wrong_unsent,
    )


def complaint_from(payload: Mapping[str, object]) -> Complaint:
    """Read a complaint that came from a page; its comment is cleaned and cut to its limit.

    Raises:
        ValueError: it is not one of ours.
    """
    match payload:
        case {"answer": str(answer), "comment": str(comment), "lang": "ar" | "en" as lang}:
            return Complaint(answer, clean_comment(comment), lang)
    raise ValueError("not a complaint about an answer")


def clean_comment(text: str) -> str:
    r"""One line of at most `COMMENT_CHARS` characters, none of which gives a terminal commands.

    >>> clean_comment("No:\r\n it was \x1b[31m2,500 ")
    'No: it was [31m2,500'
    """
    return _UNFIT.sub("", _SPACES.sub(" ", text)).strip()[:COMMENT_CHARS].rstrip()


@dataclass(slots=True)
class Said:
    """The last answers of one chat by id, and the ids of those that were noted as wrong."""

    _answers: dict[str, Disputed] = field(default_factory=dict)
    _noted: set[str] = field(default_factory=set)

    def remember(self, answer_id: str, answer: Answer) -> None:
        """Keep what a draft needs of an answer, and let go of the oldest where it is too many."""
        self._answers[answer_id] = disputed(answer)
        if len(self._answers) > REMEMBERED_ANSWERS:
            del self._answers[next(iter(self._answers))]

    async def note(
        self, complaint: Complaint, path: Path, when: date, writer: Executor | None = None
    ) -> Receipt:
        """Write the draft for an answer that a reader found wrong, once.

        ``path`` is the file of drafts; the receipt gives it whole. ``writer`` does the writing,
        which waits while another process writes; by default the event loop's own threads.
        """
        words, file = WORDS[complaint.lang], _whole(path)
        if complaint.answer in self._noted:
            return Receipt("before", words.wrong_before, str(file))
        answer = self._answers.get(complaint.answer)
        if answer is None:
            return Receipt("forgotten", words.wrong_forgotten)
        self._noted.add(complaint.answer)  # now: a second click may come while the first is written
        made = draft(answer, complaint.comment, when)
        try:
            loop = asyncio.get_running_loop()
            new = await loop.run_in_executor(writer, append_draft, file, made)
        except EvaluationError as error:
            self._noted.remove(complaint.answer)
            logger.error("%s", error)
            return Receipt("failed", words.wrong_unwritten, str(error))
        if new:
            return Receipt("written", words.wrong_noted, str(file))
        return Receipt("before", words.wrong_before, str(file))


def said_in(session: Session) -> Said:
    """The answers that the chat of ``session`` remembers."""
    said: Said = session.get("said") or Said()
    session.set("said", said)
    return said


def _whole(path: Path) -> Path:
    return path.expanduser().absolute()
