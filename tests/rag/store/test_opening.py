"""Finding, making and refusing stores; generations of a re-index."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.errors import StoreError, StoreMismatch, StoreMissing
from rag.models.identity import EncoderIdentity
from rag.store import Store, open_store, read_status
from rag.store.vectors import VectorIndex
from tests.doubles import HashingEncoder
from tests.rag.store.build import ENCODER, assert_whole, entry, python, random_entry

OTHER = HashingEncoder(dimension=32, name="other")
ENTRIES = [random_entry(f"a{n}", 5) for n in range(4)]


def make(folder: Path, chunker: int | None = None, chroma_url: str | None = None) -> Path:
    with open_store(
        folder, ENCODER.identity, create=True, chunker_version=chunker, chroma_url=chroma_url
    ) as store:
        store.put(ENTRIES)
    return folder


def test_a_missing_store_names_the_command_that_makes_one(tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    for folder in (tmp_path / "none", tmp_path / "bare"):
        with pytest.raises(StoreMissing, match=r"sanad ingest PATH --store"):
            open_store(folder, ENCODER.identity)
        with pytest.raises(StoreMissing):
            read_status(folder)
    assert not (tmp_path / "none").exists()
    assert list((tmp_path / "bare").iterdir()) == []


def test_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for create in (False, True):
        with pytest.raises(StoreError, match="is a file"):
            open_store(tmp_path / "file", ENCODER.identity, create=create)
        with pytest.raises(StoreError):
            open_store(tmp_path / "file" / "below", ENCODER.identity, create=create)
    assert (tmp_path / "file").read_text() == "mine"


def test_no_store_is_made_among_other_files(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "thesis.docx").write_text("mine")
    with pytest.raises(StoreError, match=r"holds other files \(thesis.docx\)"):
        open_store(folder, ENCODER.identity, create=True)
    assert [p.name for p in folder.iterdir()] == ["thesis.docx"]


@pytest.mark.parametrize("name", ["deep/er/مخزن", "a b#c?d%20'e\"", "." + "x" * 100])
def test_any_folder_name_will_do(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make(Path(name))
    with open_store(name, ENCODER.identity) as store:
        assert_whole(store, ENTRIES)
        assert store.path == tmp_path / name


def test_a_creation_cut_short_is_begun_again(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "lock").touch()
    (folder / "g-0123456789ab").mkdir()
    half = folder / "g-ba9876543210"
    half.mkdir()
    (half / "sanad.sqlite3").touch()
    (folder / "CURRENT.new").write_text("g-ba98")
    with pytest.raises(StoreMissing):
        open_store(folder, ENCODER.identity)
    make(folder)
    assert len(list(folder.glob("g-*"))) == 1
    with open_store(folder, ENCODER.identity) as store:
        assert_whole(store, ENTRIES)


def test_a_new_store_needs_an_encoder(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="encoder"):
        open_store(tmp_path / "s", None, create=True)


@pytest.mark.parametrize("current", ["g-000000000000\n", "../elsewhere", ""])
def test_a_lost_generation_is_an_error_and_nothing_is_made_over_it(
    tmp_path: Path, current: str
) -> None:
    make(tmp_path / "s")
    (tmp_path / "s" / "CURRENT").write_text(current)
    for create in (False, True):
        with pytest.raises(StoreError, match="is damaged"):
            open_store(tmp_path / "s", ENCODER.identity, create=create)


def test_a_damaged_database_is_an_error(tmp_path: Path) -> None:
    make(tmp_path / "s")
    [file] = (tmp_path / "s").glob("g-*/sanad.sqlite3")
    file.write_bytes(b"not a database at all" * 500)
    with pytest.raises(StoreError, match="restore the store from a backup"):
        open_store(tmp_path / "s", ENCODER.identity)


@pytest.mark.parametrize(
    ("identity", "chunker", "says"),
    [
        (OTHER.identity, 3, "other"),
        (replace(ENCODER.identity, weights="changed"), 3, "weights changed"),
        (replace(ENCODER.identity, dimension=128), 3, "128 dimensions"),
        (ENCODER.identity, 4, "chunker version 3, not 4"),
    ],
)
def test_a_store_of_another_making_is_refused(
    tmp_path: Path, identity: EncoderIdentity, chunker: int, says: str
) -> None:
    folder = make(tmp_path / "s", chunker=3)
    with pytest.raises(StoreMismatch, match=says) as caught:
        open_store(folder, identity, chunker_version=chunker)
    assert f"sanad reindex --store {folder}" in str(caught.value)
    with open_store(folder, ENCODER.identity, chunker_version=3) as store:  # the lock is free again
        assert_whole(store, ENTRIES)


def test_another_normaliser_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make(tmp_path / "s")
    monkeypatch.setattr("rag.store.manifest.NORMALISER_VERSION", 99)
    with pytest.raises(StoreMismatch, match="normaliser version 1, not 99"):
        open_store(folder, ENCODER.identity)


def test_an_encoder_that_only_moved_is_the_same(tmp_path: Path) -> None:
    folder = make(tmp_path / "s", chunker=3)
    moved = replace(ENCODER.identity, name="elsewhere")
    for chunker in (3, None):  # or a caller that knows no chunker
        with open_store(folder, moved, chunker_version=chunker) as store:
            assert_whole(store, ENTRIES)


def test_another_format_is_refused(tmp_path: Path) -> None:
    folder = make(tmp_path / "s")
    [file] = folder.glob("g-*/sanad.sqlite3")
    connection = sqlite3.connect(file)
    with connection:
        connection.execute("UPDATE meta SET value = '4' WHERE key = 'format'")
    connection.close()
    for identity in (ENCODER.identity, None):
        with pytest.raises(StoreMismatch, match="format 4 and this program reads format 3"):
            open_store(folder, identity)


def test_without_an_identity_anything_can_be_looked_at(tmp_path: Path) -> None:
    folder = make(tmp_path / "s")
    for lost in folder.glob("g-*/chroma-*"):
        shutil.rmtree(lost)
    with open_store(folder, None) as store:
        assert store.status().articles == len(ENTRIES)
        assert not list(folder.glob("g-*/chroma-*"))  # nothing was opened or mended
        assert_whole(store, ENTRIES)  # until it is needed
        assert store.status().repaired


# --- generations


def fill(new: Store, old: Store) -> None:
    """As re-indexing does: every article that the new generation does not have yet."""
    known, origins = new.ledger(), old.ledger()
    for article in old.iter_articles():
        if article.id not in known:
            again = entry(
                article.id,
                article.text.split("\n"),
                title=article.title,
                lang=article.lang,
                origin=origins[article.id].origin,
                encoder=OTHER,
            )
            new.put([replace(again, article=article)])


@pytest.fixture
def place(tmp_path: Path, chroma_url: str | None) -> Path:
    return make(tmp_path / "s", chroma_url=chroma_url)


def test_a_reindexed_store_holds_the_same_articles(place: Path, chroma_url: str | None) -> None:
    with open_store(place, None, chroma_url=chroma_url) as store:
        ledger = store.ledger()
        new = store.begin_generation(OTHER.identity, 7)
        fill(new, store)
        assert len(store.search_dense(ENTRIES[0].vectors[0], "en", 3)) == 3  # still live
        new.promote()
        with pytest.raises(StoreError, match="closed"):
            store.ledger()
        assert new.ledger() == ledger
        new.close()
    assert len(list(place.glob("g-*"))) == 1
    with pytest.raises(StoreMismatch):
        open_store(place, ENCODER.identity, chroma_url=chroma_url)
    with open_store(place, OTHER.identity, chroma_url=chroma_url, chunker_version=7) as store:
        assert {a.id for a in store.iter_articles()} == {e.article.id for e in ENTRIES}
        assert not store.status().repaired
        assert len(store.search_dense(OTHER.encode_queries(["vote"])[0], "en", 100)) > 0


def test_a_reindex_cut_short_is_taken_up_again(place: Path, chroma_url: str | None) -> None:
    with open_store(place, None, chroma_url=chroma_url) as store:
        new = store.begin_generation(OTHER.identity, 7)
        fill(new, store)
        first = new.generation
        new.remove(["a3"])
        new.close()
        store.remove(["a0"])
        store.put([entry("a1", ["it has changed"]), entry("a9", ["it is new"])])
    with open_store(place, None, chroma_url=chroma_url) as store:
        new = store.begin_generation(OTHER.identity, 7)
        assert new.generation == first
        assert set(new.ledger()) == {"a2"}
        fill(new, store)
        ledger = store.ledger()
        new.promote()
        assert new.ledger() == ledger
        new.close()


def test_what_is_left_of_another_reindex_is_deleted(place: Path, chroma_url: str | None) -> None:
    with open_store(place, None, chroma_url=chroma_url) as store:
        store.begin_generation(OTHER.identity, 7).close()
        new = store.begin_generation(OTHER.identity, 8)  # another chunker
        assert len(list(place.glob("g-*"))) == 2
        new.close()
    with open_store(place, ENCODER.identity, chroma_url=chroma_url) as store:  # all is well as is
        assert list(place.glob("g-*")) == [store.generation]
        assert_whole(store, ENTRIES)


def test_a_reindex_that_cannot_begin_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("refused")

    closed, close = list[Path](), VectorIndex.close

    def noted(index: VectorIndex) -> None:
        assert index._folder is not None
        closed.append(index._folder.parent)
        close(index)

    with open_store(make(tmp_path / "s"), None) as store:
        new = store.begin_generation(OTHER.identity, 7)
        fill(new, store)
        new.close()
        store.remove(["a0"])
        with monkeypatch.context() as patch:
            patch.setattr("rag.store.writing.delete", refuse)
            patch.setattr(VectorIndex, "close", noted)
            with pytest.raises(StoreError, match="refused"):
                store.begin_generation(OTHER.identity, 7)
        assert closed == [new.generation]
        store.remove(["a1"])
        again = store.begin_generation(OTHER.identity, 7)
        assert set(again.ledger()) == {"a2", "a3"}
        again.close()
    open_store(tmp_path / "s", ENCODER.identity).close()  # the lock was given back


def test_promoting_the_live_generation_is_an_error(tmp_path: Path) -> None:
    with (
        open_store(make(tmp_path / "s"), ENCODER.identity) as store,
        pytest.raises(StoreError, match="no newer generation"),
    ):
        store.promote()


# --- folders that cannot be written

UNPRIVILEGED = """
import os, sys
from rag.errors import StoreError
from rag.store import open_store
from tests.doubles import HashingEncoder
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    open_store(sys.argv[1], HashingEncoder().identity, create=sys.argv[2] == "create")
except StoreError as error:
    print(error)
