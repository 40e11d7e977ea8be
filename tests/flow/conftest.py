"""The real product over the sample articles: shipped encoder, real store, loaded once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.chunk import CHUNKER_VERSION
from rag.chain import Assistant, open_assistant
from rag.settings import load_settings


@pytest.fixture(scope="session")
def assistant(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over the sample articles."""
    store = tmp_path_factory.mktemp("flow") / "store"
    shutil.copytree(sample_store, store)
    with open_assistant(load_settings(store=store), chunker_version=CHUNKER_VERSION) as opened:
        assert opened.store.status().articles >= 12
        yield opened
