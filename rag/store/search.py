"""The two search legs of a store, as free functions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from rag.errors import StoreError
from rag.language.text import Lang
from rag.store import counts
from rag.store.rows import TERM_TABLES, chunks_by_hash, vectors_by_hash
from rag.types import ArticlePart

Scored = list[tuple[str, float]]
"""(chunk id, score), best first."""

SCORE_DIGITS = 6
"""Cosines are rounded to this, so that equal similarities are ties whatever the order of sums."""

SMALL = 20_000
"""In a language of no more chunks than this, every chunk that holds any of the words is ranked."""

CANDIDATES, SHARE = 10_000, 0.1
"""Above it, about so many chunks or that share of all are ranked, whichever is more.

On 7,720 encyclopedia paragraphs a share of .2 without a least number, which makes 300 to 900
candidates, lost none of the 1,280 questions' paragraphs among the first 10, and one among 60.
"""


def search_terms(
    connection: sqlite3.Connection,
    words: Sequence[str],
    lang: Lang,
    n: int,
    part: ArticlePart = "text",
) -> Scored:
    """The ``n`` best chunks of a part that hold any of ``words``: (id, BM25), best first.

    Ties go by id. Of a language with more than :data:`SMALL` chunks only those are looked at that
    hold one of the rarer words (:func:`telling`); they are scored by all.
    """
    words, table = _clean(words), TERM_TABLES[part][lang]
    size = counts.count(connection, "chunks" if part == "text" else "articles", lang)
    wanted = words
    if size > SMALL:
        wanted = telling({w: document_frequency(connection, w, lang, part) for w in words}, size)
    if not wanted or n < 1:
        return []
    # FTS5 works out a rank only where it is asked for, and that takes most of the time: about a
    # microsecond a chunk, where passing over one takes a twentieth. To order by rank within FTS5
    # takes longer than this does.
    few = len(wanted) < len(words)
    among = f"AND +rowid IN (SELECT rowid FROM {table} WHERE {table} MATCH ?)" if few else ""
    rows = connection.execute(
        f"WITH found AS (SELECT rowid AS number, rank FROM {table} WHERE {table} MATCH ? {among}), "
        "last AS (SELECT rank FROM found ORDER BY rank LIMIT 1 OFFSET ?) "
        "SELECT c.id, -f.rank FROM found AS f JOIN chunks AS c ON c.number = f.number "
        "WHERE f.rank <= ifnull((SELECT rank FROM last), 0) "  # all that tie with the last
        "ORDER BY f.rank, c.id LIMIT ?",
        (match(words), *([match(wanted)] if few else []), n - 1, n),
    )
    return [(key, float(score)) for key, score in rows]


def telling(frequencies: Mapping[str, int], chunks: int) -> list[str]:
    """The words to find candidates by, in a language of so many ``chunks``: the rarest ones.

    They are taken from the rarest on, as long as no more than a share of all chunks can hold one
    of them; the first that is found at all is always taken. What holds only the others, which are
    common, is not among the best. (Lucene's common terms query has the same idea.)

    >>> telling({"minister": 30_000, "the": 90_000, "zebra": 12}, 100_000)
    ['zebra']
    """
    rarest = sorted((count, word) for word, count in frequencies.items() if count)
    sums = accumulate(count for count, _ in rarest)
    most = max(CANDIDATES, int(SHARE * chunks))
    return [
        word
        for position, ((_, word), total) in enumerate(zip(rarest, sums, strict=True))
        if position == 0 or total <= most
    ]


def document_frequency(
    connection: sqlite3.Connection, word: str, lang: Lang, part: ArticlePart = "text"
) -> int:
    """How many chunks of a part in ``lang`` hold ``word``."""
    query = match([word])
    if not query:
        return 0
    table = TERM_TABLES[part][lang]
    (found,) = connection.execute(
        f"SELECT count(*) FROM {table} WHERE {table} MATCH ?", (query,)
    ).fetchone()
    return int(found)


def match(words: Iterable[str]) -> str:
    """An FTS5 query for any of ``words``. They are quoted, so that none can be syntax.

    >>> match(["NEAR", 'a"b', "1.5", ""])
    '"NEAR" OR "a""b" OR "1.5"'
    """
    return " OR ".join('"{}"'.format(word.replace('"', '""')) for word in _clean(words))


def _clean(words: Iterable[str]) -> list[str]:
    """The distinct words without what SQLite cannot take."""
    clean = (word.encode("utf-8", "ignore").decode().replace("\0", "").strip() for word in words)
    return [word for word in dict.fromkeys(clean) if word]


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
) -> dict[ArticlePart, Scored]:
    """The chunks of each part whose vectors have those hashes, by exact cosine, ties by id."""
    cosine = {
        key: _cosine(vector.astype(np.float64), query)
        for key, vector in vectors_by_hash(connection, lang, hashes).items()
    }
    hits: dict[ArticlePart, Scored] = {"text": [], "title": []}
    for chunk, key, part in chunks_by_hash(connection, lang, cosine):
        hits[part].append((chunk, cosine[key]))
    for some in hits.values():
        some.sort(key=lambda hit: (-hit[1], hit[0]))
    return hits


def _cosine(vector: NDArray[np.float64], query: NDArray[np.float64]) -> float:
    exact = float(vector @ query / np.linalg.norm(vector))
    return round(min(1.0, max(-1.0, exact)), SCORE_DIGITS)
