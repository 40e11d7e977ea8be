"""Question sets in SQuAD's format: SQuAD 1.1 and 2.0, XQuAD, MLQA, ARCD, TyDi QA GoldP.

Each paragraph becomes an article of its own, so that finding the paragraph is what is measured.
Questions of one file may be asked of the paragraphs of another, in another language, when both
carry the same question ids (as XQuAD and MLQA do).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evaluate.questions.scripted import Evidence, ScriptedQuestion, told
from rag.errors import EvaluationError
from rag.language.sentences import sentence_spans
from rag.language.text import Lang, detect_language
from rag.types import Article

_FRAGILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Characters that a store may not keep; a space for each leaves every offset as it is."""


@dataclass(frozen=True, slots=True)
class SquadFile:
    """A file in SQuAD's format: its paragraphs as articles, and the questions about them.

    ``lang`` is the language of most paragraphs.
    """

    path: Path
    lang: Lang
    articles: tuple[Article, ...]
    questions: tuple[ScriptedQuestion, ...]


@dataclass(frozen=True, slots=True)
class Direction:
    """Questions, labelled in the paragraphs of ``passages``."""

    passages: SquadFile
    questions: tuple[ScriptedQuestion, ...]
    files: tuple[Path, ...]


def read_squad(path: Path) -> SquadFile:
    """Read a file in SQuAD's format.

    Raises:
        EvaluationError: it cannot be read or is not of that format; names the place, or the
            first places where several questions are not.
    """
    articles: list[Article] = []
    questions: list[ScriptedQuestion] = []
    problems: list[str] = []
    for place, title, paragraph in _paragraphs(path, _document(path)):
        text = _text(paragraph, "context", place)
        if not any(map(str.isalnum, text)):
            raise EvaluationError(f"{place}: the context holds no word. Leave the paragraph out.")
        article = Article(place.id, title, text, detect_language(text))
        articles.append(article)
        for number, qa in enumerate(_get(paragraph, "qas", list, place)):
            try:
                questions.append(_question(qa, article, title, place.below(f"qas[{number}]")))
            except EvaluationError as error:
                problems.append(str(error))
    if problems:
        raise EvaluationError(told(problems))
    if not questions:
        raise EvaluationError(f"{path} holds no question.")
    _refuse_repeats(path, questions)
    arabic = sum(article.lang == "ar" for article in articles)
    lang: Lang = "ar" if 2 * arabic > len(articles) else "en"
    return SquadFile(path, lang, tuple(articles), tuple(questions))


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{path} is not JSON in UTF-8: {error}.") from error


def directions(passages: Sequence[Path], questions: Sequence[Path]) -> tuple[Direction, ...]:
    """Every question file asked of the paragraphs of every passage file, matched by question id.

    With more than one pair, ids get a suffix that tells them apart: ``id@en→ar``, or the files'
    names where two files are in one language.

    Raises:
        EvaluationError: a file is not of SQuAD's format, or two files share no question id.
    """
    read = {path: read_squad(path) for path in dict.fromkeys((*passages, *questions))}
    searched = _named([read[path] for path in dict.fromkeys(passages)])
    asked = _named([read[path] for path in dict.fromkeys(questions)])
    several = len(searched) * len(asked) > 1
    return tuple(
        _direction(p, q, f"@{question_name}→{passage_name}" if several else "")
        for passage_name, p in searched.items()
        for question_name, q in asked.items()
    )


def _named(files: Sequence[SquadFile]) -> dict[str, SquadFile]:
    """The files by the shortest kind of name that tells them apart."""
    by_lang = {str(file.lang): file for file in files}
    by_stem = {file.path.stem: file for file in files}
    told_apart = (named for named in (by_lang, by_stem) if len(named) == len(files))
    return next(told_apart, {str(file.path): file for file in files})


def _direction(passages: SquadFile, asked: SquadFile, suffix: str) -> Direction:
    labels = {question.id: question for question in passages.questions}
    matched = [
        _labelled(question, labels[question.id], suffix)
        for question in asked.questions
        if question.id in labels
    ]
    if not matched:
        raise EvaluationError(
            f"{asked.path} and {passages.path} have no question id in common. Give two files of a "
            "parallel set, such as XQuAD's."
        )
    return Direction(passages, tuple(matched), tuple(dict.fromkeys((passages.path, asked.path))))


