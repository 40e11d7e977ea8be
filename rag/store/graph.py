"""How Chroma's graph (HNSW; Malkov & Yashunin 2018) is built, and how widely it is searched."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chromadb.api.collection_configuration import CreateHNSWConfiguration

HNSW: CreateHNSWConfiguration = {
    "space": "cosine",
    # A denser graph (32, 200) finds more, but takes longer to build and to open. docs/decisions.md
    # has the figures, and those for how widely graphs of a size have to be searched.
    "ef_search": 800,
    "max_neighbors": 16,
    "ef_construction": 100,
}

EF_SEARCH = ((20_000, 800), (75_000, 1000), (sys.maxsize, 1200))
"""(largest number of vectors, ef_search)."""


def ef_search(count: int) -> int:
    """How widely to search a graph of ``count`` vectors.

    >>> ef_search(0), ef_search(20_001), ef_search(10_000_000)
    (800, 1000, 1200)
    """
    return next(ef for largest, ef in EF_SEARCH if count <= largest)
