"""One process owns a store."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rag.errors import StoreLocked
from rag.store import open_store, read_status
from tests.rag.store.build import ENCODER, assert_whole, python, random_entry

HOLDER = """
import sys
from rag.store import open_store
from tests.doubles import HashingEncoder
store = open_store(sys.argv[1], HashingEncoder().identity, create=True)
print("open", flush=True)
sys.stdin.readline()
store.close()
"""


@contextmanager
def held_elsewhere(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the store open; it closes it when it is told to."""
    with python(HOLDER, folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield process
        finally:
            if process.poll() is None:
                process.communicate("\n")


def test_a_second_process_is_told_who_has_the_store_and_what_to_do(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path / "s") as other:
        for create in (False, True):
            with pytest.raises(StoreLocked) as caught:
                open_store(tmp_path / "s", ENCODER.identity, create=create)
            assert f"process {other.pid} (-c" in str(caught.value)
            assert "chroma run" in str(caught.value)
            assert "SANAD_CHROMA_URL" in str(caught.value)
        status = read_status(tmp_path / "s")
        assert status.owner is not None
        assert status.owner.pid == other.pid
        assert other.poll() is None
    open_store(tmp_path / "s", ENCODER.identity).close()
    assert read_status(tmp_path / "s").owner is None


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path / "s") as other:
        other.send_signal(signal.SIGKILL)
        other.wait()
        assert (tmp_path / "s" / "lock.owner").exists()
        assert read_status(tmp_path / "s").owner is None
        with open_store(tmp_path / "s", ENCODER.identity) as store:
            assert store.status().owner.pid == os.getpid()  # type: ignore[union-attr]


def test_opening_twice_in_one_process_is_refused(tmp_path: Path) -> None:
    with open_store(tmp_path / "s", ENCODER.identity, create=True) as store:
        with pytest.raises(StoreLocked, match="already open in this process"):
            open_store(tmp_path / "s", ENCODER.identity)
        store.put([random_entry("a", 0)])
        assert_whole(store, [random_entry("a", 0)])
    with open_store(tmp_path / "s", ENCODER.identity) as store:
        assert_whole(store, [random_entry("a", 0)])


def test_a_failed_open_lets_go_of_the_lock(tmp_path: Path) -> None:
    open_store(tmp_path / "s", ENCODER.identity, create=True).close()
    [file] = (tmp_path / "s").glob("g-*/sanad.sqlite3")
    whole = file.read_bytes()
    file.write_bytes(b"x" * 5000)
    with pytest.raises(Exception, match="damaged"):
        open_store(tmp_path / "s", ENCODER.identity)
    file.write_bytes(whole)
    open_store(tmp_path / "s", ENCODER.identity).close()


def test_the_status_of_a_store_in_use_can_be_read(tmp_path: Path) -> None:
    entries = [random_entry(f"a{n}", 0) for n in range(3)]
    with open_store(tmp_path / "s", ENCODER.identity, create=True) as store:
        store.put(entries)
        status = read_status(tmp_path / "s")
        assert status.articles == 3
        assert status == store.status()
        store.put([random_entry("more", 0)])
        assert read_status(tmp_path / "s").articles == 4
