"""Opening a store, or making one."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from rag.errors import StoreError, StoreLocked
from rag.models.identity import EncoderIdentity, encoder_identity
from rag.settings import Settings
from rag.store import generations
from rag.store.database import Database
from rag.store.layout import DATABASE, Layout
from rag.store.lock import StoreLock
from rag.store.store import Store

OPEN_SECONDS = 0.5
CREATE_SECONDS = 10.0


def open_configured(
    settings: Settings, *, create: bool = False, chunker_version: int | None = None
) -> Store:
    """Open the store that ``settings`` name, for the encoder that they name.

    Raises:
        EncoderError: there is no such encoder.
        StoreError: as :func:`open_store`.
    """
    return open_store(
        settings.store,
        encoder_identity(settings.encoder),
        chroma_url=settings.chroma_url,
        create=create,
        chunker_version=chunker_version,
    )


def open_store(
    path: str | Path,
    identity: EncoderIdentity | None,
    *,
    chroma_url: str | None = None,
    create: bool = False,
    chunker_version: int | None = None,
) -> Store:
    """Open the store in the folder ``path``; with ``create``, make it when there is none.

    ``identity`` is that of the encoder in use, and ``chunker_version`` that of the chunker: a
    store made by others is refused. With ``identity=None`` nothing is compared, and the vector
    index is only opened when it is first needed (for looking at a store, or re-indexing it).

    Without ``chroma_url`` the vector index lies in the folder and the store belongs to this
    process until it is closed. With it the index is on that Chroma server, and processes take
    turns at writing. A store may change from one to the other: the index is made again there.

    Example:
        >>> with open_store(".sanad", encoder.identity) as store:  # doctest: +SKIP
        ...     store.search_dense(encoder.encode_queries(["كم عدد الجنود؟"])[0], "ar", 10)

    Raises:
        StoreMissing: there is no store, and ``create`` is false.
        StoreLocked: another process has it open.
        StoreMismatch: it was made by another encoder, chunker, normaliser or program version. A
            store that an older chunker cut alike (:data:`rag.store.manifest.LACKING`) is opened.
        StoreError: it cannot be read, written or made; Chroma does not answer.
    """
    layout = Layout(Path(path).expanduser().resolve())
    url = _checked_url(chroma_url)
    if create and layout.live() is None:
        _create(layout, identity, chunker_version)
    layout.require()
    lock = StoreLock(layout.lock)
    with ExitStack() as undo:
        if url is None:
            lock.acquire(OPEN_SECONDS)
            undo.callback(lock.release)
        database = Database(layout.require() / DATABASE)
        undo.callback(database.close)
        manifest = database.manifest()
        if identity is not None:
            manifest.check(identity, chunker_version, layout.path)
        database.upgrade()
        if identity is not None:
            _clear_leftovers(layout, lock, url)
        store = Store(layout, lock, database, url, held=url is None)
        if identity is not None:
            store.begin_index()
        undo.pop_all()
        return store


def _create(layout: Layout, identity: EncoderIdentity | None, chunker: int | None) -> None:
    """Make an empty store, unless another process is quicker."""
    if identity is None:
        raise StoreError("A new store has to know its encoder. Name one.")
    layout.prepare()
    lock = StoreLock(layout.lock)
    lock.acquire(CREATE_SECONDS)
    try:
        if layout.live() is None:
            for folder in layout.leftovers():
                generations.remove(folder, lock, None)
            database = generations.create(layout, identity, chunker)
            layout.promote(database.path.parent)
            database.close()
    finally:
        lock.release()


def _clear_leftovers(layout: Layout, lock: StoreLock, url: str | None) -> None:
    """Delete what a re-index that was cut short left behind, unless one is running."""
    if not layout.leftovers():
        return
    try:
        lock.acquire()
    except StoreLocked:
        return
    try:
        for folder in layout.leftovers():
            generations.remove(folder, lock, url)
    finally:
        lock.release()


def _checked_url(url: str | None) -> str | None:
    if url is None or url.startswith(("http://", "https://")):
        return url.rstrip("/") if url else None
    raise StoreError(
        f"SANAD_CHROMA_URL={url!r} is no address. Give it as http://HOST:PORT, or unset it."
    )
