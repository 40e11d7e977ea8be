"""What others build on. A change here is a change for them: say so in the changelog."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import get_args

import pytest

import rag.errors
from ingest.report import IngestReport
from rag import types
from rag.answer import AnswerChunk, Answerer
from rag.assistant import Assistant
from rag.chain import Ask
from rag.language import text
from rag.models.encoder import Encoder
from rag.models.identity import EncoderIdentity
from rag.search.langchain_adapter import as_document
from rag.search.retrieve import Search
from rag.settings import Settings
from rag.store import Store
from tests.rag.samples import hits

FIELDS: dict[type, tuple[str, ...]] = {
    types.Article: ("id", "title", "text", "lang", "published", "url", "source"),
    types.Chunk: ("id", "article_id", "text", "start", "end", "lang", "heading", "part"),
    types.Leg: ("name", "rank", "score"),
    types.Hit: ("chunk", "article", "rank", "score", "legs"),
    types.Turn: ("question", "answer"),
    types.Question: ("text", "standalone", "lang", "answer_lang", "history"),
    types.Citation: ("number", "hit", "quote", "start", "end", "verified", "unsupported"),
    types.Statement: ("text", "citations", "emphasis", "supported", "unsupported", "lead"),
    types.Answer: (
        *("question", "text", "lang", "statements", "citations", "hits"),
        *("refused", "reason", "missing", "confidence", "timings", "index"),
    ),
    AnswerChunk: ("text", "answer"),
    EncoderIdentity: ("name", "weights", "dimension"),
    IngestReport: (
        *("added", "updated", "unchanged", "removed", "failed", "skipped"),
        *("chunks", "seconds"),
    ),
}


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.__name__)
def test_fields_of_values(kind: type) -> None:
    assert tuple(field.name for field in dataclasses.fields(kind)) == FIELDS[kind]


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.__name__)
def test_values_cannot_be_changed(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_languages_and_legs() -> None:
    assert text.LANGS == ("ar", "en") == get_args(text.Lang)
    assert get_args(types.LegName) == ("dense-ar", "dense-en", "lexical-ar", "lexical-en")


def test_errors() -> None:
    kinds = {name for name, kind in vars(rag.errors).items() if isinstance(kind, type)}
    assert kinds == {
        *("SanadError", "SettingsError", "SourceError", "QuestionError", "EncoderError"),
        "ReaderError",
        *("StoreError", "StoreMissing", "StoreLocked", "StoreMismatch", "ChatModelError"),
        "EvaluationError",
    }


def test_settings_each_with_a_description() -> None:
    assert {
        *(
            "store",
            "chroma_url",
            "encoder",
            "reader",
            "chat_model",
            "chat_base_url",
            "chat_timeout",
        ),
        *("answer_lang", "k", "depth", "fusion", "refuse", "threads"),
        *("max_question_chars", "max_source_mb"),
    } <= set(Settings.model_fields)
    assert Settings.model_config["env_prefix"] == "SANAD_"
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (Assistant.ask, ["self", "text", "history", "answer_lang", "k"]),
        (Assistant.stream, ["self", "text", "history", "answer_lang", "k"]),
        (Search.find, ["self", "question", "k", "lang", "timings"]),
        (Encoder.count_tokens, ["self", "texts"]),
        (Encoder.encode_queries, ["self", "texts"]),
        (Encoder.encode_passages, ["self", "texts"]),
        (Answerer.condense, ["self", "text", "history", "lang"]),
        (Answerer.stream, ["self", "question", "hits", "signals"]),
        (Store.put, ["self", "entries"]),
        (Store.remove, ["self", "article_ids"]),
        (Store.search_dense, ["self", "vector", "lang", "n"]),
        (Store.search_lexical, ["self", "terms", "lang", "n", "part"]),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_parameters(function: Callable[..., object], parameters: list[str]) -> None:
    assert list(inspect.signature(function).parameters) == parameters


def test_what_the_chain_takes() -> None:
    assert set(Ask.__annotations__) == {"question", "history", "answer_lang", "k"}


def test_an_ingest_report_as_a_document() -> None:
    assert list(IngestReport(seconds=1.23456).as_json().items()) == [
        ("added", 0),
        ("updated", 0),
        ("unchanged", 0),
        ("removed", 0),
        ("failed", []),
        ("skipped", []),
        ("chunks", 0),
        ("seconds", 1.235),
    ]


def test_a_hit_as_a_langchain_document() -> None:
    hit = hits()[0]
    document = as_document(hit)
    assert (document.id, document.page_content) == (hit.chunk.id, hit.chunk.text)
    assert set(document.metadata) == {
        *("article_id", "title", "source", "url", "published"),
        *("lang", "part", "start", "end", "rank", "score"),
    }
    start, end = document.metadata["start"], document.metadata["end"]
    assert hit.article.part(document.metadata["part"])[start:end] == document.page_content


def test_answer_chunks_add_up() -> None:
    asked = types.Question("?", "?", "en", "en")
    answer = types.Answer(asked, "Yes.", "en")
    whole = AnswerChunk("Y") + AnswerChunk("es.") + AnswerChunk(answer=answer)
    assert whole == AnswerChunk("Yes.", answer)
    assert (whole + AnswerChunk("!")).answer == answer
