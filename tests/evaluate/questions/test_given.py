"""Reading questions that come with passages: what is taken, and what is said of everything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evaluate.questions.given import GivenQuestion, named, read_given
from evaluate.questions.scripted import Evidence, ScriptedQuestion
from rag.errors import EvaluationError
from rag.types import Article

LED = {"id": "p1", "text": "Engineer Selma Haddad led the work.", "title": "The bridge"}
COST = {"id": "p2", "text": "كلّف الجسر 12 مليون دينار.", "published": "2022-01-13"}
ANSWERED: dict[str, Any] = {
    "id": "q",
    "question": "Who led the work?",
    "passages": [LED, COST],
    "answerable": True,
    "answers": ["Selma Haddad"],
    "relevant": ["p1"],
    "tags": ["who", "who"],
}
UNANSWERED: dict[str, Any] = {
    "id": "no",
    "question": "من افتتح الجسر؟",
    "passages": [COST],
    "answerable": False,
}
ARTICLES = {
    "bridge.md": Article(
        "bridge.md", "The bridge", "It opened. سلمى الحداد قادت العمل.", "en", "2022-01-13"
    )
}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of questions, one a line."""

    def write_file(*lines: object, name: str = "set.jsonl") -> Path:
        path = tmp_path / name
        texts = (x if isinstance(x, str) else json.dumps(x, ensure_ascii=False) for x in lines)
        path.write_text("".join(f"{text}\n" for text in texts), "utf-8")
        return path

    return write_file


def without(line: dict[str, Any], field: str) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key != field}


def test_a_question_is_read_with_its_passages(write: Write) -> None:
    answered, unanswered = read_given([write(ANSWERED, UNANSWERED)])
    first = Article("p1", "The bridge", LED["text"], "en")
    second = Article("p2", "", COST["text"], "ar", "2022-01-13")
    assert answered == GivenQuestion(
        id="q",
        question="Who led the work?",
        lang="en",
        answers=("Selma Haddad",),
        evidence=(Evidence("p1", LED["text"]),),
        tags=("who",),
        cluster="p1",
        passage_lang="both",
        passages=(first, second),
        hangs_on=("p1", "~who led the work"),
    )
    assert (unanswered.lang, unanswered.passage_lang, unanswered.answerable) == ("ar", "ar", False)
    assert unanswered.evidence == unanswered.answers == ()


def test_languages_are_told_or_found(write: Write) -> None:
    told = {**UNANSWERED, "lang": "en", "passages": [{**COST, "lang": "en"}]}
    (question,) = read_given([write(told)])
    assert (question.lang, question.passage_lang, question.passages[0].lang) == ("en", "en", "en")


def test_answers_and_relevant_passages_need_not_be_known(write: Write) -> None:
    (question,) = read_given([write(without(without(ANSWERED, "answers"), "relevant"))])
    assert question.answerable
    assert question.answers == question.evidence == ()


def test_a_passage_may_be_named_by_article_and_offsets(write: Write) -> None:
    name = named("bridge.md", 11, 34)
    assert name == "bridge.md:11-34"
    line = {**ANSWERED, "passages": [name, "bridge.md:0-10", LED], "relevant": [name]}
    (question,) = read_given([write(line)], ARTICLES)
    assert question.passages[:2] == (
        Article(name, "The bridge", "سلمى الحداد قادت العمل.", "ar", "2022-01-13"),
        Article("bridge.md:0-10", "The bridge", "It opened.", "en", "2022-01-13"),
    )
    assert question.evidence == (Evidence(name, "سلمى الحداد قادت العمل."),)
    assert question.cluster == "bridge.md"


def test_questions_hang_together_by_relevant_passages_and_by_words(write: Write) -> None:
    lines = [
        ANSWERED,
        {**ANSWERED, "id": "other", "question": "Who was chief engineer?"},
        {**UNANSWERED, "id": "again", "question": "who led the work"},
        UNANSWERED,
    ]
    found = [q.cluster for q in read_given([write(*lines)])]
    assert found == ["p1", "p1", "p1", "~من افتتح الجسر"]


