"""The real product over the sample articles: shipped encoder, real store, loaded once."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ingest.chunk import CHUNKER_VERSION
from rag.assistant import Assistant, join, open_assistant, open_reader
from rag.models.excerpt import Excerpt
from rag.models.reader import Reader
from rag.models.reading import Reading
from rag.settings import load_settings


class RememberingReader:
    """A reader that reads the same excerpts for the same question once."""

    def __init__(self, reader: Reader) -> None:
        self._read = functools.cache(lambda question, excerpts: reader.read(question, excerpts))

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> list[Reading]:
        return list(self._read(question, tuple(excerpts)))


@pytest.fixture(scope="session")
def assistant(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over the sample articles."""
    store = tmp_path_factory.mktemp("flow") / "store"
    shutil.copytree(sample_store, store)
    settings = load_settings(store=store)
    with open_assistant(settings, chunker_version=CHUNKER_VERSION) as opened:
        assert opened.store.status().articles >= 12
        reader = open_reader(settings)
        assert reader
        yield join(settings, opened.store, opened.encoder, RememberingReader(reader))
