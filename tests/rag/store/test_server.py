"""A store whose vectors are on a Chroma server, shared by several processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rag.errors import StoreError, StoreLocked
from rag.store import open_store, vectors
from tests.rag.store.build import ENCODER, ROOT, assert_whole, entry, python, random_entry
from tests.rag.store.conftest import Server, start_server
from tests.rag.store.test_crash import tear
from tests.rag.store.test_lock import held_elsewhere

pytestmark = pytest.mark.server

ENTRIES = [random_entry(f"a{n}", 0, paragraphs=6) for n in range(6)]


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that the test may do to as it likes."""
    running = start_server(tmp_path / "chroma")
    yield running
    running.process.send_signal(signal.SIGCONT)
    running.stop()


def test_two_stores_share_a_server(tmp_path: Path, server: Server) -> None:
    with (
        open_store(tmp_path / "one", ENCODER.identity, chroma_url=server.url, create=True) as one,
        open_store(
            tmp_path / "two", ENCODER.identity, chroma_url=f"{server.url}/", create=True
        ) as two,
    ):
        one.put(ENTRIES[:3])
        two.put(ENTRIES[2:])
        assert_whole(one, ENTRIES[:3])
        assert_whole(two, ENTRIES[2:])
        assert not one.status().repaired
        assert not two.status().repaired


def test_an_open_store_sees_what_another_process_writes(tmp_path: Path, server: Server) -> None:
    one = open_store(tmp_path / "s", ENCODER.identity, chroma_url=server.url, create=True)
    two = open_store(tmp_path / "s", ENCODER.identity, chroma_url=server.url)
    with one, two:
        one.put(ENTRIES[:4])
        assert_whole(two, ENTRIES[:4])
        two.put(ENTRIES[4:])
        two.remove(["a0"])
        assert_whole(one, ENTRIES[1:])
        assert not one.status().repaired
        assert not two.status().repaired


WRITER = """
import sys
from rag.store import open_store
from tests.rag.store.build import ENCODER, random_entry
with open_store(sys.argv[1], ENCODER.identity, chroma_url=sys.argv[2]) as store:
    for n in range(10):
        store.put([random_entry(f"{sys.argv[3]}{n}", 0)])
"""


def test_processes_take_turns_at_writing(tmp_path: Path, server: Server) -> None:
    with open_store(tmp_path / "s", ENCODER.identity, chroma_url=server.url, create=True) as store:
        writers = [python(WRITER, tmp_path / "s", server.url, name) for name in "xyz"]
        for n in range(10):
            store.put([random_entry(f"w{n}", 0)])
        for writer in writers:
            writer.communicate()
            assert writer.returncode == 0
        expected = [random_entry(f"{name}{n}", 0) for name in "wxyz" for n in range(10)]
        assert_whole(store, expected)
        assert not store.status().repaired


def test_a_writer_that_waits_too_long_is_told(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing, go_on, add = threading.Event(), threading.Event(), vectors.VectorIndex.add

    def slowly(self: vectors.VectorIndex, *args: Any) -> None:
        writing.set()
        go_on.wait(60)
        add(self, *args)

    one = open_store(tmp_path / "s", ENCODER.identity, chroma_url=server.url, create=True)
    two = open_store(tmp_path / "s", ENCODER.identity, chroma_url=server.url)
    monkeypatch.setattr("rag.store.store.WRITE_SECONDS", 0.2)
    with one, two, ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(vectors.VectorIndex, "add", slowly)
        put = pool.submit(one.put, ENTRIES)
        assert writing.wait(60)
        try:
            with pytest.raises(StoreLocked, match="is being written to by process"):
                two.put(ENTRIES)
            assert two.search_dense(ENTRIES[0].vectors[0], "en", 3) == []  # readers need no lock
            open_store(tmp_path / "s", ENCODER.identity, chroma_url=server.url).close()
        finally:
            go_on.set()
        put.result()
        assert_whole(two, ENTRIES)


def test_a_store_that_is_open_elsewhere_without_the_server(tmp_path: Path, server: Server) -> None:
    with (
        held_elsewhere(tmp_path / "s") as other,
        pytest.raises(StoreLocked, match=f"in use by process {other.pid}"),
    ):
        open_store(tmp_path / "s", ENCODER.identity, chroma_url=server.url)
    open_store(tmp_path / "s", ENCODER.identity, chroma_url=server.url).close()


def test_a_store_moves_to_a_server_and_back(tmp_path: Path, server: Server) -> None:
    def opened(url: str | None) -> None:
        with open_store(tmp_path / "s", ENCODER.identity, chroma_url=url, create=True) as store:
            assert_whole(store, list(known.values()))
            for e in (random_entry("same", len(known)), random_entry(f"n{len(known)}", 0)):
                store.put([e])
                known[e.article.id] = e
            assert_whole(store, list(known.values()))
            assert store.status().vectors == (url or "local")

    known: dict[str, object] = {}
    other = server.url.replace("127.0.0.1", "localhost")
    for url in (None, server.url, None, server.url, other, None):
        opened(url)
    assert len(list((tmp_path / "s").glob("g-*/chroma-*"))) == 1


def test_no_server_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"http://127.0.0.1:9 does not answer.*SANAD_CHROMA_URL"):
        open_store(tmp_path / "s", ENCODER.identity, chroma_url="http://127.0.0.1:9", create=True)
    open_store(tmp_path / "s", ENCODER.identity).close()  # nothing is in the way of going on


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x", "", "8000"])
def test_an_address_that_is_none(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError, match="SANAD_CHROMA_URL"):
        open_store(tmp_path / "s", ENCODER.identity, chroma_url=url, create=True)


