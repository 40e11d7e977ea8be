"""Questions that come with their passages: JSON Lines, one question a line, read strictly.

The passages are all that a question is asked of, and may hold its answer or not, as in NoMIRACL
(Thakur et al. 2024, "Knowing when you don't know: a multilingual relevance assessment dataset for
robust retrieval-augmented generation"). ``docs/evaluation.md`` describes the fields.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from evaluate.questions.clusters import hang_together
from evaluate.questions.scripted import (
    Evidence,
    ScriptedQuestion,
    Strict,
    check_answers,
    has_words,
    read_lines,
)
from evaluate.results import PassageLang
from rag.language.text import Lang, detect_language, tokens
from rag.types import Article

_NAMED = re.compile(r"(?s:.+):[0-9]{1,9}-[0-9]{1,9}")
"""How a passage of an article is named: ``ARTICLE:START-END``, in characters, half open."""

_WORDS = "~"
"""Before the words of a question where they name its cluster; articles come before it."""


@dataclass(frozen=True, slots=True)
class GivenQuestion(ScriptedQuestion):
    """A question with the passages that it is asked of, each an article of its own.

    Where it is answerable, ``answers`` may be empty, if they are not known; ``evidence`` are the
    passages known to hold one, each as a whole. ``hangs_on`` names what its results depend on.
    """

    passages: tuple[Article, ...] = ()
    hangs_on: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """As :attr:`ScriptedQuestion.label`, over the passages as well."""
        plain = ScriptedQuestion(
            *(self.id, self.question, self.lang, self.answers, self.evidence, self.answerable)
        )
        held = plain.label, sorted((p.id, p.content_hash) for p in self.passages)
        return hashlib.sha256(json.dumps(held).encode()).hexdigest()[:16]


class _Passage(Strict):
    """A passage that is copied, or with its id alone one that is named; that may stand alone."""

    id: str = Field(min_length=1)
    text: str | None = Field(default=None, pattern=r"\w")
    title: str = ""
    published: str | None = None
    lang: Literal["ar", "en"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, given: Any) -> Any:
        return {"id": given} if isinstance(given, str) else given

    @field_validator("id", "text", "title")
    @classmethod
    def _storable(cls, given: str | None) -> str | None:
        if given is not None and "\0" in given:
            raise ValueError("it holds a NUL, which no store takes")
        return given

    @field_validator("published")
    @classmethod
    def _date(cls, given: str | None) -> str | None:
        if given is not None:
            try:
                datetime.fromisoformat(given)
            except ValueError as error:
                raise ValueError(f"{given!r} is no date; write it as 2022-01-13") from error
        return given

    @model_validator(mode="after")
    def _whole(self) -> _Passage:
        if self.text is None and not _NAMED.fullmatch(self.id):
            raise ValueError(f"text: is missing, and {self.id!r} is not as ARTICLE:START-END")
        if self.text is None and self.model_fields_set != {"id"}:
            raise ValueError("text: is missing; a passage that is named has its article's title")
        return self


class _Line(Strict):
    id: str = Field(min_length=1)
    question: str = Field(pattern=r"\w")
    lang: Literal["ar", "en"] | None = None
    passages: list[_Passage] = Field(min_length=1)
    answerable: bool
    answers: list[str] = Field(default=[])
    relevant: list[str] = Field(default=[])
    tags: list[str] = Field(default=[])
    note: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> _Line:
        ids = [passage.id for passage in self.passages]
        for number, id_ in enumerate(ids):
            if id_ in ids[:number]:
                raise ValueError(f"passages.{number}: id: {id_!r} is taken by another of them")
        for id_ in self.relevant:
            if id_ not in ids:
                raise ValueError(f"relevant: {id_!r} is none of the passages")
        check_answers(self.answers)
        if not self.answerable and (self.answers or self.relevant):
            raise ValueError("answerable: is false, but there are answers or relevant passages")
        return self


def read_given(
    paths: Sequence[Path], articles: Mapping[str, Article] | None = None
) -> tuple[GivenQuestion, ...]:
    """The questions of files, and of the ``.jsonl`` files of folders, in their order.

    ``articles`` by id are those that passages may be named of, instead of being copied.

    Raises:
        EvaluationError: a file cannot be read, holds no question, or a line is not a question with
            passages; names the file, the line and the field.
    """
    questions = read_lines(paths, _reader(articles), _Line.model_fields)
    together = hang_together({q.id: q.hangs_on for q in questions})
    return tuple(replace(q, cluster=together[q.id]) for q in questions)


def named(article: str, start: int, end: int) -> str:
    """How a file names the passage ``article.text[start:end]``, which is its id too.

    >>> named("bridge-ar.md", 120, 560)
    'bridge-ar.md:120-560'
    """
    return f"{article}:{start}-{end}"


def _reader(articles: Mapping[str, Article] | None) -> Callable[[str], GivenQuestion]:
    def read(line: str) -> GivenQuestion:
        given = _Line.model_validate_json(line)
        found = []
        for number, passage in enumerate(given.passages):
            try:
                found.append(_copied(passage) if passage.text else _named(passage.id, articles))
            except ValueError as error:
                raise ValueError(f"passages.{number}: {error}") from error
        return _question(given, found)

    return read


def _question(given: _Line, found: Sequence[tuple[Article, str]]) -> GivenQuestion:
    passages = tuple(passage for passage, _ in found)
    relevant = [(passage, origin) for passage, origin in found if passage.id in given.relevant]
    words = " ".join(token.form for token in tokens(given.question))
    return GivenQuestion(
        id=given.id,
        question=given.question,
        lang=given.lang or detect_language(given.question),
        answers=tuple(given.answers),
        evidence=tuple(Evidence(passage.id, passage.text) for passage, _ in relevant),
        answerable=given.answerable,
        tags=tuple(dict.fromkeys(given.tags)),
        passage_lang=_languages(passages),
        passages=passages,
        hangs_on=(*(origin for _, origin in relevant), f"{_WORDS}{words}"),
    )


def _languages(passages: Sequence[Article]) -> PassageLang:
    langs: set[Lang] = {passage.lang for passage in passages}
    return langs.pop() if len(langs) == 1 else "both"


def _copied(passage: _Passage) -> tuple[Article, str]:
    """The passage, and what it comes from: as far as is known, itself."""
    text = passage.text or ""
    lang = passage.lang or detect_language(text)
    return Article(passage.id, passage.title, text, lang, passage.published), passage.id


def _named(name: str, articles: Mapping[str, Article] | None) -> tuple[Article, str]:
    """The passage that ``name`` names, and the article that it comes from."""
    if articles is None:
        raise ValueError(f"{name!r} is of an article; say where that is: --articles PATH")
    key, _, span = name.rpartition(":")
    start, end = map(int, span.split("-"))
    article = articles.get(key)
    if article is None:
        raise ValueError(f"--articles holds no article {key!r}")
    text = article.text[start:end]
    if end > len(article.text) or not has_words(text):
        raise ValueError(
            f"{key!r} has no passage from {start} to {end}: it has {len(article.text)} characters"
        )
    return replace(article, id=name, text=text, lang=detect_language(text, article.lang)), key
