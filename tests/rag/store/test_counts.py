"""Counts that are kept: right after any writes, in stores of older versions, and put right."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import StoreError
from rag.language.text import LANGS
from rag.store import LanguageCounts, database, open_store, read_status, rows, writing
from rag.store.counts import TRIGGERS, ZERO, count, kept, recounted
from rag.store.database import Database
from tests.rag.store.build import ENCODER, assert_whole, entry, random_entry

ENTRIES = [random_entry(f"a{n}", 0) for n in range(6)]
TEXTS = ("a vote", "a storm", "the budget", "تصويت", "عاصفة")
articles = st.tuples(st.sampled_from("abcd"), st.lists(st.sampled_from(TEXTS), max_size=4))
writes = st.lists(
    st.one_of(
        st.lists(articles, min_size=1, max_size=3, unique_by=lambda article: article[0]),
        st.sets(st.sampled_from("abcde"), min_size=1),
    ),
    max_size=8,
)


def write(
    opened: Database, change: list[tuple[str, list[str]]] | set[str], *, interrupted: bool = False
) -> None:
    """What one transaction of a put or of a remove does."""
    with opened.write() as connection:
        if isinstance(change, set):
            numbers = writing.delete(connection, change)
        else:
            records = [writing.prepare(entry(key, texts)) for key, texts in change]
            numbers = writing.replace(connection, records)
        writing.drop_unused(connection, numbers)
        if interrupted:
            raise KeyboardInterrupt


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=writes, broken=writes)
def test_counts_are_those_of_the_rows_after_any_writes(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[list[tuple[str, list[str]]] | set[str]],
    broken: list[list[tuple[str, list[str]]] | set[str]],
) -> None:
    opened = Database.create(tmp_path_factory.mktemp("counts") / "sanad.sqlite3", {})
    for change in changes:
        write(opened, change)
        with opened.read() as connection:
            assert kept(connection) == recounted(connection)
    for change in broken:
        with pytest.raises(KeyboardInterrupt):
            write(opened, change, interrupted=True)
    with opened.read() as connection:
        assert kept(connection) == recounted(connection)
        assert set(kept(connection)) == set(ZERO)
    opened.close()


def age(folder: Path) -> None:
    """Make a store what an older version of the program would have left."""
    [file] = folder.glob("g-*/sanad.sqlite3")
    connection = sqlite3.connect(file)
    with connection:
        for name in TRIGGERS:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DROP INDEX articles_of_origin")
        connection.executemany("DELETE FROM meta WHERE key = ?", [(key,) for key in ZERO])
    connection.close()


def change(folder: Path, *statements: str) -> None:
    """Write into a store as another program."""
    [file] = folder.glob("g-*/sanad.sqlite3")
    connection = sqlite3.connect(file)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with open_store(tmp_path / "s", ENCODER.identity, create=True) as store:
        store.put(ENTRIES)
    return tmp_path / "s"


def test_a_store_of_an_older_version_opens_and_begins_to_keep_counts(folder: Path) -> None:
    before = read_status(folder).languages
    age(folder)
    assert read_status(folder).languages == before  # looking changes nothing
    with open_store(folder, None) as store:
        store.remove(["a0"])
        store.put([ENTRIES[0]])
        assert store.status().languages == before
    with open_store(folder, ENCODER.identity) as store:
        assert store.status().languages == before
        assert not store.status().repaired
        assert_whole(store, ENTRIES)
        store.remove(["a1"])
        store.put([entry("b", ["one", "اثنان"])])
        assert_whole(
            store, [e for e in ENTRIES if e.article.id != "a1"] + [entry("b", ["one", "اثنان"])]
        )


def test_an_upgrade_that_breaks_off_has_not_happened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    age(folder)
    with monkeypatch.context() as patch:
        patch.setattr(database, "set_meta", full)
        with pytest.raises(StoreError, match="is full"):
            open_store(folder, ENCODER.identity)
    [file] = folder.glob("g-*/sanad.sqlite3")
    connection = sqlite3.connect(file)
    assert kept(connection) == {}
    assert connection.execute(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'count_*'"
    ).fetchone() == (0,)
    connection.close()
    with open_store(folder, ENCODER.identity) as store:
        assert_whole(store, ENTRIES)


def test_a_writer_that_knows_nothing_of_counts_keeps_them(folder: Path) -> None:
    change(
        folder, "DELETE FROM chunks WHERE article_id = 'a2'", "DELETE FROM articles WHERE id = 'a2'"
    )
    status = read_status(folder)
    assert status.articles == len(ENTRIES) - 1
    assert status.chunks == sum(len(e.chunks) for e in ENTRIES if e.article.id != "a2")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE meta SET value = '7000' WHERE key = 'chunks_en'",
        "DELETE FROM meta WHERE key = 'vectors_ar'",
        "UPDATE meta SET value = '-1' WHERE key = 'articles_ar'",
    ],
)
def test_wrong_counts_are_found_and_put_right_when_a_store_is_opened(
    folder: Path, caplog: pytest.LogCaptureFixture, statement: str
) -> None:
    change(folder, statement)
    with caplog.at_level(logging.WARNING), open_store(folder, ENCODER.identity) as store:
        assert "were wrong" in caplog.text
        assert not store.status().repaired  # the vector index is not taken for damaged
        assert_whole(store, ENTRIES)
    caplog.clear()
    with caplog.at_level(logging.WARNING), open_store(folder, ENCODER.identity):
        assert "were wrong" not in caplog.text


def test_an_empty_store_has_counts(tmp_path: Path) -> None:
    with open_store(tmp_path / "s", ENCODER.identity, create=True) as store:
        assert store.status().languages == {lang: LanguageCounts(0, 0) for lang in LANGS}
        assert store.chunk_count("ar") == 0
        assert_whole(store, [])


# --- what must not grow with the store


def steps(opened: Database, look: Callable[[sqlite3.Connection], object]) -> int:
    """Instructions that SQLite takes for ``look``."""
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    with opened.read() as connection:
        look(connection)  # statements are prepared, caches filled
        connection.set_progress_handler(step, 1)
        look(connection)
        connection.set_progress_handler(None, 1)
    return taken


@pytest.mark.parametrize(
    "look",
    [
        lambda connection: count(connection, "chunks", "en"),
        lambda connection: rows.language_counts(connection),
        lambda connection: [rows.vector_count(connection, lang) for lang in LANGS],
        lambda connection: rows.ledger(connection, ["a3", "none"]),
        lambda connection: rows.ledger_of(connection, ["here/3", "nowhere"]),
    ],
    ids=["chunk count", "language counts", "vector counts", "ledger", "ledger of an origin"],
)
def test_looking_takes_the_same_in_a_store_ten_times_as_large(
    tmp_path: Path, look: Callable[[sqlite3.Connection], object]
) -> None:
    opened = Database.create(tmp_path / "sanad.sqlite3", {})
    taken = []
    for size in (40, 400):
        with opened.write() as connection:
            some = [entry(f"a{n}", [f"{n} vote"], origin=f"here/{n}") for n in range(size)]
            writing.replace(connection, [writing.prepare(e) for e in some])
        taken.append(steps(opened, look))
    opened.close()
    assert taken[1] <= 1.2 * taken[0]
