"""Sanad as a library: open a store, read articles into it, ask.

Example::

    import sanad

    with sanad.open(store="news") as assistant:
        sanad.ingest(["articles/"], assistant)
        answer = assistant.ask("Who commands CSTO forces?")
        print(answer.text, [citation.quote for citation in answer.citations])
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import SanadError
from rag.settings import Settings, load_settings
from rag.types import Answer, Citation, Hit

if TYPE_CHECKING:
    from ingest.report import IngestReport
    from rag.assistant import Assistant

__all__ = ["Answer", "Citation", "Hit", "SanadError", "Settings", "ingest", "open"]


def open(
    settings: Settings | None = None, *, store: str | Path | None = None
) -> AbstractContextManager[Assistant]:
    """A context manager that gives the assistant over a store, which is made if there is none.

    Args:
        settings: all settings; by default those of the environment.
        store: the store's folder, in place of the settings'.

    Raises:
        SettingsError: a ``SANAD_*`` variable will not do.
        StoreError: the store is locked, or was built by something else.
        EncoderError, ReaderError, ChatModelError: a model cannot be loaded.
    """
    from ingest.chunk import CHUNKER_VERSION
    from rag.assistant import open_assistant

    chosen = load_settings() if settings is None else settings
    if store is not None:
        chosen = chosen.model_copy(update={"store": Path(store)})
    return open_assistant(chosen, create=True, chunker_version=CHUNKER_VERSION)


def ingest(
    sources: Sequence[str | Path], assistant: Assistant, *, prune: bool = False
) -> IngestReport:
    """Read files, folders and web pages into the assistant's store.

    Sources that cannot be read are in the report's ``failed``. With ``prune`` articles whose files
    are gone from the folders among ``sources`` are removed.

    Raises:
        StoreError: the store cannot be written.
        EncoderError: the encoder cannot be used.
    """
    from ingest.pipeline import ingest as bring_up_to_date

    settings = assistant.settings
    return bring_up_to_date(
        sources,
        assistant.store,
        assistant.encoder,
        prune=prune,
        max_source_mb=settings.max_source_mb,
        allow_private=settings.allow_private,
        pause=assistant.precedence.give_way,
    )
