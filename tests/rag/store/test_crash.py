"""Processes killed in the middle of writing, full disks, torn and lost indexes."""

from __future__ import annotations

import logging
import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.errors import StoreError
from rag.store import Store, open_store, writing
from rag.store.chroma import IndexDamaged
from rag.store.vectors import VectorIndex
from tests.conftest import Sample
from tests.rag.store.build import (
    ENCODER,
    assert_found,
    assert_whole,
    index_of,
    picture,
    python,
    random_entry,
)
from tests.rag.store.scenario import STATES, STEPS, A, B, C, D


def make(folder: Path, chroma_url: str | None = None) -> Path:
    with open_store(folder, ENCODER.identity, create=True, chroma_url=chroma_url) as store:
        store.put(STATES[0])
    return folder


def check_after_kill(folder: Path, chroma_url: str | None, acknowledged: int) -> None:
    """What was acknowledged is there; the rest wholly or not at all; and work can go on."""
    with open_store(folder, ENCODER.identity, chroma_url=chroma_url) as store:
        hashes = {key: e.content_hash for key, e in store.ledger().items()}
        possible = [
            state
            for state in STATES[acknowledged : acknowledged + 2]
            if {e.article.id: e.article.content_hash for e in state} == hashes
        ]
        assert possible, f"acknowledged {acknowledged} steps, found {hashes}"
        assert_whole(store, possible[0])
        for step in STEPS[acknowledged:]:
            step(store)
        assert_whole(store, STATES[-1])
    assert len(list(folder.glob("g-*/chroma-*"))) == (0 if chroma_url else 1)


@pytest.mark.slow
def test_killed_at_a_step_of_writing(
    tmp_path: Path, chroma_url: str | None, sample: Sample
) -> None:
    base = make(tmp_path / "base")
    with python("from tests.rag.store.scenario import serve; serve()") as server:
        assert server.stdin is not None
        assert server.stdout is not None

        def ended(number: int) -> tuple[Path, int]:
            folder = tmp_path / f"killed-at-{number}"
            if chroma_url:
                make(folder, chroma_url)  # copies would share collections
            else:
                shutil.copytree(base, folder)
            print(folder, chroma_url or "", number, sep="|", file=server.stdin, flush=True)
            return folder, int(server.stdout.readline())

        whole, status = ended(0)  # never: to know how many steps there are
        assert status == 0
        check_after_kill(whole, chroma_url, len(STEPS))
        steps = range(1, int(Path(f"{whole}.calls").read_text()) + 1)
        assert len(steps) > 50
        for number in sample(steps, 10 if chroma_url else 25):
            folder, status = ended(number)
            assert status == -signal.SIGKILL
            done = Path(f"{folder}.done")
            check_after_kill(folder, chroma_url, done.stat().st_size if done.exists() else 0)
            shutil.rmtree(folder)
        server.stdin.close()


PUTTER = """
import sys
from rag.store import open_store, vectors
from tests.rag.store.build import ENCODER, random_entry
vectors.HNSW.update(sync_threshold=20, batch_size=10)  # index files are written all the time
with open_store(sys.argv[1], ENCODER.identity, create=True) as store:
    for n in range(int(sys.argv[2]), 400, 4):
        store.put([random_entry(f"a{m:03}", 0) for m in range(n, n + 4)])
        print(n, flush=True)
"""


@pytest.mark.slow
def test_killed_at_any_moment_and_started_again(tmp_path: Path, sample: Sample) -> None:
    for number in sample(range(6), 2):
        start_again_and_again(tmp_path / f"s{number}", random.Random(number))


def start_again_and_again(folder: Path, rng: random.Random) -> None:
    stored = 0
    for _ in range(3):
        with python(PUTTER, folder, stored) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            time.sleep(rng.uniform(0.0, 0.8))
            process.kill()
            lines += process.stdout.readlines()
        acknowledged = int([line for line in lines if line.endswith("\n")][-1]) + 4
        with open_store(folder, ENCODER.identity) as store:
            stored = len(store.ledger())
            assert stored in (acknowledged, acknowledged + 4)
            assert_whole(store, [random_entry(f"a{m:03}", 0) for m in range(stored)])
        if stored >= 400:
            break


