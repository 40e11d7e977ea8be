"""The real product over the sample articles: shipped encoder, real store, loaded once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.chunk import CHUNKER_VERSION
from ingest.pipeline import ingest
from rag.chain import Assistant, open_assistant
from rag.settings import SAMPLE_ARTICLES, load_settings


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over the sample articles."""
    store: Path = tmp_path_factory.mktemp("flow") / "store"
    settings = load_settings(store=store)
    with open_assistant(settings, create=True, chunker_version=CHUNKER_VERSION) as opened:
        report = ingest([SAMPLE_ARTICLES], opened.store, opened.encoder)
        assert not report.failed
        assert report.added >= 12
        yield opened
