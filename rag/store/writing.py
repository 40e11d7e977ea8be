"""Writing the tables: what one transaction of :meth:`Store.put` or ``remove`` does."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rag.errors import StoreError
from rag.language.terms import index_text
from rag.language.text import Lang
from rag.store.database import set_meta
from rag.store.manifest import FORMAT
from rag.store.records import Entry
from rag.store.rows import (
    TERM_TABLES,
    Vector,
    as_blob,
    dimension,
    from_blob,
    listed,
    vectors_by_hash,
)
from rag.types import Article, Chunk

Hashed = dict[Lang, dict[str, Vector]]
"""Vectors by language and hash."""


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A chunk, ready to be written: with the blob of its vector and its terms."""

    chunk: Chunk
    hash: str
    blob: bytes
    title_terms: str
    body_terms: str


@dataclass(frozen=True, slots=True)
class Record:
    """An article, ready to be written."""

    article: Article
    origin: str
    rows: tuple[ChunkRow, ...]


def prepare(entry: Entry) -> Record:
    """Everything about ``entry`` that can be worked out before the transaction."""
    rows = []
    for chunk, vector in zip(entry.chunks, entry.vectors, strict=True):
        exact = (vector + 0.0).astype("<f4").tobytes()  # + 0.0: -0.0 and 0.0 are one vector
        title = entry.article.title if chunk.part == "text" else ""
        terms = index_text(title, chunk.heading, chunk.text, chunk.lang)
        key = hashlib.blake2b(exact, digest_size=16).hexdigest()
        rows.append(ChunkRow(chunk, key, as_blob(vector), *terms))
    return Record(entry.article, entry.origin, tuple(rows))


def replace(connection: sqlite3.Connection, records: Sequence[Record]) -> set[int]:
    """Write ``records`` in place of what their articles had.

    Returns the numbers of the vectors that the old chunks had: :func:`drop_unused` looks at them.
    """
    set_meta(connection, {"format": str(FORMAT)})
    numbers = delete(connection, [record.article.id for record in records])
    now = datetime.now(UTC).isoformat(timespec="seconds")
    connection.executemany(
        "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(*_fields(r.article), r.article.content_hash, r.origin, now) for r in records],
    )
    for record in records:
        for position, row in enumerate(record.rows):
            _insert(connection, position, row)
    return numbers


def add(connection: sqlite3.Connection, records: Sequence[Record]) -> set[int]:
    """Write the chunks of ``records`` beside those that their articles have, in front of them.

    Articles that are gone, or are no longer what they were, and chunks that are there already are
    passed over. Returns the numbers of vectors that came out of use: none.
    """
    set_meta(connection, {"format": str(FORMAT)})
    for record in records:
        is_held = connection.execute(
            "SELECT 1 FROM articles WHERE id = ? AND content_hash = ?",
            (record.article.id, record.article.content_hash),
        ).fetchone()
        for row in record.rows if is_held else ():
            known = connection.execute("SELECT 1 FROM chunks WHERE id = ?", (row.chunk.id,))
            if known.fetchone() is None:
                _insert(connection, -1, row)
    return set()


def delete(connection: sqlite3.Connection, article_ids: Iterable[str]) -> set[int]:
    """Delete articles with their chunks and terms; returns the numbers of the chunks' vectors."""
    ids = listed(article_ids)
    these = "article_id IN (SELECT value FROM json_each(?))"
    numbers = {
        number for (number,) in connection.execute(f"SELECT vector FROM chunks WHERE {these}", ids)
    }
    for part, tables in TERM_TABLES.items():
        for lang, table in tables.items():
            connection.execute(
                f"DELETE FROM {table} WHERE rowid IN "
                f"(SELECT number FROM chunks WHERE part = ? AND lang = ? AND {these})",
                (part, lang, *ids),
            )
    connection.execute(f"DELETE FROM chunks WHERE {these}", ids)
    connection.execute("DELETE FROM articles WHERE id IN (SELECT value FROM json_each(?))", ids)
    return numbers


def drop_unused(connection: sqlite3.Connection, numbers: Iterable[int]) -> dict[Lang, list[str]]:
    """Delete those of the vectors that no chunk has any more; returns their hashes."""
    rows = connection.execute(
        "SELECT number, lang, hash FROM vectors AS v "
        "WHERE number IN (SELECT value FROM json_each(?)) "
        "AND NOT EXISTS (SELECT 1 FROM chunks WHERE vector = v.number) ORDER BY number",
        listed(numbers),
    ).fetchall()
    connection.executemany("DELETE FROM vectors WHERE number = ?", [(row[0],) for row in rows])
    dropped: dict[Lang, list[str]] = {}
    for _, lang, key in rows:
        dropped.setdefault(lang, []).append(key)
    return dropped


def new_vectors(connection: sqlite3.Connection, records: Iterable[Record]) -> Hashed:
    """Vectors of ``records`` that the store does not have yet."""
    wanted: dict[Lang, dict[str, bytes]] = {}
    for record in records:
        for row in record.rows:
            wanted.setdefault(row.chunk.lang, {})[row.hash] = row.blob
    fresh: Hashed = {}
    size = dimension(connection)
    for lang, blobs in wanted.items():
        known = vectors_by_hash(connection, lang, blobs)
        new = {key: from_blob(blob, size) for key, blob in blobs.items() if key not in known}
        if new:
            fresh[lang] = new
    return fresh


def refuse_foreign_chunks(connection: sqlite3.Connection, records: Iterable[Record]) -> None:
    """Refuse chunk ids that another article has.

    Raises:
        StoreError: names the chunk and that article.
    """
    mine = {row.chunk.id: r.article.id for r in records for row in r.rows}
    rows = connection.execute(
        "SELECT id, article_id FROM chunks WHERE id IN (SELECT value FROM json_each(?))",
        listed(mine),
    )
    for key, article_id in rows:
        if mine[key] != article_id:
            raise StoreError(
                f"The chunk id {key!r} of the article {mine[key]!r} is taken by the article "
                f"{article_id!r}. Give every chunk an id of its own."
            )


def _fields(article: Article) -> tuple[str | None, ...]:
    a = article
    return (a.id, a.title, a.text, a.lang, a.published, a.url, a.source)


def _insert(connection: sqlite3.Connection, position: int, row: ChunkRow) -> None:
    chunk = row.chunk
    connection.execute(
        "INSERT OR IGNORE INTO vectors (lang, hash, vector) VALUES (?, ?, ?)",
        (chunk.lang, row.hash, row.blob),
    )
    cursor = connection.execute(
        "INSERT INTO chunks "
        '(id, article_id, position, text, "start", "end", lang, heading, part, vector)'
        " SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, number FROM vectors WHERE lang = ? AND hash = ?",
        (
            *(chunk.id, chunk.article_id, position, chunk.text, chunk.start, chunk.end),
            *(chunk.lang, chunk.heading, chunk.part, chunk.lang, row.hash),
        ),
    )
    connection.execute(
        f"INSERT INTO {TERM_TABLES[chunk.part][chunk.lang]} (rowid, title, body) VALUES (?, ?, ?)",
        (cursor.lastrowid, row.title_terms, row.body_terms),
    )
