"""The question sets that Sanad ships: that every label holds in the sample articles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from evaluate.measure.answers import contained, normalise
from evaluate.questions.scripted import ScriptedQuestion, read_questions
from ingest.chunk import chunk_article
from ingest.discover import discover
from ingest.read import ReadArticle, read
from rag.language.text import LANGS, detect_language
from rag.models.encoder import load_encoder
from rag.settings import ROOT, SAMPLE_ARTICLES, SHIPPED_ENCODER
from rag.types import Article, Chunk

FOLDER = ROOT / "tests" / "questions"
KINDS = {"who", "when", "where", "how-many", "why", "quote", "what"}
NEAR = {"near-person", "near-year", "near-place", "near-detail", "unrelated"}
OTHERS = {"cross", "differs", "follow-up", "user"}

QUESTIONS = read_questions([FOLDER])
ANSWERABLE = [question for question in QUESTIONS if question.answerable]
UNANSWERABLE = [question for question in QUESTIONS if not question.answerable]
FOLLOW_UPS = [question for question in QUESTIONS if question.history]


@cache
def articles() -> dict[str, Article]:
    readings = (
        found for source in discover([SAMPLE_ARTICLES]).sources for found in read(source, 2**20)
    )
    return {found.article.id: found.article for found in readings if isinstance(found, ReadArticle)}


@pytest.fixture(scope="module")
def chunks() -> dict[str, list[Chunk]]:
    """The passages of each article as they are stored, cut for the shipped encoder."""
    encoder = load_encoder(str(SHIPPED_ENCODER))
    return {
        key: chunk_article(article, encoder.count_tokens, encoder.max_tokens)
        for key, article in articles().items()
    }


def labels(questions: list[ScriptedQuestion]) -> Iterator[tuple[str, str, str]]:
    """Question id, article and quote of every label."""
    return ((q.id, e.article, e.quote) for q in questions for e in q.evidence)


def test_there_are_enough_of_each_sort() -> None:
    assert len(QUESTIONS) >= 120
    assert len(UNANSWERABLE) >= 30
    assert len(FOLLOW_UPS) >= 10
    for sort in (ANSWERABLE, UNANSWERABLE, FOLLOW_UPS):
        langs = Counter(question.lang for question in sort)
        assert min(langs[lang] for lang in LANGS) >= len(sort) // 3, langs
    tags = Counter(tag for question in QUESTIONS for tag in question.tags)
    assert tags.keys() == KINDS | NEAR | OTHERS
    assert min(tags[kind] for kind in KINDS) >= 10
    assert min(tags["cross"], tags["differs"]) >= 20


def test_ids_are_unique_and_plain() -> None:
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS)
    assert [q.id for q in QUESTIONS if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", q.id)] == []


def test_no_question_is_asked_twice() -> None:
    asked = Counter((normalise(q.question), q.history) for q in QUESTIONS)
    assert [question for question, times in asked.items() if times > 1] == []


def test_every_question_has_one_kind_and_the_tags_that_it_ought_to() -> None:
    for question in QUESTIONS:
        tags = set(question.tags)
        assert len(tags & KINDS) == 1, question.id
        assert len(tags & NEAR) == (not question.answerable), question.id
        assert ("follow-up" in tags) == bool(question.history), question.id
        assert not tags & {"cross", "differs"} or question.answerable, question.id


def test_questions_are_in_the_language_that_is_told() -> None:
    assert [q.id for q in QUESTIONS if detect_language(q.question, q.lang) != q.lang] == []


def test_every_quote_stands_once_in_its_article() -> None:
    bad = [
        (id_, article, quote)
        for id_, article, quote in labels(ANSWERABLE)
        if article not in articles() or articles()[article].text.count(quote) != 1
    ]
    assert bad == []


def test_every_quote_is_inside_one_passage(chunks: dict[str, list[Chunk]]) -> None:
    bad = [
        (id_, article, quote)
        for id_, article, quote in labels(ANSWERABLE)
        if sum(quote in chunk.text for chunk in chunks[article]) != 1
    ]
    assert bad == []


def test_every_answerable_question_has_evidence_and_every_article_is_asked_about() -> None:
    assert [q.id for q in ANSWERABLE if not q.evidence] == []
    assert {article for _, article, _ in labels(ANSWERABLE)} == articles().keys()
    assert len(articles()) >= 12


def test_every_answer_stands_in_a_quote_and_every_quote_holds_an_answer() -> None:
    bad: list[tuple[str, str]] = []
    for question in ANSWERABLE:
        quotes = [evidence.quote for evidence in question.evidence]
        bad += [
            (question.id, answer)
            for answer in question.answers
            if not any(answer in quote for quote in quotes)
        ]
        bad += [(question.id, quote) for quote in quotes if not contained(quote, question.answers)]
    assert bad == []


def test_no_answer_is_told_twice() -> None:
    bad = [q.id for q in ANSWERABLE if len(set(q.answers)) < len(q.answers)]
    assert bad == []


def test_cross_means_that_only_the_other_language_answers() -> None:
    for question in ANSWERABLE:
        langs = {articles()[evidence.article].lang for evidence in question.evidence}
        assert ("cross" in question.tags) == (question.lang not in langs), question.id


def test_differs_means_that_several_quotes_give_several_answers() -> None:
    for question in ANSWERABLE:
        if "differs" in question.tags:
            assert len(question.evidence) > 1, question.id
            assert len(set(map(normalise, question.answers))) > 1, question.id


def test_the_readme_counts_what_there_is() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    assert f"{len(QUESTIONS)} questions" in readme
    assert f"{len(ANSWERABLE)} questions are answerable and {len(UNANSWERABLE)} are not" in readme
    tags = Counter(tag for question in QUESTIONS for tag in question.tags)
    for tag in OTHERS | NEAR:
        (row,) = re.findall(rf"(?m)^\| `{tag}` \|.* (\d+) \|$", readme)
        assert int(row) == tags[tag], tag
    for kind in KINDS:
        (count,) = re.findall(rf"`{kind}` \((\d+)", readme)
        assert int(count) == tags[kind], kind


def test_a_question_does_not_give_its_answer_away() -> None:
    bad = [q.id for q in ANSWERABLE if contained(q.question, q.answers)]
    assert bad == []
