"""Draft questions: what a reader found wrong, on its way into a question set.

A draft is a line of a question set whose ``answerable`` is still null and whose ``answers`` and
``evidence`` are still empty; a person fills them in.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from filelock import FileLock

from rag.errors import EvaluationError
from rag.store.durable import sync
from rag.types import Answer, Question

_HIT_CHARS = 160
_PATIENCE = 10.0
"""Seconds to wait for another process that writes; a write takes milliseconds."""
_LINE_BREAKS = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""What JSON lets stand in a string and some readers of lines take for the end of one."""


@dataclass(frozen=True, slots=True)
class Disputed:
    """What a draft needs of an answer, without the articles that the answer holds.

    ``quotes`` and ``hits`` are (article id, text).
    """

    question: Question
    answer: str
    quotes: tuple[tuple[str, str], ...]
    hits: tuple[tuple[str, str], ...]
    refused: bool


def disputed(answer: Answer) -> Disputed:
    """What to keep of ``answer`` in case that somebody finds it wrong.

    Its quotes are those that stand in the articles' texts word for word, each once, by citation
    number: labels are quotes of texts, and a quoted title is seen in the answer.
    """
    cited = sorted(answer.citations, key=lambda citation: citation.number)
    return Disputed(
        question=answer.question,
        answer=answer.text,
        quotes=tuple(
            dict.fromkeys(
                (c.hit.article.id, c.quote)
                for c in cited
                if c.verified and c.quote and c.part == "text"
            )
        ),
        hits=tuple((hit.article.id, hit.chunk.text[:_HIT_CHARS]) for hit in answer.hits),
        refused=answer.refused,
    )


def draft(wrong: Disputed, comment: str, when: date) -> dict[str, Any]:
    """The draft question for an answer that a reader found wrong on the day ``when``.

    Equal drafts have equal ids. What was quoted stands in its note: a reader found it wrong, so
    it is no evidence until a person says so.
    """
    question = wrong.question
    history = [{"question": turn.question, "answer": turn.answer} for turn in question.history]
    content = {
        "question": question.text,
        "lang": question.lang,
        "answers": [],
        "evidence": [],
        "answerable": None,
        **({"history": history} if history else {}),
        "tags": ["draft"],
        "note": {
            "answer": wrong.answer,
            "quotes": [{"article": article, "quote": quote} for article, quote in wrong.quotes],
            "hits": [{"article": article, "text": text} for article, text in wrong.hits],
            "comment": comment,
            "refused": wrong.refused,
        },
    }
    digest = hashlib.sha256(_line(content)).hexdigest()
    return {"id": f"draft-{when.isoformat()}-{digest[:8]}", **content}


def append_draft(path: Path, draft: dict[str, Any]) -> bool:
    """Add a draft to a file of drafts; False if the file holds one with its id already.

    When it returns, the draft is on the disk. Processes take turns. A last line that was broken
    off stays as it is, on a line of its own.

    Raises:
        EvaluationError: the file cannot be written, and holds no more than before. Names the file.
    """
    try:
        _make_folder(path.parent)
        with FileLock(
            path.with_name(f".{path.name}.lock"), timeout=_PATIENCE, fallback_to_soft=False
        ):
            return _append(path, draft)
    except OSError as error:  # also a lock that another process does not give back
        raise EvaluationError(
            f"The draft could not be written to {path} ({error.strerror or error}). Make room for "
            "it or make it writable, or name another file in SANAD_DRAFTS."
        ) from error


def _append(path: Path, draft: dict[str, Any]) -> bool:
    """Append all of a draft or nothing, in one write; other processes are kept out meanwhile."""
    new = not path.exists()
    with path.open("a+b", buffering=0) as file:
        if new:
            sync(path.parent)
        file.seek(0)
        held = file.read()
        if draft["id"] in _ids(held):
            return False
        torn = bool(held) and not held.endswith(b"\n")
        line = (b"\n" if torn else b"") + _line(draft)
        try:
            if file.write(line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(len(held))
            raise
    return True


def _ids(lines: bytes) -> set[str]:
    """The ids in a file of drafts; lines that are no drafts have none."""
    found = set()
    for line in lines.split(b"\n"):
        with suppress(ValueError, KeyError, TypeError):
            found.add(str(json.loads(line)["id"]))
    return found


def _line(content: dict[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False)
    for character, escaped in _LINE_BREAKS.items():
        text = text.replace(character, escaped)
    return text.encode("utf-8", "replace") + b"\n"  # half a surrogate pair has no UTF-8


def _make_folder(folder: Path) -> None:
    """Create a folder with those above it, for good."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for place in reversed(missing):
        sync(place.parent)
