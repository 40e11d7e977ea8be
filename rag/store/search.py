"""The two search legs of a store, as free functions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.errors import StoreError
from rag.language.text import Lang
from rag.store.rows import TERM_TABLES, chunks_by_hash, vectors_by_hash

Scored = list[tuple[str, float]]
"""(chunk id, score), best first."""

SCORE_DIGITS = 6
"""Cosines are rounded to this, so that equal similarities are ties whatever the order of sums."""


def search_terms(
    connection: sqlite3.Connection, words: Sequence[str], lang: Lang, n: int
) -> Scored:
    """The ``n`` best chunks that hold any of ``words``: (id, BM25), best first, ties by id."""
    query = match(words)
    if not query:
        return []
    table = TERM_TABLES[lang]
    rows = connection.execute(
        f"SELECT c.id, -t.rank FROM {table} AS t JOIN chunks AS c ON c.number = t.rowid "
        f"WHERE {table} MATCH ? ORDER BY t.rank, c.id LIMIT ?",
        (query, n),
    )
    return [(key, float(score)) for key, score in rows]


def document_frequency(connection: sqlite3.Connection, word: str, lang: Lang) -> int:
    """How many chunks in ``lang`` hold ``word``."""
    query = match([word])
    if not query:
        return 0
    table = TERM_TABLES[lang]
    (count,) = connection.execute(
        f"SELECT count(*) FROM {table} WHERE {table} MATCH ?", (query,)
    ).fetchone()
    return int(count)


def match(words: Iterable[str]) -> str:
    """An FTS5 query for any of ``words``. They are quoted, so that none can be syntax.

    >>> match(["NEAR", 'a"b', "1.5", ""])
    '"NEAR" OR "a""b" OR "1.5"'
    """
    clean = (w.encode("utf-8", "ignore").decode().replace("\0", "").strip() for w in words)
    return " OR ".join('"{}"'.format(w.replace('"', '""')) for w in dict.fromkeys(clean) if w)


def direction(vector: NDArray[np.floating], dimension: int) -> NDArray[np.float64]:
    """A query vector at unit length.

    Raises:
        StoreError: it is not of shape (dimension,), or has no direction.
    """
    exact = vector.astype(np.float64)
    norm = float(np.linalg.norm(exact))
    if vector.shape != (dimension,) or not 0 < norm < np.inf:
        raise StoreError(
            f"A query vector of shape {vector.shape} and length {norm} cannot be searched with: "
            f"the store's have {dimension} dimensions. Use the encoder that built the store."
        )
    return np.asarray(exact / norm)


def scored(
    connection: sqlite3.Connection, query: NDArray[np.float64], lang: Lang, hashes: Iterable[str]
) -> Scored:
    """The chunks whose vectors have those hashes, by exact cosine to ``query``, ties by id."""
    cosine = {
        key: _cosine(vector.astype(np.float64), query)
        for key, vector in vectors_by_hash(connection, lang, hashes).items()
    }
    hits = [(chunk, cosine[key]) for chunk, key in chunks_by_hash(connection, lang, cosine)]
    return sorted(hits, key=lambda hit: (-hit[1], hit[0]))


def _cosine(vector: NDArray[np.float64], query: NDArray[np.float64]) -> float:
    exact = float(vector @ query / np.linalg.norm(vector))
    return round(min(1.0, max(-1.0, exact)), SCORE_DIGITS)