def _labelled(question: ScriptedQuestion, label: ScriptedQuestion, suffix: str) -> ScriptedQuestion:
    """The question with the answers and the evidence of its twin about the other paragraphs."""
    return replace(
        question,
        id=question.id + suffix,
        answers=label.answers,
        evidence=label.evidence,
        answerable=label.answerable,
        cluster=label.cluster,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a file: for messages, and as the id of a paragraph."""

    file: Path
    within: str
    id: str

    def below(self, step: str) -> _Place:
        return _Place(self.file, f"{self.within}.{step}", self.id)

    def __str__(self) -> str:
        return f"{self.file}, {self.within}"


def _paragraphs(path: Path, document: Any) -> Iterator[tuple[_Place, str, Mapping[str, Any]]]:
    top = _Place(path, "data", "")
    for number, article in enumerate(_get(document, "data", list, top)):
        place = _Place(path, f"data[{number}]", "")
        title = article.get("title") if isinstance(article, dict) else None
        given = _FRAGILE.sub(" ", title).strip() if isinstance(title, str) else ""
        name = given or f"article {number + 1}"
        for position, paragraph in enumerate(_get(article, "paragraphs", list, place)):
            at = f"data[{number}].paragraphs[{position}]"
            yield _Place(path, at, f"{path.stem}-{number:03d}-{position:03d}"), name, paragraph


def _question(qa: Any, article: Article, title: str, place: _Place) -> ScriptedQuestion:
    text = _text(qa, "question", place)
    impossible = qa.get("is_impossible") is True
    answers = [] if impossible else _get(qa, "answers", list, place)
    spans = [_span(answer, article, place) for answer in answers]
    quotes = {_sentence(article.text, start) for start, _ in spans}
    return ScriptedQuestion(
        id=_id(qa, place),
        question=text,
        lang=detect_language(text),
        answers=tuple(dict.fromkeys(answer for _, answer in spans)),
        evidence=tuple(Evidence(article.id, quote) for quote in sorted(quotes)),
        answerable=bool(spans),
        cluster=title,
    )


def _span(answer: Any, article: Article, place: _Place) -> tuple[int, str]:
    """Where the answer stands, and its text.

    Many copies of a set have an offset that is off; that does not matter where the answer stands
    in one place alone.
    """
    text, start = _text(answer, "text", place), _get(answer, "answer_start", int, place)
    if not text.strip():
        raise EvaluationError(f"{place}: the answer {text!r} holds no word.")
    if start >= 0 and article.text.startswith(text, start):
        return start, text
    only = article.text.find(text)
    if only < 0 or article.text.find(text, only + 1) >= 0:
        often = "is not in the context" if only < 0 else "occurs there more than once"
        raise EvaluationError(
            f"{place}: the answer {text!r} does not stand at {start}, and {often}. Offsets count "
            "characters."
        )
    return only, text


def _sentence(text: str, position: int) -> str:
    """The sentence of ``text`` around ``position``; all of it where rules find none."""
    around = [text[a:b] for a, b in sentence_spans(text) if a <= position < b]
    return around[0] if around else text.strip()


def _id(qa: Any, place: _Place) -> str:
    return (
        _text(qa, "id", place) if isinstance(qa.get("id"), str) else str(_get(qa, "id", int, place))
    )


def _text(holder: Any, key: str, place: _Place) -> str:
    return _FRAGILE.sub(" ", _get(holder, key, str, place))


def _get(holder: Any, key: str, kind: type, place: _Place) -> Any:
    found = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(found, kind) or isinstance(found, bool):
        raise EvaluationError(
            f"{place}: {key!r} is missing or of the wrong kind; this is not SQuAD's format "
            "(data → paragraphs → context, qas → id, question, answers)."
        )
    return found


def _refuse_repeats(path: Path, questions: Sequence[ScriptedQuestion]) -> None:
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            raise EvaluationError(f"{path}: the question id {question.id!r} occurs twice.")
        seen.add(question.id)
