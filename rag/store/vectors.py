"""The vector index: Chroma, with one collection per language.

An index is a set of vectors known by their hash; which passages have them is SQLite's to say.
So a vector that a thousand passages share is held once. That matters: thousands of equal vectors
(a newspaper's standing lines) make an HNSW graph fall apart, and with it the recall of every query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from rag.errors import StoreError
from rag.language.text import LANGS, Lang
from rag.store.chroma import chroma_failures, close_client, sessions_of
from rag.store.durable import sync_tree
from rag.store.graph import HNSW, ef_search
from rag.store.rows import Vector

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

MAX_BATCH = 5000
LOCAL_BATCH = 64
"""Vectors that a local index is given at once, and between two rests while it is mended: Chroma's
own code keeps all other threads waiting while it writes (1 ms a vector and more)."""
SERVER_SECONDS = 60.0
PROBE_SECONDS = 5.0


class VectorIndex:
    """The vectors of one store in Chroma. Safe to use from several threads.

    ``batch`` is how many vectors go to Chroma at once.
    """

    def __init__(self, client: Client, prefix: str, place: str, folder: Path | None) -> None:
        self.place = place
        self._client = client
        self._prefix = prefix
        self._folder = folder
        most = MAX_BATCH if folder is None else LOCAL_BATCH
        self.batch = min(most, client.get_max_batch_size())
        self._collections = {lang: self._collection(lang) for lang in LANGS}

    def add(self, lang: Lang, vectors: Mapping[str, Vector]) -> None:
        """Add vectors by hash; those that are there already stay as they are."""
        keys = list(vectors)
        with self._failures():
            for start in range(0, len(keys), self.batch):
                part = keys[start : start + self.batch]
                matrix: Any = np.stack([vectors[key] for key in part])
                self._collections[lang].upsert(ids=part, embeddings=matrix)

    def delete(self, lang: Lang, hashes: Sequence[str]) -> None:
        """Delete vectors; hashes that are not there do no harm."""
        with self._failures():
            for start in range(0, len(hashes), self.batch):
                self._collections[lang].delete(ids=list(hashes[start : start + self.batch]))

    def nearest(self, lang: Lang, vector: NDArray[np.floating], n: int) -> list[str]:
        """Hashes of the ``n`` vectors nearest by cosine (fewer when there are fewer)."""
        query: Any = vector[np.newaxis].astype(np.float32)
        with self._failures():
            found = self._collections[lang].query(query_embeddings=query, n_results=n, include=[])
        return found["ids"][0]

    def count(self, lang: Lang) -> int:
        """How many vectors there are."""
        with self._failures():
            return self._collections[lang].count()

    def hashes(self, lang: Lang) -> set[str]:
        """Hashes of all vectors."""
        with self._failures():
            return set(self._collections[lang].get(include=[])["ids"])

    def present(self, lang: Lang, hashes: Sequence[str]) -> set[str]:
        """Those of the hashes whose vectors are there."""
        found = set[str]()
        with self._failures():
            for start in range(0, len(hashes), self.batch):
                part = list(hashes[start : start + self.batch])
                found.update(self._collections[lang].get(ids=part, include=[])["ids"])
        return found

    def tune(self) -> bool:
        """Search as widely as a graph of this size needs; whether anything changed.

        Chroma heeds it when the index is opened again.
        """
        changed = False
        with self._failures():
            for lang, collection in self._collections.items():
                wanted = ef_search(self.count(lang))
                if collection.configuration_json["hnsw"]["ef_search"] != wanted:
                    # Collection.modify does this, then warns that there is no embedding function.
                    self._client._server._modify(
                        collection.id,
                        new_configuration={"hnsw": {"ef_search": wanted}},
                        tenant=collection.tenant,
                        database=collection.database,
                    )
                    changed = True
        return changed

    def sync(self) -> None:
        """Force a local index onto the disk: Chroma itself does not wait for its index files."""
        if self._folder is not None:
            try:
                sync_tree(self._folder)
            except OSError as error:
                raise StoreError(
                    f"The vector index {self._folder} cannot be written ({error}). "
                    "Free space on its disk and try again."
                ) from error

    def empty(self, lang: Lang) -> None:
        """Begin the collection of ``lang`` anew."""
        from chromadb.errors import NotFoundError

        with self._failures():
            with suppress(NotFoundError):
                self._client.delete_collection(self._name(lang))
            self._collections[lang] = self._collection(lang)

    def drop(self) -> None:
        """Delete the collections from a server."""
        with self._failures():
            for lang in LANGS:
                self._client.delete_collection(self._name(lang))

    def close(self) -> None:
        """Let go of Chroma."""
        close_client(self._client)

    def _name(self, lang: Lang) -> str:
        return f"{self._prefix}-{lang}"

    def _collection(self, lang: Lang) -> Collection:
        return self._client.get_or_create_collection(
            self._name(lang),
            configuration={"hnsw": HNSW},
            embedding_function=None,
        )

    def _failures(self) -> Any:
        return chroma_failures(self.place, self._folder)


def open_local(folder: Path, prefix: str) -> VectorIndex:
    """The index in ``folder``, made when there is none.

    Raises:
        IndexDamaged: Chroma cannot read what is there.
    """
    import chromadb
    from chromadb.config import Settings

    with chroma_failures("local", folder):
        settings = Settings(_env_file=None, anonymized_telemetry=False)

        def opened() -> VectorIndex:
            client = cast("Client", chromadb.PersistentClient(str(folder), settings))
            return _over(client, prefix, "local", folder)

        index = opened()
        try:
            changed = index.tune()
        except BaseException:
            index.close()
            raise
        if changed:
            index.close()
            index = opened()
        return index


def open_server(url: str, prefix: str) -> VectorIndex:
    """The index on the Chroma server at ``url``, made when there is none.

    Raises:
        StoreError: no Chroma server answers there.
    """
    import chromadb
    import httpx
    from chromadb.config import Settings

    with chroma_failures(url, None):
        # Chroma's own client would wait for ever for a server that does not answer.
        httpx.get(f"{url}/api/v2/heartbeat", timeout=PROBE_SECONDS).raise_for_status()
        settings = Settings(
            _env_file=None,
            anonymized_telemetry=False,
            chroma_server_host=url,
            chroma_server_http_port=None,
        )
        tls = url.startswith("https:")
        client = cast("Client", chromadb.HttpClient(host=url, ssl=tls, settings=settings))
        for session in sessions_of(client):
            session.timeout = httpx.Timeout(SERVER_SECONDS)
        return _over(client, prefix, url, None)


def _over(client: Client, prefix: str, place: str, folder: Path | None) -> VectorIndex:
    try:
        return VectorIndex(client, prefix, place, folder)
    except BaseException:
        close_client(client)
        raise
