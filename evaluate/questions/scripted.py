"""Scripted questions: JSON Lines, one question a line, read strictly.

A label names an article and a quote, never a chunk, so that it survives another chunker.
``docs/evaluation.md`` describes the fields.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evaluate.results import PassageLang
from rag.errors import EvaluationError
from rag.language.text import Lang, detect_language
from rag.types import Turn

MOST_SHOWN = 5
"""Wrong lines that an error tells of; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where an answer stands: a verbatim quote of an article."""

    article: str
    quote: str


@dataclass(frozen=True, slots=True)
class ScriptedQuestion:
    """One question with its labels.

    ``answers`` are short answers, any of which is right, and ``evidence`` quotes that hold one;
    both are empty when the articles do not answer (``answerable`` False). ``history`` are the
    turns before it. ``cluster`` names what the question shares with others that are not
    independent of it; None: its labelled articles (:func:`evaluate.questions.clusters.clusters`).
    ``passage_lang`` is the language of all that it is asked of; None: of its labelled passages.
    """

    id: str
    question: str
    lang: Lang
    answers: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    answerable: bool = True
    history: tuple[Turn, ...] = ()
    tags: tuple[str, ...] = ()
    cluster: str | None = None
    passage_lang: PassageLang | None = None

    @property
    def label(self) -> str:
        """What makes the question beside its words: 16 hex digits of a SHA-256.

        They are over its history, answers, evidence and answerability. The order of answers and
        of evidence says nothing, and does not count.
        """
        held = (
            [(turn.question, turn.answer) for turn in self.history],
            sorted(self.answers),
            sorted((evidence.article, evidence.quote) for evidence in self.evidence),
            self.answerable,
        )
        return hashlib.sha256(json.dumps(held).encode()).hexdigest()[:16]


Q = TypeVar("Q", bound=ScriptedQuestion)


class Strict(BaseModel):
    """A part of a line: no field that is not known, no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _Evidence(Strict):
    article: str = Field(min_length=1)
    quote: str = Field(pattern=r"\w")


class _Turn(Strict):
    question: str = Field(min_length=1)
    answer: str


class _Line(Strict):
    id: str = Field(min_length=1)
    question: str = Field(pattern=r"\w")
    lang: Literal["ar", "en"] | None = None
    answers: list[str]
    evidence: list[_Evidence] = []
    answerable: bool
    history: list[_Turn] = []
    tags: list[str] = []
    note: dict[str, Any] | None = None

    @model_validator(mode="before")
    @classmethod
    def _filled_in(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("answerable", False) is None:
            raise ValueError(
                "answerable: this is a draft; say true and fill in answers (and evidence), or false"
            )
        return given

    @model_validator(mode="after")
    def _consistent(self) -> _Line:
        if self.answerable and not any(map(has_words, self.answers)):
            raise ValueError("answers: fill in at least one answer, or say answerable: false")
        check_answers(self.answers)
        if not self.answerable and (self.answers or self.evidence):
            raise ValueError("answerable: is false, but there are answers or evidence")
        return self


def read_questions(paths: Sequence[Path]) -> tuple[ScriptedQuestion, ...]:
    """The questions of files, and of the ``.jsonl`` files of folders, in their order.

    Raises:
        EvaluationError: a file cannot be read, holds no question, or a line is not a question;
            names the file, the line and the field.
    """
    return read_lines(paths, _question, _Line.model_fields)


def read_lines(
    paths: Sequence[Path], parse: Callable[[str], Q], fields: Iterable[str]
) -> tuple[Q, ...]:
    """As :func:`read_questions`, where ``parse`` makes a question of a line with ``fields``.

    ``parse`` may raise a ValueError that says what is wrong with the line.
    """
    questions: list[Q] = []
    problems: list[str] = []
    places: dict[str, str] = {}
    for file in question_files(paths):
        for place, line in _lines(file):
            try:
                question = parse(line)
            except ValueError as error:
                problems.append(f"{place}: {_reason(error, fields)}")
                continue
            if question.id in places:
                problems.append(f"{place}: id: {question.id!r} is taken by {places[question.id]}")
            places[question.id] = place
            questions.append(question)
    if problems:
        raise EvaluationError(told(problems))
    if not questions:
        names = ", ".join(map(str, paths))
        raise EvaluationError(f"There is no question in {names}. Write one a line, as JSON.")
    return tuple(questions)


def question_files(paths: Sequence[Path]) -> list[Path]:
    """The files that are read for ``paths``, each once: a folder stands for its ``.jsonl`` files.

    Raises:
        EvaluationError: a path is not there, or a folder holds no such file.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = sorted(path.glob("*.jsonl"))
            if not found:
                raise EvaluationError(f"The folder {path} holds no .jsonl file. Check the path.")
            files += found
        elif path.exists():
            files.append(path)
        else:
            raise EvaluationError(f"There is no question file {path}. Check the path.")
    return list(dict.fromkeys(files))


def file_hash(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes.

    Raises:
        EvaluationError: it cannot be read.
    """
    return hashlib.sha256(_bytes(path)).hexdigest()


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise EvaluationError(f"{file} cannot be read: {error.strerror}.") from error


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    try:
        text = _bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EvaluationError(
            f"{file} is not UTF-8 (byte {error.start}). Save it as such."
        ) from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield f"{file}, line {number}", line


def _question(line: str) -> ScriptedQuestion:
    given = _Line.model_validate_json(line)
    return ScriptedQuestion(
        id=given.id,
        question=given.question,
        lang=given.lang or detect_language(given.question),
        answers=tuple(given.answers),
        evidence=tuple(Evidence(e.article, e.quote) for e in given.evidence),
        answerable=given.answerable,
        history=tuple(Turn(t.question, t.answer) for t in given.history),
        tags=tuple(dict.fromkeys(given.tags)),
    )


def check_answers(answers: Iterable[str]) -> None:
    """Raise a ValueError unless each of the ``answers`` holds a word."""
    if not all(map(has_words, answers)):
        raise ValueError("answers: one of them is empty, or holds no word")


def has_words(text: str) -> bool:
    """Whether ``text`` holds a letter or a digit."""
    return any(map(str.isalnum, text))


def _reason(error: ValueError, fields: Iterable[str]) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        return f"{field}: there is no such field ({', '.join(fields)})"
    said = first["msg"].removeprefix("Value error, ")
    return f"{field}: {said}" if field else said


def told(problems: Sequence[str]) -> str:
    """The message of an error that names the first of ``problems`` and counts the rest."""
    shown = "\n  ".join(problems[:MOST_SHOWN])
    more = f"\n  and {len(problems) - MOST_SHOWN} more" if len(problems) > MOST_SHOWN else ""
    return (
        f"These are not questions that can be asked:\n  {shown}{more}\nCorrect them and run again."
    )
