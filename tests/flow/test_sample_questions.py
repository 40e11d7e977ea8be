"""Scripted questions over the sample articles, answered by the shipped models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.chain import Assistant
from rag.text import fold
from rag.types import Answer, Turn

QUESTIONS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "questions" / "sample.jsonl")
    .read_text("utf-8")
    .splitlines()
]
LEAST_RIGHT = 0.6
MOST_FALSE = 0.34


def _is_right(answer: Answer, question: dict[str, Any]) -> bool:
    quotes = fold(" ".join(citation.quote for citation in answer.citations))
    return any(fold(expected) in quotes for expected in question["answers"])


@pytest.fixture(scope="module")
def answers(assistant: Assistant) -> dict[str, Answer]:
    return {question["id"]: assistant.ask(question["question"]) for question in QUESTIONS}


@pytest.mark.parametrize(
    "question", [q for q in QUESTIONS if "user" in q["tags"]], ids=lambda q: q["id"]
)
def test_the_two_questions_everyone_asks_first(
    question: dict[str, Any], answers: dict[str, Answer]
) -> None:
    answer = answers[question["id"]]
    assert not answer.refused
    assert _is_right(answer, question)
    assert all(citation.verified for citation in answer.citations)


def test_most_questions_are_answered_right(answers: dict[str, Answer]) -> None:
    answerable = [q for q in QUESTIONS if q["answerable"]]
    right = [q["id"] for q in answerable if _is_right(answers[q["id"]], q)]
    wrong = sorted({q["id"] for q in answerable} - set(right))
    assert len(right) >= LEAST_RIGHT * len(answerable), f"not right: {wrong}"


def test_most_unanswerable_questions_are_refused(answers: dict[str, Answer]) -> None:
    unanswerable = [q["id"] for q in QUESTIONS if not q["answerable"]]
    answered = [id_ for id_ in unanswerable if not answers[id_].refused]
    assert len(answered) <= MOST_FALSE * len(unanswerable), f"answered: {answered}"


def test_every_quote_is_verbatim_at_its_offsets(answers: dict[str, Answer]) -> None:
    citations = [citation for answer in answers.values() for citation in answer.citations]
    assert citations
    for citation in citations:
        assert citation.hit.article.text[citation.start : citation.end] == citation.quote
        assert citation.hit.chunk.start <= citation.start < citation.end <= citation.hit.chunk.end


def test_answers_are_in_the_language_of_the_question(answers: dict[str, Answer]) -> None:
    for question in QUESTIONS:
        expected = "ar" if "ar-" in question["id"] else "en"
        answer = answers[question["id"]]
        assert answer.lang == expected
        if answer.refused:
            assert answer.reason
            assert not answer.citations


def test_the_same_question_gives_the_same_answer(assistant: Assistant) -> None:
    first, second = (assistant.ask("Who commands CSTO forces?") for _ in range(2))
    assert (first.text, first.hits, first.citations) == (second.text, second.hits, second.citations)


def test_a_follow_up_leans_on_the_question_before(assistant: Assistant) -> None:
    history = (Turn("كم عدد الجنود المرسلين إلى كازاخستان؟", "نحو 2500 جندي"),)
    answer = assistant.ask("ومن يقودهم؟", history)
    assert "كازاخستان" in answer.question.standalone
    assert {hit.article.id.split("-")[0] for hit in answer.hits[:2]} == {"kazakhstan"}


def test_the_answer_language_can_be_chosen(assistant: Assistant) -> None:
    answer = assistant.ask("كم عدد الجنود المرسلين؟", answer_lang="en")
    assert answer.lang == "en"
    assert answer.statements[0].lead.startswith("From")
