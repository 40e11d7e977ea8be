from __future__ import annotations

from pathlib import Path

import pytest

from bench import corpus
from bench.beside import ask_beside, write_more
from ingest.pipeline import ingest
from rag.settings import Settings
from rag.store import open_store
from tests.doubles import HashingEncoder


def test_questions_are_timed_alone_and_beside_an_ingest(
    tmp_path: Path, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.beside.PAUSE", 0.01)
    settings = Settings.model_construct(reader="none")
    articles, more = corpus.sample_articles()[:4], tmp_path / "more.jsonl"
    write_more(articles, 100, more)
    with open_store(tmp_path / "store", encoder.identity, create=True) as store:
        ingest(["articles"], store, encoder)
        before = len(store.ledger())
        found = ask_beside(store, encoder, settings, corpus.sample_questions(4), more)
        assert len(store.ledger()) > before + 10, "none of them was there already"
    assert found.passages >= 100
    assert found.questions >= 1
    assert min(found.alone.p50, found.beside.p50, found.rate) > 0
