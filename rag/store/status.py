"""What a store tells about itself, also while another process has it open."""

from __future__ import annotations

from pathlib import Path

from rag.errors import StoreError, StoreLocked
from rag.store import rows
from rag.store.database import Database
from rag.store.layout import DATABASE, Layout
from rag.store.lock import StoreLock, read_owner
from rag.store.records import Owner, StoreStatus
from rag.types import IndexState


def read_status(path: Path) -> StoreStatus:
    """The status of the store in ``path``, without opening it: another process may have it.

    Raises:
        StoreMissing: there is no store.
        StoreMismatch: another version of the program laid it out.
        StoreError: it cannot be read.
    """
    layout = Layout(path.expanduser().resolve())
    database = Database(layout.require() / DATABASE)
    try:
        return describe(layout, database)
    finally:
        database.close()


def describe(
    layout: Layout, database: Database, index: IndexState | None = None, repaired: bool = False
) -> StoreStatus:
    """The status of one generation; ``index`` as far as the caller knows it."""
    manifest, meta = database.manifest(), database.meta()
    owner = _owner(layout)
    if index is None:
        # What the owner does is not to be seen from here: it may be in the middle of a write.
        mended: IndexState = "mending" if owner else "unsettled"
        index = mended if meta["place"] and meta["unsettled"] == "1" else "ready"
    with database.read() as connection:
        languages = rows.language_counts(connection)
    return StoreStatus(
        path=layout.path,
        articles=sum(counts.articles for counts in languages.values()),
        chunks=sum(counts.chunks for counts in languages.values()),
        languages=languages,
        encoder=manifest.encoder,
        normaliser=manifest.normaliser,
        chunker=manifest.chunker,
        vectors=meta["place"],
        size=layout.size(),
        created_at=manifest.created_at,
        repaired=repaired,
        owner=owner,
        index=index,
    )


def _owner(layout: Layout) -> Owner | None:
    """Who holds the lock; None when nobody does (a note may outlive a killed process)."""
    if not layout.lock.exists():  # to try it would make one
        return None
    lock = StoreLock(layout.lock)
    try:
        lock.acquire()
    except StoreLocked:
        return read_owner(layout.lock)
    except StoreError:
        return None
    lock.release()
    return None
