"""The textbook recipe: split by characters, embed into Chroma, search by similarity.

``RecursiveCharacterTextSplitter`` with its usual 1,000 characters and 200 of overlap, langchain's
``Chroma`` with cosine distance, ``similarity_search``: what most tutorials show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.documents import Document

from bench.encoders import EncoderEmbeddings
from rag.models.encoder import Encoder

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from langchain_chroma import Chroma

CHUNK_CHARS = 1000
OVERLAP_CHARS = 200


def split(texts: Iterable[tuple[str, str]]) -> list[Document]:
    """Pieces of each (source, text), with the source in their metadata."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK_CHARS, chunk_overlap=OVERLAP_CHARS)
    documents = [Document(text, metadata={"source": source}) for source, text in texts]
    return splitter.split_documents(documents)


@contextmanager
def build(documents: list[Document], folder: Path, encoder: Encoder) -> Iterator[Chroma]:
    """A Chroma store of the pieces in ``folder``."""
    from langchain_chroma import Chroma

    with _client(folder) as client:
        yield Chroma.from_documents(
            documents,
            EncoderEmbeddings(encoder),
            client=client,
            collection_configuration={"hnsw": {"space": "cosine"}},
        )


@contextmanager
def reopen(folder: Path, encoder: Encoder) -> Iterator[Chroma]:
    """The store that :func:`build` left in ``folder``."""
    from langchain_chroma import Chroma

    with _client(folder) as client:
        yield Chroma(
            client=client,
            embedding_function=EncoderEmbeddings(encoder),
            create_collection_if_not_exists=False,
        )


@contextmanager
def _client(folder: Path) -> Iterator[ClientAPI]:
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
    try:
        yield client
    finally:
        client.close()  # type: ignore[attr-defined]
