"""The tables of a generation's SQLite file, and what later versions added to them."""

from __future__ import annotations

import sqlite3

from rag.store import codes, counts

TITLE_WEIGHT = 0.5
"""BM25 weight of title and heading terms, where terms of the passage weigh 1."""

# Terms come analysed and joined by spaces: each is to stay whole, as in 1.5, o'clock or ~brdg.
_TERMS = "title, body, tokenize = \"unicode61 remove_diacritics 0 tokenchars '~.'''\""
_SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    lang TEXT NOT NULL,
    published TEXT,
    url TEXT,
    source TEXT,
    content_hash TEXT NOT NULL,
    origin TEXT NOT NULL,
    ingested_at TEXT NOT NULL
);
CREATE TABLE vectors (
    number INTEGER PRIMARY KEY,
    lang TEXT NOT NULL,
    hash TEXT NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (lang, hash)
);
CREATE TABLE chunks (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    article_id TEXT NOT NULL REFERENCES articles (id),
    position INTEGER NOT NULL,
    text TEXT NOT NULL,
    "start" INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    lang TEXT NOT NULL,
    heading TEXT NOT NULL,
    vector INTEGER NOT NULL REFERENCES vectors (number)
);
CREATE INDEX chunks_of_article ON chunks (article_id, position);
CREATE INDEX chunks_of_vector ON chunks (vector, id);
CREATE INDEX chunks_of_language ON chunks (lang);
CREATE VIRTUAL TABLE terms_ar USING fts5 ({_TERMS});
CREATE VIRTUAL TABLE terms_en USING fts5 ({_TERMS});
INSERT INTO terms_ar (terms_ar, rank) VALUES ('rank', 'bm25({TITLE_WEIGHT}, 1.0)');
INSERT INTO terms_en (terms_en, rank) VALUES ('rank', 'bm25({TITLE_WEIGHT}, 1.0)');
"""

# What came after the first stores of this format: older versions of the program can do with it.
_LATER = {
    # The ledger without the articles' text, and the articles of an origin.
    "articles_of_origin": (
        "CREATE INDEX articles_of_origin ON articles (origin, id, content_hash, lang)"
    ),
    **counts.TRIGGERS,
    **codes.SCHEMA,
}


def create(connection: sqlite3.Connection) -> None:
    """Make all tables in an empty file."""
    for statement in (*_SCHEMA.split(";\n"), *_LATER.values()):
        connection.execute(statement)


def missing(connection: sqlite3.Connection) -> list[str]:
    """Names of what came later and is not there."""
    present = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    return [name for name in _LATER if name not in present]


def complete(connection: sqlite3.Connection) -> None:
    """Add what is :func:`missing`."""
    for name in missing(connection):
        connection.execute(_LATER[name])
