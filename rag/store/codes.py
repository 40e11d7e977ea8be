"""Searching by vector without the index: a shortlist by codes, then exact cosines.

While the vector index is loaded or mended there is nothing to search in but the database, and
reading every vector of a large store takes seconds. So the database keeps a code of each vector
beside it: one bit a dimension, its sign (Charikar 2002). The query keeps its sizes in three bits
(as in RaBitQ, Gao & Long 2024), and what agrees with it best, in bits counted by size, is a
shortlist; cosines of these are exact. A store with no more vectors than the shortlist holds is
searched exactly. Of 12,000 real passages, .999 of the 60 nearest are in a shortlist of 2,000.

Codes are written in the transaction that writes the vectors, and a trigger deletes them with
theirs. New vectors have higher numbers than those before, so what is coded already ends at one
number. A store that knew no codes yet is given them by the next write, or by the first search that
needs them.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.language.text import LANGS, Lang
from rag.store.rows import dimension, listed, matrix

if TYPE_CHECKING:
    from rag.store.database import Database

SHORTLIST = 2000
SHARE = 40
"""As many cosines are computed at least; in large stores, those of one vector in :data:`SHARE`."""

MAGNITUDE_BITS = 3
_AT_ONCE = 4096
_TINY = float(np.finfo(np.float32).tiny)

SCHEMA: Mapping[str, str] = {
    "codes": (
        "CREATE TABLE IF NOT EXISTS codes "
        "(number INTEGER PRIMARY KEY, lang TEXT NOT NULL, code BLOB NOT NULL)"
    ),
    "codes_go_with_vectors": (
        "CREATE TRIGGER IF NOT EXISTS codes_go_with_vectors AFTER DELETE ON vectors "
        "BEGIN DELETE FROM codes WHERE number = old.number; END"
    ),
}
"""The statements that make the table of codes and its trigger, by name."""

_LAST = "(SELECT coalesce(max(number), -1) FROM codes)"


def catch_up(connection: sqlite3.Connection, n: int = _AT_ONCE) -> bool:
    """Code the next ``n`` vectors that have no codes; whether there were so many."""
    for statement in SCHEMA.values():  # an older store that was opened only to be looked at
        connection.execute(statement)
    rows = connection.execute(
        f"SELECT number, lang, vector FROM vectors WHERE number > {_LAST} ORDER BY number LIMIT ?",
        (n,),
    ).fetchall()
    if rows:
        blobs = [blob for _, _, blob in rows]
        codes = signs(matrix(blobs, dimension(connection)))
        connection.executemany(
            "INSERT INTO codes VALUES (?, ?, ?)",
            [(row[0], row[1], code.tobytes()) for row, code in zip(rows, codes, strict=True)],
        )
    return len(rows) == n


def signs(vectors: NDArray[np.floating]) -> NDArray[np.uint64]:
    """One bit a dimension, in words of 64: shape (n, dimension) to (n, words).

    >>> [int(word[0]).bit_count() for word in signs(np.array([[0.9, 0.1, -0.5], [-1, -1, -1]]))]
    [2, 0]
    """
    return _words(np.packbits(vectors > 0, axis=1))


def agreement(codes: NDArray[np.uint64], query: NDArray[np.floating]) -> NDArray[np.int64]:
    """How well vectors of such signs agree with ``query``; higher is nearer.

    ``codes`` is of shape (n, words), ``query`` of (dimension,), the result of (n,).

    >>> codes = signs(np.array([[1, 1, -1], [1, -1, -1], [-1, -1, 1]]))
    >>> agreement(codes, np.array([0.9, 0.1, -0.5]))
    array([12, 11,  0])
    """
    sizes, levels = np.abs(query), 2**MAGNITUDE_BITS - 1
    steps = np.rint(sizes / max(float(sizes.max()), _TINY) * levels).astype(np.uint8)
    own = signs(query[np.newaxis])
    planes = [signs((steps >> bit & 1)[np.newaxis]) for bit in range(MAGNITUDE_BITS)]
    found = np.zeros(len(codes), np.int64)
    for start in range(0, len(codes), _AT_ONCE):  # what fits in the processor's cache
        agreed = ~(codes[start : start + _AT_ONCE] ^ own)
        for bit, plane in enumerate(planes):
            counts = np.bitwise_count(agreed & plane).sum(axis=1, dtype=np.int64)
            found[start : start + _AT_ONCE] += counts << bit
    return found


def _words(codes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    padded = np.zeros((len(codes), -(-codes.shape[1] // 8) * 8), np.uint8)
    padded[:, : codes.shape[1]] = codes
    return padded.view(np.uint64)


@dataclass(frozen=True, slots=True)
class _Coded:
    """The codes of one language: vectors' numbers of shape (n,), codes of shape (n, words)."""

    numbers: NDArray[np.int64]
    codes: NDArray[np.uint64]


class CodedSearch:
    """Nearest vectors without the index. Safe to use from several threads.

    The codes are kept in memory (128 bytes a vector of 1,024 dimensions) until :meth:`forget`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mutex = threading.Lock()
        self._coded: dict[Lang, _Coded] | None = None

    def nearest(self, lang: Lang, query: NDArray[np.floating], n: int) -> list[str]:
        """Hashes of the ``n`` vectors nearest by cosine (fewer when there are fewer)."""
        numbers = self._shortlist(lang, query, max(SHORTLIST, 8 * n))
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT hash, vector FROM vectors WHERE lang = ? AND number IN "
                "(SELECT value FROM json_each(?))",
                (lang, *listed(numbers.tolist())),
            ).fetchall()
            if not rows:
                return []
            vectors = matrix([blob for _, blob in rows], dimension(connection))
        cosines = vectors @ query.astype(np.float32) / np.linalg.norm(vectors, axis=1)
        best = sorted(zip((-cosines).tolist(), (key for key, _ in rows), strict=True))
        return [key for _, key in best[:n]]

    def forget(self) -> None:
        """Read the codes anew when they are next needed: vectors were written or deleted."""
        with self._mutex:
            self._coded = None

    def _shortlist(self, lang: Lang, query: NDArray[np.floating], size: int) -> NDArray[np.int64]:
        coded = self._read()[lang]
        size = max(size, len(coded.numbers) // SHARE)
        if len(coded.numbers) <= size:
            return coded.numbers
        order = np.argsort(-agreement(coded.codes, query), kind="stable")
        return np.sort(coded.numbers[order[:size]])

    def _read(self) -> dict[Lang, _Coded]:
        with self._mutex:
            if self._coded is None:
                more = True
                while more:  # a part at a time, so that no write waits for all of it
                    with self._database.write() as connection:
                        more = catch_up(connection)
                with self._database.read() as connection:
                    self._coded = {lang: _coded(connection, lang) for lang in LANGS}
            return self._coded


def _coded(connection: sqlite3.Connection, lang: Lang) -> _Coded:
    rows = connection.execute("SELECT number, code FROM codes WHERE lang = ?", (lang,)).fetchall()
    codes = np.frombuffer(b"".join(code for _, code in rows), np.uint64)
    return _Coded(
        np.fromiter((number for number, _ in rows), np.int64, len(rows)),
        codes.reshape(len(rows), codes.size // max(1, len(rows))),
    )
