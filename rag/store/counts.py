"""How many articles, chunks and vectors each language has, kept beside them in the meta table.

Chunks are those of texts: titles come beside them in a search, and count for nothing in it.

Counting rows takes longer the more of them there are, and a count is wanted at every question.
Triggers keep the counts, in the transaction that writes or deletes the rows. They belong to the
file, so that no writer can forget them, not even an older version of this program.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Literal

from rag.language.text import LANGS, Lang

Counted = Literal["articles", "chunks", "vectors"]
COUNTED: tuple[Counted, ...] = ("articles", "chunks", "vectors")

ZERO: Mapping[str, str] = {f"{table}_{lang}": "0" for table in COUNTED for lang in LANGS}
"""The counts of an empty store, by their key in the meta table."""

_CHANGES = (("INSERT", "NEW", "+"), ("DELETE", "OLD", "-"))
_OF_TEXTS = {"chunks": " WHEN {row}.part = 'text'"}
TRIGGERS: Mapping[str, str] = {
    f"count_{table}_{event.lower()}": (
        f"CREATE TRIGGER count_{table}_{event.lower()} AFTER {event} ON {table}"
        f"{_OF_TEXTS.get(table, '').format(row=row)} BEGIN UPDATE meta "
        f"SET value = value {sign} 1 WHERE key = '{table}_' || {row}.lang; END"
    )
    for table in COUNTED
    for event, row, sign in _CHANGES
}
"""The statements that make each of the triggers, by name."""


def count(connection: sqlite3.Connection, table: Counted, lang: Lang) -> int:
    """How many rows of ``table`` are in ``lang``: as kept, or counted where nothing is kept yet."""
    kept = connection.execute("SELECT value FROM meta WHERE key = ?", (f"{table}_{lang}",))
    counted = (
        kept.fetchone()
        or connection.execute(
            f"SELECT count(*) FROM {table} WHERE {_counted(connection, table)} AND lang = ?",
            (lang,),
        ).fetchone()
    )
    return int(counted[0])


def recounted(connection: sqlite3.Connection) -> dict[str, str]:
    """The counts as the rows themselves tell, by key."""
    rows = " UNION ALL ".join(
        f"SELECT '{table}_' || lang, count(*) FROM {table} "
        f"WHERE {_counted(connection, table)} GROUP BY lang"
        for table in COUNTED
    )
    return {**ZERO, **{key: str(found) for key, found in connection.execute(rows)}}


def has_parts(connection: sqlite3.Connection) -> bool:
    """Whether chunks say what of their article they are: those of an older version do not."""
    columns = connection.execute("SELECT name FROM pragma_table_info('chunks')")
    return ("part",) in columns


def _counted(connection: sqlite3.Connection, table: Counted) -> str:
    """Which rows of ``table`` count."""
    return "part = 'text'" if table == "chunks" and has_parts(connection) else "true"


def kept(connection: sqlite3.Connection) -> dict[str, str]:
    """The counts as they are kept, by key; none in a store of an older version."""
    rows = connection.execute("SELECT key, value FROM meta")
    return {key: value for key, value in rows if key in ZERO}
