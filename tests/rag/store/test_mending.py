"""What a store does while its vector index is loaded or mended in the background."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from rag.errors import StoreError
from rag.language.text import LANGS
from rag.store import Entry, Store, codes, graph, local, open_store, read_status
from rag.store.chroma import IndexDamaged
from rag.store.database import Database
from rag.store.local import LocalIndex
from rag.store.vectors import VectorIndex
from tests.rag.store.build import ENCODER, ROOT, assert_whole, entry, python, random_entry
from tests.rag.store.test_store import brute_force

ENTRIES = [random_entry(f"a{n}", 0, paragraphs=10) for n in range(20)]
LATER = [random_entry(f"b{n}", 0) for n in range(4)]
QUERIES = ENCODER.encode_queries(["troops at the border", "الجنود على الحدود"])


def make(folder: Path, entries: list[Entry] = ENTRIES) -> Path:
    with open_store(folder, ENCODER.identity, create=True) as store:
        store.put(entries)
    return folder


NO_CODES = ("DROP TRIGGER codes_go_with_vectors", "DROP TABLE codes")


def change(folder: Path, *statements: str) -> None:
    """Change the database as another program, or one that was killed, would have."""
    [file] = folder.glob("g-*/sanad.sqlite3")
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A store whose last write broke off."""
    folder = make(tmp_path / "s")
    change(folder, "UPDATE meta SET value = '1' WHERE key = 'unsettled'")
    return folder


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "BEGIN_SECONDS", 0.0)


