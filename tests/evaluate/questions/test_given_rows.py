"""The rows of tests/given: they fit the articles and the questions that they were made from."""

from __future__ import annotations

import pytest

from evaluate.measure.answers import contained
from evaluate.questions.given import GivenQuestion, read_given
from evaluate.questions.scripted import read_questions
from ingest.temporary import read_articles
from rag.settings import ROOT, SAMPLE_ARTICLES, Settings
from rag.types import Article

ROWS = ROOT / "tests" / "given"


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    return read_articles([SAMPLE_ARTICLES], Settings())


@pytest.fixture(scope="module")
def rows(articles: dict[str, Article]) -> tuple[GivenQuestion, ...]:
    return read_given([ROWS], articles)


def kind(row: GivenQuestion) -> str:
    return row.id.partition("/")[2] or "unanswerable"


def test_every_question_that_needs_no_history_is_there(rows: tuple[GivenQuestion, ...]) -> None:
    asked = [q for q in read_questions([ROOT / "tests" / "questions"]) if not q.history]
    expected = {q.id for q in asked if not q.answerable}
    expected |= {f"{q.id}/{k}" for q in asked if q.answerable for k in ("with", "without")}
    assert {row.id for row in rows} == expected
    words = {q.id: q.question for q in asked}
    assert all(row.question == words[row.id.partition("/")[0]] for row in rows)


def test_passages_are_whole_paragraphs(
    rows: tuple[GivenQuestion, ...], articles: dict[str, Article]
) -> None:
    """An article that was edited without its rows made anew moves every offset behind it."""
    for row in rows:
        for passage in row.passages:
            name, _, span = passage.id.rpartition(":")
            start, end = map(int, span.split("-"))
            text = articles[name].text
            assert text[max(0, start - 1) : start] in ("", "\n"), passage.id
            assert text[end : end + 1] in ("", "\n"), passage.id


def test_only_relevant_passages_hold_an_answer(rows: tuple[GivenQuestion, ...]) -> None:
    answers = {row.id.partition("/")[0]: row.answers for row in rows if row.answerable}
    for row in rows:
        assert row.answerable == (kind(row) == "with")
        relevant = {evidence.article for evidence in row.evidence}
        assert len(row.passages) - len(relevant) == (9 if row.answerable else 10), row.id
        assert bool(relevant) == row.answerable
        for passage in row.passages:
            known = answers.get(row.id.partition("/")[0], ())
            if passage.id not in relevant:
                assert not contained(f"{passage.title}\n{passage.text}", known), passage.id


def test_the_same_question_hangs_together_with_itself(rows: tuple[GivenQuestion, ...]) -> None:
    cluster = {row.id: row.cluster for row in rows}
    for row in rows:
        if row.answerable:
            assert cluster[row.id] == cluster[row.id.replace("/with", "/without")]
