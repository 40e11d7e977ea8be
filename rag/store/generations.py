"""The generations of a store (:mod:`rag.store.layout`): making, finding again and deleting them.

The caller holds the store's lock.
"""

from __future__ import annotations

from pathlib import Path

from rag.errors import StoreError
from rag.models.identity import EncoderIdentity
from rag.store.database import Database
from rag.store.index import BLANK
from rag.store.layout import DATABASE, Layout, discard
from rag.store.lock import StoreLock
from rag.store.manifest import Manifest
from rag.store.remote import RemoteIndex


def create(layout: Layout, identity: EncoderIdentity, chunker: int | None) -> Database:
    """The database of a new, empty generation.

    Raises:
        StoreError: the disk refused.
    """
    rows = Manifest.new(identity, chunker).as_rows()
    folder = layout.new_generation()
    try:
        return Database.create(folder / DATABASE, {**rows, **BLANK})
    except BaseException:
        discard(folder)
        raise


def resume_or_create(
    layout: Layout,
    lock: StoreLock,
    chroma_url: str | None,
    identity: EncoderIdentity,
    chunker: int | None,
) -> Database:
    """The database of a generation that was left unfinished and is of the same making, or anew.

    All other generations that are not live are deleted.
    """
    found: Database | None = None
    for folder in layout.leftovers():
        if found is None and (database := _same_making(folder, identity, chunker)):
            found = database
        else:
            remove(folder, lock, chroma_url)
    return found or create(layout, identity, chunker)


def remove(folder: Path, lock: StoreLock, chroma_url: str | None) -> None:
    """Delete a generation, with its collections where they are on the Chroma server in use."""
    database = _readable(folder)
    if database is not None:
        try:
            if chroma_url is not None:
                RemoteIndex(database, lock, chroma_url).drop()
        finally:
            database.close()
    discard(folder)


def _same_making(folder: Path, identity: EncoderIdentity, chunker: int | None) -> Database | None:
    database = _readable(folder)
    if database is None:
        return None
    manifest = database.manifest()
    if manifest.chunker == chunker and not manifest.differences(identity, chunker):
        return database
    database.close()
    return None


def _readable(folder: Path) -> Database | None:
    """The database of a generation; None when it was never finished."""
    try:
        database = Database(folder / DATABASE)
    except StoreError:
        return None
    try:
        database.manifest()
    except StoreError:
        database.close()
        return None
    return database