class Gate:
    """Holds what is mended back, once it has begun, until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        self.together, self.most = 0, 0
        add = VectorIndex.add

        def held(index: VectorIndex, *args: object) -> None:
            self.together += 1
            self.most = max(self.most, self.together)
            self.reached.set()
            assert self.opened.wait(60)
            add(index, *args)  # type: ignore[arg-type]
            self.together -= 1

        monkeypatch.setattr(VectorIndex, "add", held)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    found = Gate(monkeypatch)
    yield found
    found.opened.set()


def assert_answers(store: Store, entries: list[Entry]) -> None:
    for query in QUERIES:
        for lang in LANGS:
            assert store.search_dense(query, lang, 1000) == brute_force(entries, query, lang)
    assert store.search_lexical(["troop"], "en", 3)


def test_answers_are_exact_and_nobody_waits_while_the_index_is_mended(
    broken: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "PATIENCE", 0.1)
    with open_store(broken, ENCODER.identity) as store:
        assert gate.reached.wait(60)
        assert store.index_state == store.status().index == read_status(broken).index == "mending"
        assert_answers(store, ENTRIES)
        store.put(LATER)
        store.remove(["a0"])
        assert_answers(store, [*ENTRIES[1:], *LATER])
        assert store.index_state == "mending"
        gate.opened.set()
        store.open_index()
        assert store.index_state == store.status().index == "ready"
        assert_whole(store, [*ENTRIES[1:], *LATER])
        assert gate.most == 1
    with open_store(broken, ENCODER.identity) as store:
        store.open_index()
        assert not store.status().repaired
        assert_whole(store, [*ENTRIES[1:], *LATER])


def test_whoever_asks_for_the_index_from_many_threads_gets_the_same(
    broken: Path, gate: Gate
) -> None:
    with open_store(broken, ENCODER.identity) as store:
        found: list[VectorIndex] = []
        threads = [
            threading.Thread(target=lambda: found.append(store._index.open())) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        gate.opened.set()
        for thread in threads:
            thread.join()
        assert len({id(index) for index in found}) == 1
        assert gate.most == 1
        assert len(list(broken.glob("g-*/chroma-*"))) == 1


def test_closing_gives_mending_up_and_the_next_open_begins_it_again(
    broken: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "PATIENCE", 0.1)
    monkeypatch.setattr("rag.store.vectors.LOCAL_BATCH", 5)
    with open_store(broken, ENCODER.identity) as store:
        assert gate.reached.wait(60)
        store.put(LATER)
        closing = threading.Thread(target=store.close)
        closing.start()
        gate.opened.set()
        closing.join(60)
        assert not closing.is_alive()
        with pytest.raises(StoreError, match="is closed"):
            store.search_dense(QUERIES[0], "en", 3)
        with pytest.raises(StoreError, match="is closed"):
            store.open_index()
    assert not list(broken.glob("g-*/chroma-*"))
    assert read_status(broken).index == "unsettled"
    with open_store(broken, ENCODER.identity) as store:
        assert_answers(store, [*ENTRIES, *LATER])
        assert_whole(store, [*ENTRIES, *LATER])


def test_mending_that_fails_is_told_and_tried_again_by_the_next_write(
    broken: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise IndexDamaged("The vector index x cannot be used: disk is full.")

    with open_store(broken, ENCODER.identity) as store:
        with monkeypatch.context() as patch:
            patch.setattr(VectorIndex, "add", full)
            with pytest.raises(StoreError, match=r"cannot be made anew.*disk is full"):
                store.open_index()
            assert store.index_state == store.status().index == "failed"
            assert "cannot be made anew" in caplog.text
            assert_answers(store, ENTRIES)
            assert not list(broken.glob("g-*/chroma-*"))
        store.put(LATER)
        assert store.index_state == "ready"
        assert_whole(store, [*ENTRIES, *LATER])


@pytest.mark.parametrize(
    ("kind", "name"),
    [(Database, "meta"), (LocalIndex, "_tell_mending"), (threading.Thread, "start")],
)
def test_what_cannot_be_begun_is_told_and_begun_by_the_next_write(
    broken: Path, monkeypatch: pytest.MonkeyPatch, kind: type, name: str
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("refused")

    with open_store(broken, None) as store:
        with monkeypatch.context() as patch:
            patch.setattr(kind, name, refuse)
            for _ in range(2):
                with pytest.raises(StoreError, match="refused"):
                    store.put(LATER)
                assert store.index_state == "failed"
        store.put(LATER)
        store.open_index()
        assert_whole(store, [*ENTRIES, *LATER])


def test_an_index_that_fails_a_search_is_mended_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(*_: object) -> None:
        raise IndexDamaged("torn")

    with open_store(make(tmp_path / "s"), ENCODER.identity) as store:
        store.open_index()
        with monkeypatch.context() as patch:
            patch.setattr(VectorIndex, "nearest", torn)
            assert_answers(store, ENTRIES)
            store.open_index()
        assert store.status().repaired
        assert_whole(store, ENTRIES)


def test_an_index_is_opened_again_before_it_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearest, failures = VectorIndex.nearest, 0

    def once(index: VectorIndex, *args: object) -> list[str]:
        nonlocal failures
        if not failures:
            failures += 1
            raise IndexDamaged("for once")
        return nearest(index, *args)  # type: ignore[arg-type]

    folder = make(tmp_path / "s")
    with open_store(folder, ENCODER.identity) as store:
        store.open_index()
        [place] = folder.glob("g-*/chroma-*")
        monkeypatch.setattr(VectorIndex, "nearest", once)
        for again in (False, True):
            failures = 0
            assert_answers(store, ENTRIES)
            assert failures == 1
            store.open_index()
            assert store.status().repaired is again
            assert_whole(store, ENTRIES)
        assert list(folder.glob("g-*/chroma-*")) != [place]
        failures = 0
        monkeypatch.setattr(local, "AGAIN_SECONDS", 0.0)  # it was long ago
        [place] = folder.glob("g-*/chroma-*")
        assert_answers(store, ENTRIES)
        store.open_index()
        assert list(folder.glob("g-*/chroma-*")) == [place]


NO_CHROMA = """
import sys
from rag.store import open_store
from tests.rag.store.test_mending import ENCODER, QUERIES, ENTRIES, assert_answers, local
local.BEGIN_SECONDS = float(sys.argv[2])
store = open_store(sys.argv[1], ENCODER.identity)
assert_answers(store, ENTRIES)
if sys.argv[3] == "close":
    store.close()
    assert "chromadb" not in sys.modules
