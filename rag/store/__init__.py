"""The store: one folder with everything that Sanad knows of the articles.

SQLite holds articles, passages, terms and vectors; Chroma holds an index over the vectors. Start
with :func:`open_store` or, from settings, :func:`open_configured`; how a write survives a crash is
told in :mod:`rag.store.index`. :class:`MemoryStore` is for a few articles and a moment.
"""

from rag.store.memory import MemoryStore
from rag.store.opening import open_configured, open_store
from rag.store.records import Entry, LanguageCounts, LedgerEntry, Owner, StoreStatus
from rag.store.status import read_status
from rag.store.store import Store

__all__ = [
    "Entry",
    "LanguageCounts",
    "LedgerEntry",
    "MemoryStore",
    "Owner",
    "Store",
    "StoreStatus",
    "open_configured",
    "open_store",
    "read_status",
]