# --- refusals in the middle


def failing(monkeypatch: pytest.MonkeyPatch, method: str, call: int = 1) -> None:
    """Let one call of a method of the index fail as Chroma does when its disk is full."""
    whole: Callable[..., object] = getattr(VectorIndex, method)
    calls = 0

    def once(self: VectorIndex, *args: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            raise IndexDamaged("The vector index x cannot be used: disk is full.")
        return whole(self, *args)

    monkeypatch.setattr(VectorIndex, method, once)


@pytest.mark.parametrize("call", [1, 2])
def test_chroma_refuses_new_vectors(
    store: Store, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    store.put(STATES[0])
    before = picture(store)
    failing(monkeypatch, "add", call)
    with pytest.raises(StoreError, match=r"^Not stored: 'a', 'c'\. .*disk is full"):
        STEPS[0](store)
    now = picture(store)
    assert {key: now[key] for key in before if key != "index"} == {
        key: before[key] for key in before if key != "index"
    }
    for e in STATES[0]:  # searching goes on, and sees nothing of it
        found = store.search_dense(e.vectors[0], e.chunks[0].lang, 50)
        known = {c.id for s in STATES[0] for c in s.chunks}
        assert {key for key, _ in found} <= known
        assert e.chunks[0].id in dict(found)
    for step, state in zip(STEPS, STATES[1:], strict=True):
        step(store)
        assert_whole(store, state)
    assert store.status().repaired


@pytest.mark.parametrize("method", ["delete", "sync"])
def test_chroma_refuses_after_the_acknowledgement(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    method: str,
    chroma_url: str | None,
) -> None:
    store.put(STATES[0])
    failing(monkeypatch, method)
    with caplog.at_level(logging.WARNING):
        STEPS[0](store)
    assert "to be mended by the next write" in caplog.text
    store.close()
    with open_store(store.path, ENCODER.identity, chroma_url=chroma_url) as again:
        assert again.status().repaired
        assert_whole(again, STATES[1])
    with open_store(store.path, ENCODER.identity, chroma_url=chroma_url) as again:
        assert not again.status().repaired


@pytest.mark.parametrize("method", ["add", "delete"])
def test_an_index_that_does_not_do_as_told_is_found_out(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    method: str,
    chroma_url: str | None,
) -> None:
    store.put(STATES[0])
    with caplog.at_level(logging.WARNING), monkeypatch.context() as patch:
        patch.setattr(VectorIndex, method, lambda *_: None)
        STEPS[0](store)
    assert "has lost a write" in caplog.text
    store.close()
    with open_store(store.path, ENCODER.identity, chroma_url=chroma_url) as again:
        assert again.status().repaired
        assert_whole(again, STATES[1])


def test_the_database_refuses_in_the_middle(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(STATES[0])

    def half(connection: sqlite3.Connection, records: list[writing.Record]) -> set[int]:
        whole(connection, records[:1])
        raise sqlite3.OperationalError("database or disk is full")

    whole = writing.replace
    with monkeypatch.context() as patch:
        patch.setattr(writing, "replace", half)
        with pytest.raises(StoreError, match=r"^Not stored: 'a', 'c'\. .*disk is full"):
            STEPS[0](store)
    assert {e.article.id for e in STATES[0]} == set(store.ledger())
    STEPS[0](store)
    assert_whole(store, STATES[1])


def test_interrupted_by_the_keyboard(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(STATES[0])

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(writing, "drop_unused", interrupted)
        with pytest.raises(KeyboardInterrupt):
            STEPS[0](store)
    STEPS[1](store)
    assert_whole(store, [A])


FILLER = """
import resource, sys
from rag.errors import StoreError
from rag.store import open_store
from tests.rag.store.build import ENCODER, assert_whole, random_entry
few = [random_entry(f"a{n}", 0) for n in range(5)]
many = [random_entry(f"b{n}", 0, paragraphs=8) for n in range(80)]
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
with open_store(sys.argv[1], ENCODER.identity, create=True) as store:
    store.put(few)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard))
    try:
        store.put(many)
        print("stored")
    except StoreError as error:
        print(error)
    assert len(store.ledger()) == 5
    assert store.search_lexical(["vote", "oil", "strike"], "en", 5)
    assert store.search_dense(few[0].vectors[0], few[0].chunks[0].lang, 5)
    if sys.argv[3] == "goes on":
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        store.put(many)
        assert_whole(store, few + many)
        print("whole")
"""


@pytest.mark.parametrize(
    ("kilobytes", "then"),
    [
        (100, "goes on"),  # the mark cannot be written
        (200, "goes on"),  # Chroma's log
        (200, "starts again"),
        (400, "starts again"),  # Chroma's tables
        (600, "starts again"),  # the articles
    ],
)
def test_a_full_disk(tmp_path: Path, kilobytes: int, then: str) -> None:
    with python(FILLER, tmp_path / "s", kilobytes * 1024, then) as process:
        said, _ = process.communicate()
    assert process.returncode == 0
    lines = said.splitlines()
    assert lines[0].startswith("Not stored: 'b0', 'b1', 'b2', 'b3', 'b4' and 75 more. ")
    assert "disk" in lines[0]
    few = [random_entry(f"a{n}", 0) for n in range(5)]
    many = [random_entry(f"b{n}", 0, paragraphs=8) for n in range(80)]
    with open_store(tmp_path / "s", ENCODER.identity) as store:
        if then == "goes on":
            assert lines[-1] == "whole"
        else:
            assert_whole(store, few)
            store.put(many)
        assert_whole(store, few + many)


# --- an index that is torn, lost or not ours


def tear(folder: Path) -> None:
    """Cut Chroma's index files in half, as a process killed while writing them does."""
    for file in folder.glob("*/*"):
        os.truncate(file, file.stat().st_size // 2)


def spoil(folder: Path) -> None:
    (folder / "chroma.sqlite3").write_bytes(b"no database" * 1000)


def empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def garble(folder: Path) -> None:
    """Leave what a killed writer may leave: vectors that were never written, and the mark."""
    for file in folder.glob("*/data_level0.bin"):
        file.write_bytes(bytes(file.stat().st_size))
    connection = sqlite3.connect(folder.parent / "sanad.sqlite3")
    with connection:
        connection.execute("UPDATE meta SET value = '1' WHERE key = 'unsettled'")
    connection.close()


@pytest.mark.parametrize("damage", [shutil.rmtree, empty, spoil, tear, garble])
def test_a_damaged_index_is_made_again(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    entries = [random_entry(f"a{n}", 0, paragraphs=20) for n in range(120)]
    with open_store(tmp_path / "s", ENCODER.identity, create=True) as store:
        store.put(entries)
    [index] = (tmp_path / "s").glob("g-*/chroma-*")
    assert any(index.glob("*/*.bin"))
    damage(index)
    with open_store(tmp_path / "s", ENCODER.identity) as store:
        assert_found(store, entries)  # before it is mended, and while it is
        store.open_index()
        assert store.status().repaired
        assert_whole(store, entries)
    with open_store(tmp_path / "s", ENCODER.identity) as store:
        store.open_index()
        assert not store.status().repaired


def test_an_index_lost_while_the_store_is_open(tmp_path: Path) -> None:
    with open_store(tmp_path / "s", ENCODER.identity, create=True) as store:
        store.put([A, B, C])
        [index] = (tmp_path / "s").glob("g-*/chroma-*")
        shutil.rmtree(index)
        # Chroma may answer or fail from open files: a search mends, a look inside does not.
        assert_found(store, [A, B, C])
        store.put([D])
        assert_whole(store, [A, B, C, D])


def test_vectors_that_are_too_many_or_too_few_are_put_right(
    store: Store, chroma_url: str | None
) -> None:
    store.put([A, B])
    index = index_of(store)
    lang = A.chunks[0].lang
    index.add(lang, {"0" * 32: A.vectors[0]})
    index.delete(lang, sorted(index.hashes(lang))[1:2])
    index.add(lang, {"1" * 32: A.vectors[0]})
    store.close()
    with open_store(store.path, ENCODER.identity, chroma_url=chroma_url) as again:
        assert_whole(again, [A, B])
        assert again.status().repaired
