from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag.models.identity import EncoderIdentity
from rag.settings import Settings
from rag.store.records import LanguageCounts, Owner, StoreStatus
from rag.types import Chunk, IndexState
from tests.cli.samples import ENGLISH, arabic_answer, refusal
from ui.terminal.contract import (
    answer_as_json,
    changed_settings,
    error_as_json,
    status_as_json,
    without_password,
)

CITATION_KEYS = [
    "number", "article_id", "title", "source", "url", "quote", "start", "end", "part",
    "lang", "verified",
]  # fmt: skip
HIT_KEYS = [
    "rank", "article_id", "source", "chunk_id", "text", "start", "end", "part", "lang", "score"
]  # fmt: skip


def test_an_answer_has_exactly_the_keys_of_the_contract() -> None:
    document = answer_as_json(arabic_answer())
    assert list(document) == [
        "question", "lang", "answer", "refused", "reason", "citations", "hits", "timings"
    ]  # fmt: skip
    assert [list(citation) for citation in document["citations"]] == [CITATION_KEYS] * 2
    assert [list(hit) for hit in document["hits"]] == [HIT_KEYS] * 2


def test_what_is_quoted_from_a_title_says_so() -> None:
    answer = arabic_answer()
    article = answer.hits[0].article
    title = Chunk("t", article.id, article.title, 0, len(article.title), "ar", part="title")
    hit = replace(answer.hits[0], chunk=title)
    cited = replace(
        answer.citations[0], hit=hit, quote=article.title, start=0, end=len(article.title)
    )
    document = answer_as_json(replace(answer, citations=(cited,), hits=(hit, answer.hits[1])))
    [quoted] = document["citations"]
    assert quoted["part"] == "title"
    assert article.part(quoted["part"])[quoted["start"] : quoted["end"]] == quoted["quote"]
    assert [hit["part"] for hit in document["hits"]] == ["title", "text"]


def test_an_answer_says_what_was_asked_and_where_quotes_stand() -> None:
    document = answer_as_json(arabic_answer())
    assert document["question"] == "كم عدد الجنود؟"
    assert document["lang"] == "ar"
    assert document["refused"] is False
    assert document["reason"] is None
    assert document["timings"] == {"retrieve": 1.235, "total": 12.0}
    second = document["citations"][1]
    assert (second["number"], second["article_id"], second["lang"]) == (2, "kz-en.md", "en")
    assert (second["source"], second["url"], second["verified"]) == (None, None, True)
    assert ENGLISH.text[second["start"] : second["end"]] == second["quote"]


def test_a_refusal_is_a_field_and_keeps_its_hits() -> None:
    document = answer_as_json(refusal())
    assert document["refused"] is True
    assert document["reason"] == "No passage speaks of Brazil."
    assert document["citations"] == []
    assert [hit["chunk_id"] for hit in document["hits"]] == ["kz-en.md#0", "kz-ar.md#0"]


@pytest.mark.parametrize("state", ["ready", "loading", "closed", "mending", "failed", "unsettled"])
def test_an_index_that_is_not_whole_is_told(state: IndexState) -> None:
    told = {"index": state} if state in ("mending", "failed", "unsettled") else {}
    answer, plain = answer_as_json(replace(refusal(), index=state)), answer_as_json(refusal())
    assert answer == {**plain, **told}
    seen = status_as_json(replace(status(), index=state), Settings())
    assert seen == {**status_as_json(status(), Settings()), **told}


def test_errors_name_the_question_that_they_happened_to() -> None:
    assert error_as_json("no store") == {"error": "no store"}
    assert error_as_json("empty", "") == {"question": "", "error": "empty"}


def status(owner: Owner | None = None) -> StoreStatus:
    return StoreStatus(
        path=Path("/srv/sanad"),
        articles=3,
        chunks=30,
        languages={"ar": LanguageCounts(2, 20), "en": LanguageCounts(1, 10)},
        encoder=EncoderIdentity("encoder", "abc", 384),
        normaliser=1,
        chunker=1,
        vectors="http://user:secret@chroma:8000",
        size=1024,
        created_at="2022-01-06T00:00:00Z",
        owner=owner,
    )


def test_the_status_of_a_store() -> None:
    settings = Settings(k=3, chat_model="ollama:qwen3:8b")
    assert status_as_json(status(Owner(7, "sanad run")), settings) == {
        "store": "/srv/sanad",
        "articles": 3,
        "chunks": 30,
        "languages": {
            "ar": {"articles": 2, "chunks": 20},
            "en": {"articles": 1, "chunks": 10},
        },
        "encoder": {"name": "encoder", "dimension": 384, "weights": "abc"},
        "vectors": "http://***@chroma:8000",
        "size": 1024,
        "in_use_by": "process 7 (sanad run)",
        "chat_model": "ollama:qwen3:8b",
        "settings": {"chat_model": "ollama:qwen3:8b", "k": 3},
    }
    assert status_as_json(status(), Settings())["in_use_by"] is None


def test_only_changed_settings_are_listed_and_without_passwords() -> None:
    assert changed_settings(Settings()) == {}
    changed = Settings(store=Path("/srv"), chroma_url="https://a:b@host/x", refuse=False)
    assert changed_settings(changed) == {
        "chroma_url": "https://***@host/x",
        "refuse": False,
        "store": "/srv",
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("http://user:secret@host:8000/x", "http://***@host:8000/x"),
        ("https://token@host", "https://***@host"),
        ("http://user:p@ss@host", "http://***@host"),
        ("http://user:p/w@host", "http://***@host"),
        ("http://user:p w@host", "http://***@host"),
        ("http://host/@author", "http://host/@author"),
        ("http://host:8000/a@b", "http://host:8000/a@b"),
        ("a@b", "a@b"),
        ("", ""),
        (8, 8),
        (None, None),
        (True, True),
    ],
)
def test_of_a_password_nothing_is_shown(value: object, shown: object) -> None:
    assert without_password(value) == shown
