"""Reading articles, passages and terms from a store's database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rag.language.text import Lang
from rag.store import counts, rows, search
from rag.store.database import Database
from rag.store.records import LedgerEntry
from rag.store.rows import Vector
from rag.types import Article, ArticlePart, Chunk

ARTICLES_AT_ONCE = 100


class Contents:
    """Reading the articles, passages and terms of a store, from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ledger(self, ids: Iterable[str] | None = None) -> dict[str, LedgerEntry]:
        """Content hash and origin of each article, or of those of the ``ids`` there are, by id."""
        with self._database.read() as connection:
            return rows.ledger(connection, ids)

    def ledger_of(self, origins: Iterable[str]) -> dict[str, LedgerEntry]:
        """The ledger of the articles that came from one of ``origins``, by id."""
        with self._database.read() as connection:
            return rows.ledger_of(connection, origins)

    def articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """Those of the articles that there are, by id."""
        with self._database.read() as connection:
            return rows.articles(connection, ids)

    def iter_articles(self) -> Iterator[Article]:
        """All articles in the order of their ids; the store may be written to meanwhile."""
        last: str | None = None
        while True:
            with self._database.read() as connection:
                some = rows.articles_after(connection, last, ARTICLES_AT_ONCE)
            yield from some
            if not some:
                return
            last = some[-1].id

    def chunks(self, ids: Iterable[str]) -> dict[str, Chunk]:
        """Those of the chunks that there are, by id."""
        with self._database.read() as connection:
            return rows.chunks(connection, ids)

    def article_chunks(self, article_id: str) -> list[Chunk]:
        """The chunks of an article in its order, its title first; none of one that is not there."""
        with self._database.read() as connection:
            return rows.article_chunks(connection, article_id)

    def vectors(self, chunk_ids: Iterable[str]) -> dict[str, Vector]:
        """Vectors (float32, shape (dimension,)) of those of the chunks that there are, by id."""
        with self._database.read() as connection:
            return rows.vectors(connection, chunk_ids)

    def terms(self, chunk_ids: Iterable[str]) -> dict[str, str]:
        """Indexed terms of those of the chunks that there are, title terms first, by id."""
        with self._database.read() as connection:
            return rows.terms(connection, chunk_ids)

    def document_frequencies(self, terms: Iterable[str], lang: Lang) -> dict[str, int]:
        """How many chunks of texts in ``lang`` hold each of ``terms``."""
        with self._database.read() as connection:
            return {t: search.document_frequency(connection, t, lang) for t in dict.fromkeys(terms)}

    def chunk_count(self, lang: Lang) -> int:
        """How many chunks of texts there are in ``lang``."""
        with self._database.read() as connection:
            return counts.count(connection, "chunks", lang)

    def article_count(self, lang: Lang) -> int:
        """How many articles there are in ``lang``."""
        with self._database.read() as connection:
            return counts.count(connection, "articles", lang)

    def search_lexical(
        self, terms: Sequence[str], lang: Lang, n: int, part: ArticlePart = "text"
    ) -> list[tuple[str, float]]:
        """The ``n`` best chunks of a part in ``lang`` that hold any of ``terms``: (chunk id, BM25).

        Best first, ties by id. BM25 (Robertson & Zaragoza 2009) is positive, higher is better, and
        is worked out among chunks of the same part; title and heading terms weigh half in texts.
        """
        with self._database.read() as connection:
            return search.search_terms(connection, terms, lang, n, part)
