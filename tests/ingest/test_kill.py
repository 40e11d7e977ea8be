"""An ingest that is killed at any moment leaves a whole store, and the next one completes it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ingest.chunk import CHUNKER_VERSION, chunk_article, passage_text
from ingest.discover import discover
from ingest.pipeline import ingest
from ingest.read import ReadArticle, read
from rag.store import Store, open_store
from rag.types import Article
from tests.conftest import Sample
from tests.doubles import HashingEncoder
from tests.ingest.conftest import Write

ROOT = Path(__file__).parents[2]
ARTICLES = 30
WORDS = "جسر نهر مدينة وزير قرية مدرسة طريق سوق مستشفى مطار bridge river market school road".split()


@pytest.fixture
def articles(folder: Path, write: Write) -> dict[str, Article]:
    """Thirty articles on disk, of one to forty paragraphs: several groups of passages."""
    choose = random.Random(7)
    for number in range(ARTICLES):
        paragraphs = [
            f"{number} {i} " + " ".join(choose.choices(WORDS, k=25)) + "."
            for i in range(choose.randint(1, 40))
        ]
        write(f"{number:02}.txt", "\n\n".join([f"عنوان {number}", *paragraphs]))
    readings = [f for s in discover([folder]).sources for f in read(s, 2**20)]
    return {f.article.id: f.article for f in readings if isinstance(f, ReadArticle)}


def start(folder: Path, store: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.ingest.killed_ingest", str(folder), str(store)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def end(process: subprocess.Popen[str], how: signal.Signals, delay: float) -> None:
    """Wait until the store is open, then ``delay`` seconds, then send the signal."""
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    time.sleep(delay)
    process.send_signal(how)
    process.communicate(timeout=60)


def check(store: Store, articles: dict[str, Article], encoder: HashingEncoder) -> int:
    """Every article is wholly there, for both searches, or not there; returns how many are."""
    held = {article.id: article for article in store.iter_articles()}
    passages = texts = 0
    for key, article in held.items():
        assert article == articles[key]
        chunks = store.article_chunks(key)
        assert chunks == chunk_article(article, encoder.count_tokens, encoder.max_tokens)
        passages += len(chunks)
        texts += sum(chunk.part == "text" for chunk in chunks)
        expected = encoder.encode_passages([passage_text(article, chunk) for chunk in chunks])
        vectors = store.vectors([chunk.id for chunk in chunks])
        for chunk, vector in zip(chunks, expected, strict=True):
            assert np.allclose(vectors[chunk.id], vector, rtol=1e-3)  # half precision
        for chunk, vector in list(zip(chunks, expected, strict=True))[::7]:
            dense = dict(store.search_dense_parts(vector, chunk.lang, 20)[chunk.part])
            assert dense[chunk.id] == pytest.approx(1.0, abs=1e-5)
    assert store.chunk_count("ar") + store.chunk_count("en") == texts
    assert len(store.terms([c.id for k in held for c in store.article_chunks(k)])) == passages
    for lang in ("ar", "en"):
        found = store.search_dense(np.ones(64, dtype=np.float32), lang, 2000)
        assert len(found) == store.chunk_count(lang)
    return len(held)


@pytest.mark.slow
def test_kill_9_at_many_moments(
    articles: dict[str, Article],
    folder: Path,
    tmp_path: Path,
    encoder: HashingEncoder,
    sample: Sample,
) -> None:
    path = tmp_path / "killed"
    held = 0
    for moment in sample(range(25), 6):
        end(start(folder, path), signal.SIGKILL, moment / 20)
        with open_store(path, encoder.identity, chunker_version=CHUNKER_VERSION) as store:
            now = check(store, articles, encoder)
            assert now >= held  # what was stored once is not lost
            if now > ARTICLES // 2:
                store.remove(sorted(store.ledger())[::2])  # leave something to do
            held = len(store.ledger())
    with open_store(path, encoder.identity, chunker_version=CHUNKER_VERSION) as store:
        report = ingest([folder], store, encoder)
        assert (report.added, report.unchanged, report.failed) == (ARTICLES - held, held, ())
        assert check(store, articles, encoder) == ARTICLES


def test_an_interrupt_ends_the_process_and_harms_nothing(
    articles: dict[str, Article], folder: Path, tmp_path: Path, encoder: HashingEncoder
) -> None:
    path = tmp_path / "interrupted"
    process = start(folder, path)
    end(process, signal.SIGINT, 0.3)
    assert process.returncode in (0, -signal.SIGINT, 130, 1)
    with open_store(path, encoder.identity, chunker_version=CHUNKER_VERSION) as store:
        held = check(store, articles, encoder)
        report = ingest([folder], store, encoder)
        assert report.added == ARTICLES - held
        assert check(store, articles, encoder) == ARTICLES