def test_a_server_that_is_something_else(tmp_path: Path) -> None:
    with subprocess.Popen(
        [str(shutil.which("python3")), "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().split("port ")[1].split()[0]
            with pytest.raises(StoreError, match="does not answer"):
                open_store(
                    tmp_path / "s",
                    ENCODER.identity,
                    chroma_url=f"http://127.0.0.1:{port}",
                    create=True,
                )
        finally:
            process.kill()


def test_a_server_that_goes_away_and_comes_back(tmp_path: Path, own_server: Server) -> None:
    with open_store(
        tmp_path / "s", ENCODER.identity, chroma_url=own_server.url, create=True
    ) as store:
        store.put(ENTRIES[:3])
        own_server.stop()
        with pytest.raises(StoreError, match=f"{own_server.url} does not answer"):
            store.search_dense(ENTRIES[0].vectors[0], "en", 3)
        with pytest.raises(StoreError, match=r"^Not stored: 'a3', 'a4', 'a5'\. .*does not answer"):
            store.put(ENTRIES[3:])
        assert len(store.ledger()) == 3
        assert store.search_lexical(["troop", "oil", "vote", "gas", "court"], "en", 3)
        again = start_server(own_server.folder, own_server.port)
        own_server.process = again.process
        assert_whole(store, ENTRIES[:3])
        store.put(ENTRIES[3:])
        assert_whole(store, ENTRIES)


def test_a_server_that_hangs(
    tmp_path: Path, own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "SERVER_SECONDS", 0.5)
    monkeypatch.setattr(vectors, "PROBE_SECONDS", 0.5)
    with open_store(
        tmp_path / "s", ENCODER.identity, chroma_url=own_server.url, create=True
    ) as store:
        store.put(ENTRIES)
        own_server.process.send_signal(signal.SIGSTOP)
        os.waitpid(own_server.process.pid, os.WUNTRACED)  # on a busy machine it stops later
        with pytest.raises(StoreError, match="does not answer"):
            store.search_dense(ENTRIES[0].vectors[0], "en", 3)
        with pytest.raises(StoreError, match="does not answer"):
            open_store(tmp_path / "s", ENCODER.identity, chroma_url=own_server.url)
        own_server.process.send_signal(signal.SIGCONT)
        assert_whole(store, ENTRIES)


@pytest.mark.parametrize("opened", ["before", "after"])
def test_a_server_that_lost_everything(tmp_path: Path, own_server: Server, opened: str) -> None:
    store = open_store(tmp_path / "s", ENCODER.identity, chroma_url=own_server.url, create=True)
    store.put(ENTRIES)
    own_server.stop()
    shutil.rmtree(own_server.folder)
    own_server.process = start_server(own_server.folder, own_server.port).process
    if opened == "after":
        store.close()
        store = open_store(tmp_path / "s", ENCODER.identity, chroma_url=own_server.url)
    with store:
        assert store.search_dense(ENTRIES[0].vectors[0], ENTRIES[0].chunks[0].lang, 1)
        assert_whole(store, ENTRIES)
        assert store.status().repaired
        store.put([entry("new", ["a word"])])
        assert_whole(store, [*ENTRIES, entry("new", ["a word"])])


def test_a_server_whose_index_is_torn(tmp_path: Path, own_server: Server) -> None:
    many = [random_entry(f"m{n:03}", 0, paragraphs=20) for n in range(120)]
    with open_store(
        tmp_path / "s", ENCODER.identity, chroma_url=own_server.url, create=True
    ) as store:
        store.put(many)
        own_server.stop()
        assert list(own_server.folder.glob("*/*.bin"))
        tear(own_server.folder)
        own_server.process = start_server(own_server.folder, own_server.port).process
        assert store.search_dense(many[0].vectors[0], many[0].chunks[0].lang, 1)
        assert_whole(store, many)
        assert store.status().repaired


REINDEXER = """
import sys
from rag.store import open_store
from tests.doubles import HashingEncoder
with open_store(sys.argv[1], None, chroma_url=sys.argv[2]) as store:
    new = store.begin_generation(HashingEncoder(32, name="other").identity)
    new.promote()
    new.close()
"""


def test_a_store_that_another_process_reindexed_asks_for_a_restart(
    tmp_path: Path, server: Server
) -> None:
    with open_store(tmp_path / "s", ENCODER.identity, chroma_url=server.url, create=True) as store:
        store.put(ENTRIES)
        subprocess.run(
            [sys.executable, "-c", REINDEXER, str(tmp_path / "s"), server.url],
            check=True,
            cwd=ROOT,
        )
        for use in (
            lambda: store.put(ENTRIES),
            lambda: store.remove(["a0"]),
            lambda: store.search_dense(ENTRIES[0].vectors[0], "en", 3),
        ):
            with pytest.raises(StoreError, match="re-indexed by another process"):
                use()
