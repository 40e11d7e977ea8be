"""The search leg by meaning: the vector index, or what stands in for it, and exact cosines."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rag.language.text import Lang
from rag.store.chroma import IndexDamaged
from rag.store.codes import CodedSearch
from rag.store.database import Database
from rag.store.index import IndexKeeper
from rag.store.search import Scored, scored
from rag.types import ArticlePart


class DenseSearch:
    """Chunks nearest to a query vector. Safe to use from several threads."""

    def __init__(
        self, database: Database, keeper: IndexKeeper, still_live: Callable[[], None]
    ) -> None:
        self._database = database
        self._keeper = keeper
        self._coded = CodedSearch(database)
        self._still_live = still_live

    def search(self, query: NDArray[np.float64], lang: Lang, n: int) -> dict[ArticlePart, Scored]:
        """The ``n`` chunks of texts in ``lang`` nearest to ``query``, which is of unit length.

        With them the titles that are found on the way: the nearest ones, few or none where texts
        are nearer.

        Raises:
            StoreError: the index cannot be used; or what ``still_live`` raises when it fails.
        """
        wanted = n + n // 2
        while wanted > 0:
            nearest = self._nearest(query, lang, wanted)
            with self._database.read() as connection:
                hits = scored(connection, query, lang, nearest)
            if len(hits["text"]) >= n or len(nearest) < wanted:
                return {part: some[:n] for part, some in hits.items()}
            wanted *= 2  # many are titles, or some were of a write that is under way
        return {"text": [], "title": []}

    def forget(self) -> None:
        """Vectors were written or deleted."""
        self._coded.forget()

    def _nearest(self, query: NDArray[np.float64], lang: Lang, n: int) -> list[str]:
        index = self._keeper.at_hand()
        for anew in (False, True):
            if index is None:
                return self._coded.nearest(lang, query, n)
            self._coded.forget()
            try:
                return index.nearest(lang, query, n)
            except IndexDamaged:
                self._still_live()
                index = self._keeper.recover(index, anew=anew)
        return index.nearest(lang, query, n) if index else self._coded.nearest(lang, query, n)