def changed(passage: dict[str, Any], **fields: object) -> dict[str, Any]:
    return {**ANSWERED, "passages": [{**passage, **fields}], "relevant": []}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("not json", "Invalid JSON"),
        ("[]", "object"),
        *[(without(ANSWERED, field), f"{field}: Field required")
          for field in ("id", "question", "passages", "answerable")],
        ({**ANSWERED, "evidence": []}, r"evidence: there is no such field \(id, .*relevant"),
        ({**ANSWERED, "lang": "fr"}, "lang: .*'ar' or 'en'"),
        ({**ANSWERED, "question": "؟"}, "question: "),
        ({**ANSWERED, "answerable": None}, "answerable: .*boolean"),
        ({**ANSWERED, "answers": [" "]}, "answers: one of them is empty"),
        ({**ANSWERED, "relevant": ["p3"]}, "relevant: 'p3' is none of the passages"),
        ({**ANSWERED, "relevant": "p1"}, "relevant: .*(list|array)"),
        ({**UNANSWERED, "relevant": ["p2"]}, "answerable: is false, but there are"),
        ({**UNANSWERED, "answers": ["12"]}, "answerable: is false, but there are"),
        ({**ANSWERED, "passages": []}, "passages: .*at least 1"),
        ({**ANSWERED, "passages": LED}, "passages: .*(list|array)"),
        ({**ANSWERED, "passages": [7]}, r"passages\.0: .*object"),
        ({**ANSWERED, "passages": [LED, COST, LED]}, r"passages\.2: id: 'p1' is taken"),
        (changed(without(LED, "id")), r"passages\.0\.id: Field required"),
        (changed(LED, id=""), r"passages\.0\.id: "),
        (changed(LED, text=" "), r"passages\.0\.text: "),
        (changed(LED, text="a\0"), r"passages\.0\.text: it holds a NUL"),
        (changed(LED, title=None), r"passages\.0\.title: .*string"),
        (changed(LED, published="soon"), r"passages\.0\.published: 'soon' is no date"),
        (changed(LED, lang="de"), r"passages\.0\.lang: "),
        (changed(LED, url="x"), r"passages\.0\.url: there is no such field"),
        (changed(without(LED, "text")), r"passages\.0: text: is missing, and 'p1'"),
        ({**ANSWERED, "passages": ["bridge.md"]}, r"passages\.0: text: is missing, and 'bridge"),
        (changed({"id": "bridge.md:0-9", "title": "x"}), r"passages\.0: text: is missing; a"),
        (changed({"id": "bridge.md:0-99"}), r"passages\.0: 'bridge\.md' has no passage from 0 to"),
        (changed({"id": "bridge.md:9-10"}), r"passages\.0: 'bridge\.md' has no passage from 9"),
        (changed({"id": "bridge.md:9-3"}), r"passages\.0: 'bridge\.md' has no passage from 9"),
        (changed({"id": "b.md:0-9"}), r"passages\.0: --articles holds no article 'b\.md'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_line(write: Write, line: object, complaint: str) -> None:
    with pytest.raises(EvaluationError, match=f"(?s)set.jsonl, line 2: .*{complaint}"):
        read_given([write(UNANSWERED, line)], ARTICLES)


def test_without_articles_no_passage_can_be_named(write: Write) -> None:
    file = write({**UNANSWERED, "passages": ["bridge.md:0-10"]})
    with pytest.raises(EvaluationError, match=r"passages\.0: .*say where that is: --articles PATH"):
        read_given([file])


def test_an_id_may_occur_once_over_all_files(write: Write) -> None:
    files = [write(UNANSWERED, name="a.jsonl"), write(UNANSWERED, name="b.jsonl")]
    with pytest.raises(EvaluationError, match="id: 'no' is taken by"):
        read_given(files)


def test_a_label_is_over_the_passages_too(write: Write) -> None:
    (question,) = read_given([write(ANSWERED)])
    plain = ScriptedQuestion(
        *(question.id, question.question, question.lang, question.answers, question.evidence)
    )
    assert question.label != plain.label
    assert replace(question, passages=question.passages[::-1]).label == question.label
    assert replace(question, passages=question.passages[:1]).label != question.label
    assert replace(question, answers=("Selma",)).label != question.label
