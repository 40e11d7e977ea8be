"""The tables of a generation's SQLite file, and what later versions added to them."""

from __future__ import annotations

import sqlite3

from rag.store import codes, counts

TITLE_WEIGHT = 0.5
"""BM25 weight of title and heading terms, where terms of the passage weigh 1."""

# Terms come analysed and joined by spaces: each is to stay whole, as in 1.5, o'clock or ~brdg.
_TERMS = "title, body, tokenize = \"unicode61 remove_diacritics 0 tokenchars '~.'''\""
_PART_TYPE = "TEXT NOT NULL DEFAULT 'text' CHECK (part IN ('text', 'title'))"
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
    vector INTEGER NOT NULL REFERENCES vectors (number),
    part {_PART_TYPE}
);
CREATE INDEX chunks_of_article ON chunks (article_id, position);
CREATE INDEX chunks_of_vector ON chunks (vector, id);
CREATE INDEX chunks_of_language ON chunks (lang);
CREATE VIRTUAL TABLE terms_ar USING fts5 ({_TERMS});
CREATE VIRTUAL TABLE terms_en USING fts5 ({_TERMS});
INSERT INTO terms_ar (terms_ar, rank) VALUES ('rank', 'bm25({TITLE_WEIGHT}, 1.0)');
INSERT INTO terms_en (terms_en, rank) VALUES ('rank', 'bm25({TITLE_WEIGHT}, 1.0)');
"""

# What came after the first stores: older versions of the program can do with it, until it is used.
_PART = "chunks.part"
_LATER = {
    _PART: f"ALTER TABLE chunks ADD COLUMN part {_PART_TYPE}",
    "titles_ar": f"CREATE VIRTUAL TABLE titles_ar USING fts5 ({_TERMS})",
    "titles_en": f"CREATE VIRTUAL TABLE titles_en USING fts5 ({_TERMS})",
    # The ledger without the articles' text, and the articles of an origin.
    "articles_of_origin": (
        "CREATE INDEX articles_of_origin ON articles (origin, id, content_hash, lang)"
    ),
    **counts.TRIGGERS,
    **codes.SCHEMA,
}


def create(connection: sqlite3.Connection) -> None:
    """Make all tables in an empty file."""
    for statement in _SCHEMA.split(";\n"):
        connection.execute(statement)
    complete(connection)


def missing(connection: sqlite3.Connection) -> list[str]:
    """Names of what came later and is not there, or is there as it once was."""
    present = dict(connection.execute("SELECT name, sql FROM sqlite_schema"))
    if counts.has_parts(connection):
        present[_PART] = None
    return [
        name
        for name, statement in _LATER.items()
        if name not in present or (name in counts.TRIGGERS and present[name] != statement)
    ]


def complete(connection: sqlite3.Connection) -> None:
    """Add what is :func:`missing`."""
    for name in missing(connection):
        if name in counts.TRIGGERS:
            connection.execute(f"DROP TRIGGER IF EXISTS {name}")
        connection.execute(_LATER[name])
