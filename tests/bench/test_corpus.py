from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from bench import corpus
from ingest.chunk import chunk_article
from ingest.jsonl import write_jsonl
from rag.language.text import detect_language
from tests.doubles import HashingEncoder


def test_samples_are_the_shipped_articles() -> None:
    articles = corpus.sample_articles()
    assert len(articles) == len(list(corpus.SAMPLE_ARTICLES.glob("*.md")))
    assert {article.lang for article in articles} == {"ar", "en"}


def test_questions_take_turns() -> None:
    questions = corpus.sample_questions()
    langs = [detect_language(question) for question in questions]
    assert langs == ["ar", "en"] * (len(questions) // 2)
    assert corpus.sample_questions(4) == questions[:4]
    assert len(set(questions)) == len(questions)


def test_grown_passages_are_distinct_and_as_many_as_asked() -> None:
    encoder = HashingEncoder(max_tokens=10_000)
    grown = corpus.grow(corpus.sample_articles(), 600)
    chunks = [
        chunk
        for article in grown
        for chunk in chunk_article(article, encoder.count_tokens, encoder.max_tokens)
        if chunk.part == "text"
    ]
    assert len(chunks) == pytest.approx(600, rel=0.05)
    assert len({chunk.text for chunk in chunks}) == len(chunks)
    assert len({article.id for article in grown}) == len(grown)
    assert {chunk.lang for chunk in chunks} == {"ar", "en"}


def test_growing_is_repeatable_and_a_smaller_corpus_begins_a_larger_one() -> None:
    samples = corpus.sample_articles()
    small, large = corpus.grow(samples, 304), corpus.grow(samples, 600)
    assert small == corpus.grow(samples, 304)
    assert small[:-1] == large[: len(small) - 1]
    assert small[: len(samples)] == samples


@pytest.mark.parametrize("text", ["1,450 tonnes in 2022", "١١٫٣ ألف", "no digits"])
def test_digits_are_redrawn_in_their_script(text: str) -> None:
    drawn = corpus.redraw_digits(text, random.Random(1))
    assert len(drawn) == len(text)
    for before, after in zip(text, drawn, strict=True):
        if before.isdecimal():
            assert after.isdecimal()
            assert int(after) >= 1
            assert before.isascii() == after.isascii()
        else:
            assert before == after


def test_jsonl_is_what_ingest_reads(tmp_path: Path) -> None:
    articles = corpus.sample_articles()[:2]
    file = tmp_path / "a.jsonl"
    write_jsonl(articles, file)
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == [article.id for article in articles]
    assert rows[0]["text"] == articles[0].text