"""


@pytest.mark.parametrize("how", ["open", "create"])
def test_a_folder_that_cannot_be_written_is_an_error(how: str) -> None:
    top = Path(tempfile.mkdtemp())  # pytest's own folders keep other users out
    try:
        folder = make(top / "s") if how == "open" else top / "s"
        for path in (top, *top.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        with python(UNPRIVILEGED, folder, how) as process:
            said, _ = process.communicate()
        assert "cannot be" in said
        assert "write to" in said
    finally:
        for path in (top, *top.rglob("*")):
            path.chmod(0o755)
        shutil.rmtree(top)


# --- stores of format 1: vectors in single precision, and no codes


def as_in_format_1(folder: Path) -> None:
    [file] = folder.glob("g-*/sanad.sqlite3")
    blobs = {
        hashlib.blake2b(vector.tobytes(), digest_size=16).hexdigest(): vector.tobytes()
        for e in ENTRIES
        for vector in e.vectors + np.float32(0)
    }
    connection = sqlite3.connect(file)
    with connection:
        rows = [(blob, key) for key, blob in blobs.items()]
        connection.executemany("UPDATE vectors SET vector = ? WHERE hash = ?", rows)
        connection.execute("UPDATE meta SET value = '1' WHERE key = 'format'")
        connection.execute("DROP TRIGGER codes_go_with_vectors")
        connection.execute("DROP TABLE codes")
    connection.close()


def test_vectors_of_a_wrong_length_are_told(tmp_path: Path) -> None:
    folder = make(tmp_path / "s")
    first = ENTRIES[0].chunks[0]
    [file] = folder.glob("g-*/sanad.sqlite3")
    connection = sqlite3.connect(file)
    with connection:
        connection.execute("UPDATE vectors SET vector = x'0102' WHERE number = 1")
    connection.close()
    with open_store(folder, None) as store:
        with pytest.raises(StoreError, match=r"a vector of 2 bytes.*sanad reindex"):
            store.vectors([first.id])
        with pytest.raises(StoreError, match="a vector of 2 bytes"):
            store.vectors([chunk.id for e in ENTRIES for chunk in e.chunks])
        new = store.begin_generation(OTHER.identity, 7)  # as the message says
        fill(new, store)
        new.promote()
        new.close()
    open_store(folder, OTHER.identity).close()


def test_a_store_of_format_1_is_read_and_written_to(tmp_path: Path) -> None:
    folder = make(tmp_path / "s")
    as_in_format_1(folder)
    query = ENTRIES[0].vectors[0]
    with open_store(folder, ENCODER.identity) as store:
        first = ENTRIES[0].chunks[0]
        np.testing.assert_array_equal(store.vectors([first.id])[first.id], ENTRIES[0].vectors[0])
        without, _ = store.search_dense(query, first.lang, 5), store.open_index()
        assert store.search_dense(query, first.lang, 5) == without
        assert not store.status().repaired
        store.put([*ENTRIES, random_entry("new", 5)])  # replaced, and found to be the same vectors
        np.testing.assert_array_equal(store.vectors([first.id])[first.id], ENTRIES[0].vectors[0])
        store.remove([e.article.id for e in ENTRIES])
        store.put(ENTRIES)
        assert_whole(store, [*ENTRIES, random_entry("new", 5)])
    [file] = folder.glob("g-*/sanad.sqlite3")
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone() == ("3",)
    connection.close()
