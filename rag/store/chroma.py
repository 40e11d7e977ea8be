"""What Chroma leaves to be done: its failures explained, and its connections closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import StoreError

if TYPE_CHECKING:
    import httpx
    from chromadb.api.client import Client


class IndexDamaged(StoreError):
    """The index is there but cannot be used; it can be rebuilt from the database."""


def close_client(client: Client) -> None:
    """Let go of Chroma; its own ``close`` leaves connections to a server open."""
    sessions = sessions_of(client)
    client.close()
    for session in sessions:
        session.close()


def sessions_of(client: Client) -> list[httpx.Client]:
    """The connections of a client of a server: its own, and its administrator's."""
    servers: list[Any] = [client._server, getattr(client._admin_client, "_server", None)]
    return [server._session for server in servers if hasattr(server, "_session")]


@contextmanager
def chroma_failures(place: str, folder: Path | None) -> Iterator[None]:
    """Turn whatever Chroma raises into a :class:`StoreError` that says what to do."""
    import httpx

    try:
        yield
    except StoreError:
        raise
    except httpx.HTTPError as error:
        raise StoreError(
            f"The Chroma server at {place} does not answer ({error or type(error).__name__}). "
            "Start it (`chroma run`), or correct or unset SANAD_CHROMA_URL."
        ) from error
    except BaseException as error:
        # A panic inside Chroma's Rust code is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        where = folder or place
        raise IndexDamaged(
            f"The vector index {where} cannot be used: {error}. "
            "Check the space on its disk and that it can be written to, and try again."
        ) from error
