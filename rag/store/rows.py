"""Reading the tables: free functions over a connection, every value bound."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.errors import StoreError
from rag.language.text import LANGS, Lang
from rag.store import counts
from rag.store.records import LanguageCounts, LedgerEntry
from rag.types import Article, ArticlePart, Chunk

Vector = NDArray[np.float32]

STORED = np.dtype("<f2")
"""Vectors are kept in half precision: cosines differ by about 1e-5 from those of single."""
_SINGLE = np.dtype("<f4")

TERM_TABLES: dict[ArticlePart, dict[Lang, str]] = {
    "text": {"ar": "terms_ar", "en": "terms_en"},
    "title": {"ar": "titles_ar", "en": "titles_en"},
}
"""Titles have tables of their own, so that words are as rare among passages of texts as ever."""

_ARTICLE = "id, title, text, lang, published, url, source"
_CHUNK = 'id, article_id, text, "start", "end", lang, heading, part'
_LEDGER = "SELECT id, content_hash, origin FROM articles"
_LISTED = "(SELECT value FROM json_each(?))"


def listed(values: Iterable[object]) -> tuple[str]:
    """The one parameter of ``IN (SELECT value FROM json_each(?))``: any number of values."""
    return (json.dumps(list(values)),)


def ledger(
    connection: sqlite3.Connection, ids: Iterable[str] | None = None
) -> dict[str, LedgerEntry]:
    """Content hash and origin of each article, or of those of the ``ids`` that there are, by id."""
    if ids is None:
        return _ledger(connection.execute(_LEDGER))
    return _ledger(connection.execute(f"{_LEDGER} WHERE id IN {_LISTED}", listed(ids)))


def ledger_of(connection: sqlite3.Connection, origins: Iterable[str]) -> dict[str, LedgerEntry]:
    """The ledger of the articles that came from one of ``origins``, by id."""
    return _ledger(connection.execute(f"{_LEDGER} WHERE origin IN {_LISTED}", listed(origins)))


def _ledger(rows: Iterable[tuple[str, str, str]]) -> dict[str, LedgerEntry]:
    return {key: LedgerEntry(content_hash, origin) for key, content_hash, origin in rows}


def articles(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Article]:
    """Those of the articles that there are, by id."""
    query = f"SELECT {_ARTICLE} FROM articles WHERE id IN {_LISTED}"
    return {row[0]: Article(*row) for row in connection.execute(query, listed(ids))}


def articles_after(connection: sqlite3.Connection, last: str | None, n: int) -> list[Article]:
    """The next ``n`` articles in the order of their ids."""
    query = f"SELECT {_ARTICLE} FROM articles WHERE ? IS NULL OR id > ? ORDER BY id LIMIT ?"
    return [Article(*row) for row in connection.execute(query, (last, last, n))]


def chunks(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Chunk]:
    """Those of the chunks that there are, by id."""
    query = f"SELECT {_CHUNK} FROM chunks WHERE id IN {_LISTED}"
    return {row[0]: Chunk(*row) for row in connection.execute(query, listed(ids))}


def article_chunks(connection: sqlite3.Connection, article_id: str) -> list[Chunk]:
    """The chunks of an article in its order."""
    query = f"SELECT {_CHUNK} FROM chunks WHERE article_id = ? ORDER BY position"
    return [Chunk(*row) for row in connection.execute(query, (article_id,))]


def vectors(connection: sqlite3.Connection, chunk_ids: Iterable[str]) -> dict[str, Vector]:
    """Vectors of those of the chunks that there are, by chunk id."""
    query = (
        "SELECT c.id, v.vector FROM chunks AS c JOIN vectors AS v ON v.number = c.vector "
        f"WHERE c.id IN {_LISTED}"
    )
    return _by_key(connection, connection.execute(query, listed(chunk_ids)))


def terms(connection: sqlite3.Connection, chunk_ids: Iterable[str]) -> dict[str, str]:
    """Indexed terms of those of the chunks that there are, by chunk id, title terms first."""
    wanted, found = listed(chunk_ids), dict[str, str]()
    for table in (table for tables in TERM_TABLES.values() for table in tables.values()):
        query = (
            f"SELECT c.id, t.title, t.body FROM chunks AS c JOIN {table} AS t "
            f"ON t.rowid = c.number WHERE c.id IN {_LISTED}"
        )
        for key, title, body in connection.execute(query, wanted):
            found[key] = f"{title} {body}".strip()
    return found


def language_counts(connection: sqlite3.Connection) -> dict[Lang, LanguageCounts]:
    """Articles and chunks of texts in each language."""
    return {
        lang: LanguageCounts(
            counts.count(connection, "articles", lang), counts.count(connection, "chunks", lang)
        )
        for lang in LANGS
    }


def vector_count(connection: sqlite3.Connection, lang: Lang) -> int:
    """How many distinct vectors the chunks in ``lang`` have."""
    return counts.count(connection, "vectors", lang)


def vector_hashes(connection: sqlite3.Connection, lang: Lang) -> list[str]:
    """Hashes of all vectors of ``lang``, in the order in which they lie on the disk."""
    query = "SELECT hash FROM vectors WHERE lang = ? ORDER BY number"
    return [key for (key,) in connection.execute(query, (lang,))]


def vectors_by_hash(
    connection: sqlite3.Connection, lang: Lang, hashes: Iterable[str]
) -> dict[str, Vector]:
    """Those of the vectors that there are, by hash."""
    query = f"SELECT hash, vector FROM vectors WHERE lang = ? AND hash IN {_LISTED}"
    return _by_key(connection, connection.execute(query, (lang, *listed(hashes))))


def chunks_by_hash(
    connection: sqlite3.Connection, lang: Lang, hashes: Iterable[str]
) -> Iterator[tuple[str, str, ArticlePart]]:
    """(chunk id, hash of its vector, part) of all chunks that have one of the vectors."""
    query = (
        "SELECT c.id, v.hash, c.part FROM vectors AS v JOIN chunks AS c ON c.vector = v.number "
        f"WHERE v.lang = ? AND v.hash IN {_LISTED}"
    )
    return iter(connection.execute(query, (lang, *listed(hashes))).fetchall())


def dimension(connection: sqlite3.Connection) -> int:
    """How many dimensions the vectors have."""
    query = "SELECT value FROM meta WHERE key = 'encoder_dimension'"
    return int(connection.execute(query).fetchone()[0])


def as_blob(vector: Vector) -> bytes:
    """A vector as it is stored."""
    return vector.astype(STORED).tobytes()


def from_blob(blob: bytes, dimension: int) -> Vector:
    """A stored vector."""
    vector: Vector = matrix([blob], dimension)[0]
    return vector


def matrix(blobs: Sequence[bytes], dimension: int) -> Vector:
    """Stored vectors as a matrix of shape (len(blobs), dimension).

    Those of stores of format 1 are in single precision; the length of a blob tells.

    Raises:
        StoreError: one is of neither length.
    """
    kinds = {dimension * kind.itemsize: kind for kind in (STORED, _SINGLE)}
    lengths = {len(blob) for blob in blobs}
    if wrong := lengths - kinds.keys():
        raise StoreError(
            f"The store is damaged: it holds a vector of {min(wrong)} bytes, where one of "
            f"{dimension} dimensions has {' or '.join(map(str, kinds))}. Build it anew with "
            "`sanad reindex`, or restore it from a backup."
        )
    if len(lengths) > 1:  # written to since it was made in format 1
        rows = [np.frombuffer(blob, kinds[len(blob)]).astype(np.float32) for blob in blobs]
        return np.stack(rows)
    kind = kinds[lengths.pop()] if lengths else STORED
    return np.frombuffer(b"".join(blobs), kind).astype(np.float32).reshape(-1, dimension)


def _by_key(connection: sqlite3.Connection, rows: Iterable[tuple[str, bytes]]) -> dict[str, Vector]:
    found = list(rows)
    vectors = matrix([blob for _, blob in found], dimension(connection))
    return {key: vector for (key, _), vector in zip(found, vectors, strict=True)}
