from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.chunk import CHUNKER_VERSION
from rag.store import Store, open_store
from tests.doubles import HashingEncoder
from tests.ingest.site import Site, serving

Write = Callable[[str, str | bytes], Path]


@pytest.fixture(scope="session")
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def store(tmp_path: Path, encoder: HashingEncoder) -> Iterator[Store]:
    with open_store(
        tmp_path / "store", encoder.identity, create=True, chunker_version=CHUNKER_VERSION
    ) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "articles"
    path.mkdir()
    return path


@pytest.fixture
def write(folder: Path) -> Write:
    """Write a file below ``folder``; its text in UTF-8, or bytes as they are."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


@pytest.fixture(scope="session")
def running_site() -> Iterator[Site]:
    with serving() as server:
        yield server


@pytest.fixture
def site(running_site: Site) -> Site:
    """A site on this machine that nobody has asked for anything yet."""
    running_site.seen.clear()
    return running_site


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
