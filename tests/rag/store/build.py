"""Entries to store, and a picture of everything that a store holds."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.language.text import LANGS, Lang, detect_language
from rag.store import Entry, Store, counts
from rag.store.rows import vector_hashes
from rag.store.vectors import VectorIndex
from rag.types import Article, Chunk
from tests.doubles import HashingEncoder

ROOT = Path(__file__).parents[3]
ENCODER = HashingEncoder()
WORDS = (
    "troops border treaty minister election harvest river bridge hospital school market oil gas "
    "storm vote court strike train airport village museum festival rocket budget inflation"
).split()
ARABIC_WORDS = (
    "جنود حدود معاهدة وزير انتخابات نهر جسر مستشفى مدرسة سوق نفط غاز قطار مطار قرية".split()
)


def entry(
    key: str,
    paragraphs: Sequence[str],
    *,
    title: str = "",
    lang: Lang | None = None,
    origin: str = "here",
    encoder: HashingEncoder = ENCODER,
) -> Entry:
    """An article with one chunk a paragraph."""
    text = "\n".join(paragraphs)
    article = Article(key, title, text, lang or detect_language(text))
    chunks, start = [], 0
    for number, paragraph in enumerate(paragraphs):
        chunks.append(
            Chunk(
                id=f"{key}:{article.content_hash[:8]}:{number:04}",
                article_id=key,
                text=paragraph,
                start=start,
                end=start + len(paragraph),
                lang=lang or detect_language(paragraph),
            )
        )
        start += len(paragraph) + 1
    return Entry(article, chunks, encoder.encode_passages(paragraphs), origin)


def random_entry(key: str, seed: int, paragraphs: int = 3) -> Entry:
    """An article of random words in both languages."""
    rng = random.Random(f"{key}-{seed}")
    return entry(
        key,
        [
            " ".join(rng.choices(ARABIC_WORDS if rng.random() < 0.4 else WORDS, k=8)) + f" {n}"
            for n in range(paragraphs)
        ],
        title=" ".join(rng.choices(WORDS, k=3)),
    )


def index_of(store: Store) -> VectorIndex:
    """The vector index inside the store, which it shows to nobody else."""
    return store._index.open()


def picture(store: Store) -> dict[str, Any]:
    """Everything in the store, and what its vector index holds beside it."""
    articles = {article.id: article for article in store.iter_articles()}
    chunks = {key: store.article_chunks(key) for key in articles}
    ids = [chunk.id for some in chunks.values() for chunk in some]
    index = index_of(store)
    with closing(sqlite3.connect(store.generation / "sanad.sqlite3")) as connection:
        hashes = {lang: set(vector_hashes(connection, lang)) for lang in LANGS}
        kept, recounted = counts.kept(connection), counts.recounted(connection)
        rows = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("articles", "chunks", "terms_ar", "terms_en")
        }
    return {
        "articles": articles,
        "chunks": chunks,
        "ledger": store.ledger(),
        "terms": store.terms(ids),
        "vectors": {key: vector.tobytes() for key, vector in store.vectors(ids).items()},
        "hashes": hashes,
        "index": {lang: index.hashes(lang) for lang in LANGS},
        "rows": rows,
        "kept": kept,
        "recounted": recounted,
    }


def assert_whole(store: Store, expected: Sequence[Entry]) -> None:
    """The store holds exactly ``expected``, in SQLite and in the vector index alike."""
    seen = picture(store)
    assert seen["index"] == seen["hashes"]
    assert seen["kept"] == seen["recounted"]
    assert seen["articles"] == {e.article.id: e.article for e in expected}
    assert seen["chunks"] == {e.article.id: list(e.chunks) for e in expected}
    vectors = {
        c.id: stored(v).tobytes()
        for e in expected
        for c, v in zip(e.chunks, e.vectors, strict=True)
    }
    assert seen["vectors"] == vectors
    assert seen["terms"].keys() == vectors.keys()
    assert {key: e.content_hash for key, e in seen["ledger"].items()} == {
        e.article.id: e.article.content_hash for e in expected
    }
    assert seen["rows"]["chunks"] == len(vectors)
    assert seen["rows"]["terms_ar"] + seen["rows"]["terms_en"] == len(vectors)
    assert_found(store, expected)


def assert_found(store: Store, expected: Sequence[Entry]) -> None:
    """Passages of ``expected`` are found by their vectors, as a question would find them."""
    everything = [(c, v) for e in expected for c, v in zip(e.chunks, e.vectors, strict=True)]
    for chunk, vector in everything[:: len(everything) // 30 + 1]:
        assert chunk.id in dict(store.search_dense(vector, chunk.lang, len(everything)))


def stored(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors as a store gives them back: in half precision."""
    return vectors.astype(np.float16).astype(np.float32)


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Another process that runs ``code``, with pipes to talk through."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
