"""The search by words: the limit changes nothing, and common words only where it must be quick."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.language.text import Lang
from rag.store import search, writing
from rag.store.database import Database
from tests.rag.store.build import entry

WORDS = ("storm", "river", "bridge", "vote", "gas", "oil")
Ranking = list[tuple[str, float]]

passages = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join), min_size=1, max_size=30
)
queries = st.lists(st.sampled_from((*WORDS, "zebra", '"', "")), max_size=5)


def full_ranking(connection: sqlite3.Connection, words: Sequence[str], lang: Lang) -> Ranking:
    """Everything that holds any of the words, ranked by the textbook's query."""
    if not search.match(words):
        return []
    table = f"terms_{lang}"
    rows = connection.execute(
        f"SELECT c.id, -t.rank FROM {table} AS t JOIN chunks AS c ON c.number = t.rowid "
        f"WHERE {table} MATCH ?",
        (search.match(words),),
    )
    return sorted(rows, key=lambda hit: (-hit[1], hit[0]))


def replace(database: Database, texts: Sequence[str]) -> None:
    """One article a text, in an order that is not that of their ids."""
    with database.write() as connection:
        held = connection.execute("SELECT id FROM articles").fetchall()
        writing.drop_unused(connection, writing.delete(connection, [key for (key,) in held]))
        entries = [entry(f"{n * 7 % 31:02}", [text], lang="en") for n, text in enumerate(texts)]
        writing.replace(connection, [writing.prepare(e) for e in entries])


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = Database.create(tmp_path_factory.mktemp("lexical") / "sanad.sqlite3", {})
    yield opened
    opened.close()


@settings(max_examples=80, deadline=None)
@given(texts=passages, words=queries, n=st.integers(0, 35))
def test_a_limited_search_is_the_beginning_of_the_full_ranking(
    database: Database, texts: list[str], words: list[str], n: int
) -> None:
    replace(database, texts)
    with database.read() as connection:
        found = search.search_terms(connection, words, "en", n)
        assert found == full_ranking(connection, words, "en")[:n]


def test_of_those_that_tie_at_the_limit_the_first_ids_are_taken(database: Database) -> None:
    replace(database, ["one vote"] * 25 + ["vote vote"])
    with database.read() as connection:
        full = full_ranking(connection, ["vote"], "en")
        assert len({score for _, score in full}) == 2
        for n in range(1, len(full) + 2):
            assert search.search_terms(connection, ["vote"], "en", n) == full[:n]


@settings(max_examples=80, deadline=None)
@given(texts=passages, words=queries, n=st.integers(1, 35))
def test_in_a_large_store_what_holds_a_rarer_word_keeps_its_score_and_place(
    database: Database, texts: list[str], words: list[str], n: int
) -> None:
    replace(database, texts)
    with pytest.MonkeyPatch.context() as patch, database.read() as connection:
        patch.setattr(search, "SMALL", 0)
        patch.setattr(search, "CANDIDATES", 4)
        found = search.search_terms(connection, words, "en", n)
        known = [word for word in words if word in WORDS]
        frequencies = {w: search.document_frequency(connection, w, "en") for w in known}
        rare = search.telling(frequencies, len(texts))
        holders = {key for key, _ in full_ranking(connection, rare, "en")}
        full = full_ranking(connection, words, "en")
    assert found == [hit for hit in full if hit[0] in holders][:n]


@pytest.mark.parametrize(
    ("frequencies", "chunks", "expected"),
    [
        ({}, 0, []),
        ({"a": 0}, 10, []),
        ({"a": 90_000}, 100_000, ["a"]),  # the only one is taken, however common
        ({"a": 90_000, "b": 50_000, "c": 0}, 100_000, ["b"]),
        ({"a": 4_000, "b": 9_000, "c": 30_000}, 50_000, ["a"]),  # 13,000 in all are too many
        ({"a": 4_000, "b": 6_000, "c": 30_000}, 50_000, ["a", "b"]),
        ({"a": 4_000, "b": 9_000, "c": 30_000}, 130_000, ["a", "b"]),  # a tenth is 13,000
        ({"b": 11_000, "a": 11_000}, 50_000, ["a"]),  # ties by the word
        ({"a": 10, "b": 20, "c": 30}, 50_000, ["a", "b", "c"]),
    ],
)
def test_which_words_find_the_candidates(
    frequencies: dict[str, int], chunks: int, expected: list[str]
) -> None:
    assert search.telling(frequencies, chunks) == expected


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 200_000)),
    st.integers(20_000, 2_000_000),
)
def test_candidates_are_few_unless_every_word_is_common(
    frequencies: dict[str, int], chunks: int
) -> None:
    chosen = search.telling(frequencies, chunks)
    found = {word: count for word, count in frequencies.items() if count}
    assert bool(chosen) == bool(found)
    assert set(chosen) <= set(found)
    if len(chosen) > 1:
        total = sum(found[word] for word in chosen)
        assert total <= max(search.CANDIDATES, search.SHARE * chunks)
    if chosen and len(chosen) < len(found):
        assert max(found[w] for w in chosen) <= min(found[w] for w in set(found) - set(chosen))


def test_cost_grows_with_the_candidates_and_not_with_the_common_word(tmp_path: Path) -> None:
    database = Database.create(tmp_path / "sanad.sqlite3", {})
    texts = [f"storm {'zebra' if n < 5 else 'river'} {n}" for n in range(400)]
    with database.write() as connection:
        entries = [entry(f"{n:03}", [text], lang="en") for n, text in enumerate(texts)]
        writing.replace(connection, [writing.prepare(e) for e in entries])
    with pytest.MonkeyPatch.context() as patch, database.read() as connection:
        patch.setattr(search, "SMALL", 0)
        patch.setattr(search, "CANDIDATES", 40)
        steps = [_steps(connection, words) for words in (["storm"], ["storm", "zebra"])]
        assert steps[1] * 3 < steps[0]
    database.close()


def _steps(connection: sqlite3.Connection, words: list[str]) -> int:
    """Instructions that SQLite takes for a search, its work on the rows of it at least."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    connection.set_progress_handler(step, 1)
    try:
        assert search.search_terms(connection, words, "en", 3)
    finally:
        connection.set_progress_handler(None, 1)
    return count
