"""Passages of titles in a store: kept apart from texts, and added to a store from before them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.chunk import CHUNKER_VERSION, chunk_article, passage_text
from ingest.pipeline import ingest, reindex
from ingest.titles import add_titles
from rag.errors import StoreError, StoreMismatch
from rag.store import Entry, LanguageCounts, Store, open_store, read_status
from rag.store.counts import TRIGGERS
from rag.types import Article, Chunk
from tests.rag.store.build import ENCODER, picture

ARTICLES = [
    Article("a", "Storm cuts power to 40,000 homes", "Crews worked on.\n\nSchools close.", "en"),
    Article("b", "12 قتيلا في انقلاب حافلة", "فتحت السلطات تحقيقا في الحادث.", "ar"),
    Article("c", "Crews worked", "Crews worked on.", "en"),  # as its text begins
]
TITLES = {"a": "en", "b": "ar"}


def made(article: Article, *, titles: bool = True) -> Entry:
    chunks = [
        chunk
        for chunk in chunk_article(article, ENCODER.count_tokens, ENCODER.max_tokens)
        if titles or chunk.part == "text"
    ]
    vectors = ENCODER.encode_passages([passage_text(article, chunk) for chunk in chunks])
    return Entry(article, chunks, vectors, f"here/{article.id}")


def titles_in(store: Store) -> dict[str, str]:
    return {
        article.id: chunk.lang
        for article in store.iter_articles()
        for chunk in store.article_chunks(article.id)
        if chunk.part == "title"
    }


def test_titles_come_back_as_they_were_put(store: Store) -> None:
    entries = [made(article) for article in ARTICLES]
    store.put(entries)
    for entry in entries:
        chunks = store.article_chunks(entry.article.id)
        assert chunks == list(entry.chunks)
        assert store.chunks([c.id for c in chunks]) == {c.id: c for c in chunks}
    seen = picture(store)
    assert seen["kept"] == seen["recounted"]
    assert seen["index"] == seen["hashes"]
    assert store.terms(["a:x"]) == {}
    [title] = [c for c in store.article_chunks("b") if c.part == "title"]
    assert "12" in store.terms([title.id])[title.id].split()


def test_titles_are_counted_and_searched_apart_from_texts(store: Store) -> None:
    store.put([made(article) for article in ARTICLES])
    assert store.status().languages == {"en": LanguageCounts(2, 2), "ar": LanguageCounts(1, 1)}
    assert store.document_frequencies(["40000"], "en") == {
        "40000": 1
    }  # of the text, which goes with its title
    [(title, _)] = store.search_lexical(["40000"], "en", 5, "title")
    assert store.chunks([title])[title].part == "title"
    texts = [id_ for id_, _ in store.search_lexical(["40000"], "en", 5)]
    assert all(chunk.part == "text" for chunk in store.chunks(texts).values())
    vector = ENCODER.encode_passages([ARTICLES[0].title])[0]
    found = store.search_dense_parts(vector, "en", 3)
    assert found["title"] == [(title, 1.0)]
    assert found["text"] == store.search_dense(vector, "en", 3)
    assert len(found["text"]) == 2


def test_titles_go_with_their_articles(store: Store) -> None:
    store.put([made(article) for article in ARTICLES])
    changed = replace(ARTICLES[0], title="Power is back")
    store.put([made(changed)])
    assert [c.text for c in store.article_chunks("a") if c.part == "title"] == ["Power is back"]
    assert store.search_lexical(["40000"], "en", 5, "title") == []
    store.remove(["a", "b", "c"])
    seen = picture(store)
    assert seen["hashes"] == seen["index"] == {"ar": set(), "en": set()}
    with closing(sqlite3.connect(store.generation / "sanad.sqlite3")) as connection:
        for table in ("chunks", "titles_ar", "titles_en", "terms_ar", "terms_en", "vectors"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_a_title_that_is_not_the_articles_is_refused(store: Store) -> None:
    wrong = Chunk("a:t", "a", "Crews worked on.", 0, 16, "en", part="title")
    entry = Entry(ARTICLES[0], [wrong], ENCODER.encode_passages([wrong.text]), "here")
    with pytest.raises(StoreError, match="not its title from 0 to 16"):
        store.put([entry])


def test_a_passage_of_another_part_cannot_be_written(tmp_path: Path) -> None:
    with open_store(tmp_path / "s", ENCODER.identity, create=True) as store:
        store.put([made(ARTICLES[0])])
        with (
            closing(sqlite3.connect(store.generation / "sanad.sqlite3")) as connection,
            pytest.raises(sqlite3.IntegrityError, match="CHECK"),
        ):
            connection.execute("UPDATE chunks SET part = 'caption'")


# --- stores from before


def as_before(folder: Path) -> None:
    """Make a store without titles what a version that knew none would have left."""
    [file] = folder.glob("g-*/sanad.sqlite3")
    with closing(sqlite3.connect(file)) as connection, connection:
        for name in TRIGGERS:
            connection.execute(f"DROP TRIGGER {name}")
            connection.execute(
                TRIGGERS[name]
                .replace(" WHEN NEW.part = 'text'", "")
                .replace(" WHEN OLD.part = 'text'", "")
            )
        connection.execute("DROP TABLE titles_ar")
        connection.execute("DROP TABLE titles_en")
        connection.execute("ALTER TABLE chunks DROP COLUMN part")
        connection.execute("UPDATE meta SET value = '2' WHERE key = 'format'")
        connection.execute("UPDATE meta SET value = '1' WHERE key = 'chunker'")


@pytest.fixture
def before(tmp_path: Path) -> Path:
    folder = tmp_path / "s"
    with open_store(folder, ENCODER.identity, create=True, chunker_version=1) as store:
        store.put([made(article, titles=False) for article in ARTICLES])
        store.open_index()
    as_before(folder)
    return folder


def opened(folder: Path) -> Store:
    return open_store(folder, ENCODER.identity, chunker_version=CHUNKER_VERSION)


def test_a_store_from_before_is_used_as_it_is(before: Path) -> None:
    assert read_status(before).chunks == 3
    for look in (lambda: opened(before), lambda: open_store(before, None)):
        with look() as store:
            assert store.status().chunks == 3
            assert not store.status().repaired
            assert titles_in(store) == {}
            assert len(store.search_lexical(["crew"], "en", 9)) == 2
            assert len(store.search_dense(np.ones(ENCODER.identity.dimension), "en", 9)) == 2


def test_an_ingest_adds_the_titles_and_touches_nothing_else(before: Path, tmp_path: Path) -> None:
    with opened(before) as store:
        texts = picture(store)
        add_titles(store, ENCODER)  # what every ingest ends with
        assert titles_in(store) == TITLES
        assert store.manifest.chunker == CHUNKER_VERSION
        seen = picture(store)
        assert seen["kept"] == seen["recounted"]
        assert seen["index"] == seen["hashes"]
        assert seen["ledger"] == texts["ledger"]
        for key in ("vectors", "terms"):
            assert {id_: seen[key][id_] for id_ in texts[key]} == texts[key]
        assert all(store.article_chunks(id_)[0].part == "title" for id_ in TITLES)
        assert not store.status().repaired
    with opened(before) as store:
        assert store.manifest.chunker == CHUNKER_VERSION
        assert titles_in(store) == TITLES


def test_an_ingest_of_something_else_mends_the_store(before: Path, tmp_path: Path) -> None:
    source = tmp_path / "d.txt"
    source.write_text("A bridge reopens\n\nIt was closed for two years, and is open now.\n")
    with opened(before) as store:
        report = ingest([source], store, ENCODER)
        assert (report.added, report.chunks) == (1, 1)
        assert titles_in(store) == {**TITLES, "d.txt": "en"}


def test_what_was_cut_short_is_taken_up_again(
    before: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.titles.AT_ONCE", 1)

    def stop_after(steps: int) -> Callable[[], object]:
        calls = iter(range(steps))
        return lambda: next(calls)

    with opened(before) as store, pytest.raises((StopIteration, RuntimeError)):
        add_titles(store, ENCODER, stop_after(3))
    with opened(before) as store:
        assert titles_in(store) == {"a": "en"}
        assert store.manifest.chunker == 1
        add_titles(store, ENCODER)
        assert titles_in(store) == TITLES


def test_titles_of_articles_that_changed_meanwhile_are_passed_over(before: Path) -> None:
    with opened(before) as store:
        whole = made(ARTICLES[0])
        title = Entry(whole.article, whole.chunks[:1], whole.vectors[:1], "")
        gone = made(replace(ARTICLES[1], id="z"))
        store.put([made(replace(ARTICLES[0], title="Power is back"))])
        store.add([title, Entry(gone.article, gone.chunks[:1], gone.vectors[:1], "")])
        assert store.article_chunks("a")[0].text == "Power is back"
        assert store.article_chunks("z") == []
        assert set(titles_in(store)) == {"a"}


def test_a_reindex_makes_titles_too(before: Path) -> None:
    with open_store(before, None) as store:
        reindex(store, ENCODER)  # type: ignore[arg-type]
    with opened(before) as store:
        assert titles_in(store) == TITLES
        assert store.manifest.chunker == CHUNKER_VERSION


def test_a_later_chunker_is_refused(before: Path) -> None:
    with opened(before) as store:
        store.note_chunker(CHUNKER_VERSION + 1)
    with pytest.raises(StoreMismatch, match="chunker version 3, not 2"):
        opened(before)
