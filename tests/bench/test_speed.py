from __future__ import annotations

from pathlib import Path

import pytest

from bench import corpus, speed
from bench.encoders import SentenceMeans
from ingest.jsonl import write_jsonl
from rag.settings import Settings
from rag.store import open_store
from tests.doubles import HashingEncoder


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "small.jsonl"
    write_jsonl(corpus.sample_articles()[:4], path)
    return path


def test_sanad_is_timed_by_stage(
    file: Path, tmp_path: Path, encoder: HashingEncoder, settings: Settings
) -> None:
    found = speed.ingest_sanad(file, tmp_path / "store", encoder, settings)
    assert found.passages > 20
    assert min(found.cut, found.encode, found.store) > 0
    assert found.seconds == pytest.approx(found.cut + found.encode + found.store)
    with open_store(tmp_path / "store", encoder.identity) as store:
        assert store.chunk_count("ar") + store.chunk_count("en") == found.passages
        stages = speed.ask_sanad(store, encoder, settings, corpus.sample_questions(4))
    assert {"encode", "dense", "lexical", "fuse", "search", "ask"} <= set(stages)
    assert 0 < stages["encode"].p50 <= stages["encode"].p95
    assert stages["search"].p50 < stages["ask"].p50


def test_textbook_is_timed_by_stage(
    file: Path, tmp_path: Path, encoder: HashingEncoder, settings: Settings
) -> None:
    found = speed.ingest_textbook(file, tmp_path / "store", SentenceMeans(encoder), settings)
    assert found.passages > 10
    assert min(found.cut, found.encode, found.store) > 0
    assert found.seconds == pytest.approx(found.cut + found.encode + found.store)
    stages = speed.ask_textbook(tmp_path / "store", encoder, settings, corpus.sample_questions(4))
    assert set(stages) == {"encode", "search", "cpu"}
    assert 0 < stages["encode"].p50 < stages["search"].p50


def test_both_systems_read_the_same_text(
    file: Path, tmp_path: Path, encoder: HashingEncoder, settings: Settings
) -> None:
    ours = speed.ingest_sanad(file, tmp_path / "a", encoder, settings)
    theirs = speed.ingest_textbook(file, tmp_path / "b", encoder, settings)
    assert ours.characters == theirs.characters > 10_000