"""


def run(code: str, *arguments: object) -> None:
    subprocess.run([sys.executable, "-c", code, *map(str, arguments)], check=True, cwd=ROOT)


def test_opening_and_asking_does_not_wait_for_chroma(broken: Path, tmp_path: Path) -> None:
    for folder in (broken, make(tmp_path / "sound")):
        run(NO_CHROMA, folder, 60, "close")


@pytest.mark.parametrize("begin", [0, 60])
def test_a_program_that_ends_without_closing_ends(broken: Path, begin: float) -> None:
    run(NO_CHROMA, broken, begin, "just end")
    with open_store(broken, ENCODER.identity) as store:
        assert_whole(store, ENTRIES)


WRITER = """
import sys
from rag.store import local, open_store, vectors
from tests.rag.store.build import ENCODER, random_entry
local.BEGIN_SECONDS, local.PATIENCE, vectors.LOCAL_BATCH = 0.0, 0.0, 2
with open_store(sys.argv[1], ENCODER.identity) as store:
    for n in range(400):
        store.put([random_entry(f"c{n:03}", 0)])
        print(n, store.index_state, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_killed_while_mending_and_writing(broken: Path, seed: int) -> None:
    rng = random.Random(seed)
    with python(WRITER, broken) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        time.sleep(rng.uniform(0.0, 2.0))
        process.kill()
        lines += [line for line in process.stdout.readlines() if line.endswith("\n")]
    states = {line.split()[1] for line in lines}
    stored = len(lines)
    assert "mending" in states
    with open_store(broken, ENCODER.identity) as store:
        found = len(store.ledger()) - len(ENTRIES)
        assert found in (stored, stored + 1)
        expected = [*ENTRIES, *(random_entry(f"c{n:03}", 0) for n in range(found))]
        assert_answers(store, expected)
        assert_whole(store, expected)


def test_a_larger_graph_is_searched_more_widely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ef(store: Store) -> list[int]:
        collections = store._index.open()._collections
        return [collections[lang].configuration_json["hnsw"]["ef_search"] for lang in ("ar", "en")]

    monkeypatch.setattr(graph, "EF_SEARCH", ((2, 300), (10_000, 400)))
    few = [entry("a", ["a vote", "الجسر الأول", "الجسر الثاني", "الجسر الثالث"])]
    with open_store(make(tmp_path / "s", few), ENCODER.identity) as store:
        assert ef(store) == [400, 300]
        store.put(ENTRIES)
    with open_store(tmp_path / "s", ENCODER.identity) as store:
        assert ef(store) == [400, 400]
        assert_whole(store, [*few, *ENTRIES])
        assert not store.status().repaired


# --- codes


@contextmanager
def without_index(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(local, "BEGIN_SECONDS", 60.0)
    with open_store(folder, ENCODER.identity) as store:
        yield store


def test_a_store_that_knows_no_codes_is_given_them(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(broken, *NO_CODES)
    monkeypatch.setattr(codes, "_AT_ONCE", 7)
    with without_index(broken, monkeypatch) as store:
        assert_answers(store, ENTRIES)


def test_an_older_store_is_given_codes_when_it_is_opened(broken: Path) -> None:
    def schema(store: Store) -> list[str]:
        with store._database.read() as connection:
            return [name for (name,) in connection.execute("SELECT name FROM sqlite_schema")]

    change(broken, *NO_CODES)
    with open_store(broken, None) as store:
        assert {"codes", "codes_go_with_vectors"} <= set(schema(store))
        store.put(LATER)
        assert_answers(store, [*ENTRIES, *LATER])
        store.remove(["a0"])
        coded(store)
    change(broken, *NO_CODES)
    with open_store(broken, ENCODER.identity) as store:
        assert {"codes", "codes_go_with_vectors"} <= set(schema(store))


def coded(store: Store) -> list[int]:
    with store._database.read() as connection:
        codes_of = connection.execute("SELECT number FROM codes ORDER BY number").fetchall()
        numbers = connection.execute("SELECT number FROM vectors ORDER BY number").fetchall()
    assert codes_of == numbers
    return [number for (number,) in codes_of]


@pytest.mark.parametrize("seed", range(3))
def test_every_vector_has_a_code_whatever_is_written(store: Store, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(12):
        store.put([random_entry(rng.choice("abcde"), rng.randrange(9)) for _ in range(1)])
        coded(store)
        store.remove(rng.sample("abcde", k=2))
        coded(store)


def test_a_shortlist_holds_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    raw = rng.normal(size=(3000, 64))
    units = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)
    large = entry("large", [f"vote {n}" for n in range(len(units))])
    large = Entry(large.article, large.chunks, units, "here")
    folder = make(tmp_path / "s", [large])
    monkeypatch.setattr(codes, "SHORTLIST", 600)
    with without_index(folder, monkeypatch) as store:
        found = 0
        for query in rng.normal(size=(20, 64)).astype(np.float32):
            nearest = [key for key, _ in brute_force([large], query, "en")[:20]]
            hits = store.search_dense(query, "en", 20)
            assert hits == sorted(hits, key=lambda hit: (-hit[1], hit[0]))
            found += len({key for key, _ in hits} & set(nearest))
        assert found / 400 > 0.95
        near = dict(store.search_dense(units[7], "en", 5))
        assert large.chunks[7].id in near


def agreement_by_hand(rows: np.ndarray, query: np.ndarray) -> list[int]:
    steps = np.rint(np.abs(query) / np.abs(query).max() * 7).astype(int)
    return [int(steps[(row > 0) == (query > 0)].sum()) for row in rows]


@pytest.mark.parametrize("dimension", [1, 3, 8, 63, 64, 65, 200])
def test_agreement_counts_what_has_the_same_sign(dimension: int) -> None:
    rng = np.random.default_rng(dimension)
    rows, query = rng.normal(size=(50, dimension)), rng.normal(size=dimension)
    found = codes.agreement(codes.signs(rows), query).tolist()
    assert found == agreement_by_hand(rows, query)
