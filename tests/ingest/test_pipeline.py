from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ingest.chunk import CHUNKER_VERSION, passage_text
from ingest.pipeline import ingest, reindex
from ingest.report import IngestReport, Progress
from ingest.sources import Upload
from rag.errors import EncoderError
from rag.models.encoder import Vectors
from rag.store import Store, open_store
from tests.doubles import HashingEncoder
from tests.ingest.conftest import Write

BODY = "افتتح رئيس البلدية الجسر الجديد صباح الأحد بحضور مئات من سكان الحي القديم والحي الجديد."
SECOND = "وقال المهندس سالم الحداد إن العمل استغرق ثلاث سنوات، وإن كلفته بلغت 12 مليون دينار."


class CountingEncoder(HashingEncoder):
    """Remembers what it was asked to embed."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[str]] = []

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        if texts:
            self.batches.append(list(texts))
        return super().encode_passages(texts)


@pytest.fixture
def encoder() -> CountingEncoder:
    return CountingEncoder()


def counts(report: IngestReport) -> tuple[int, int, int, int, int]:
    """Added, updated, unchanged, removed, failed."""
    r = report
    return (r.added, r.updated, r.unchanged, r.removed, len(r.failed))


def ids(store: Store) -> list[str]:
    return sorted(store.ledger())


def record(key: str | None, text: str, **fields: str) -> str:
    return json.dumps(({"id": key} if key else {}) | {"text": text} | fields)


def test_articles_come_into_the_store(
    store: Store, encoder: CountingEncoder, folder: Path, write: Write
) -> None:
    write("a.txt", f"عنوان\n\n{BODY}\n\n{SECOND}")
    write("sub/b.md", f"---\ntitle: Bridge\ndate: 2023-05-04\n---\n{BODY}\n\n## لماذا\n\n{SECOND}")
    report = ingest([folder], store, encoder)
    assert counts(report) == (2, 0, 0, 0, 0)
    assert (report.chunks, report.seconds > 0) == (4, True)
    assert ids(store) == ["a.txt", "sub/b.md"]
    article = store.articles(["sub/b.md"])["sub/b.md"]
    assert (article.title, article.published) == ("Bridge", "2023-05-04")
    first, second = store.article_chunks("sub/b.md")
    assert (first.heading, second.heading) == ("", "لماذا")
    assert article.text[second.start : second.end] == second.text == SECOND
    expected = encoder.encode_passages([passage_text(article, second)])[0]
    assert np.allclose(store.vectors([second.id])[second.id], expected, rtol=1e-3)


def test_what_did_not_change_is_not_embedded_again(
    store: Store, encoder: CountingEncoder, folder: Path, write: Write
) -> None:
    write("a.txt", BODY)
    write("b.txt", SECOND)
    ingest([folder], store, encoder)
    encoder.batches.clear()
    report = ingest([folder], store, encoder)
    assert counts(report) == (0, 0, 2, 0, 0)
    assert report.chunks == 0
    write("b.txt", f"{SECOND}\n\n{BODY}")
    write("c.txt", BODY)
    assert counts(ingest([folder], store, encoder)) == (1, 1, 1, 0, 0)
    assert len(encoder.batches) == 1
    assert len(store.article_chunks("b.txt")) == 2
    assert store.status().chunks == 4


def test_metadata_counts_as_a_change(
    store: Store, encoder: CountingEncoder, folder: Path, write: Write
) -> None:
    write("a.md", f"---\ntitle: One\n---\n{BODY}")
    ingest([folder], store, encoder)
    write("a.md", f"---\ntitle: Two\n---\n{BODY}")
    assert counts(ingest([folder], store, encoder)) == (0, 1, 0, 0, 0)
    assert store.articles(["a.md"])["a.md"].title == "Two"


def test_one_bad_file_does_not_stop_the_rest(
    store: Store, encoder: CountingEncoder, folder: Path, write: Write
) -> None:
    write("a.txt", b"\x00\x01" * 100)
    write("b.md", "---\ntitle: a: b\n---\nx")
    write("c.txt", BODY)
    write("d.jsonl", f"{record('k', BODY)}\nbroken\n{record('l', SECOND)}")
    report = ingest([folder, folder / "missing.txt"], store, encoder)
    assert counts(report) == (3, 0, 0, 0, 4)
    assert [Path(f.source).name for f in report.failed] == [
        "missing.txt",
        "a.txt",
        "b.md",
        "d.jsonl:2",
    ]
    assert ids(store) == ["c.txt", "k", "l"]
    document = report.as_json()
    assert set(document) == {
        *("added", "updated", "unchanged", "removed", "failed", "skipped", "chunks", "seconds")
    }
    assert document["failed"][0] == {
        "source": str(folder / "missing.txt"),
        "reason": "There is no such file or folder. Check the spelling.",
    }
    assert json.loads(json.dumps(document)) == document


def test_an_article_that_cannot_be_read_any_more_stays(
    store: Store, encoder: CountingEncoder, folder: Path, write: Write
) -> None:
    write("a.txt", BODY)
    ingest([folder], store, encoder)
    write("a.txt", b"\x00" * 100)
    assert counts(ingest([folder], store, encoder, prune=True)) == (0, 0, 0, 0, 1)
    assert ids(store) == ["a.txt"]


class TestPrune:
    def test_only_when_asked(
        self, store: Store, encoder: CountingEncoder, folder: Path, write: Write
    ) -> None:
        write("a.txt", BODY)
        gone = write("b.txt", SECOND)
        ingest([folder], store, encoder)
        gone.unlink()
        assert counts(ingest([folder], store, encoder)) == (0, 0, 1, 0, 0)
        assert counts(ingest([folder], store, encoder, prune=True)) == (0, 0, 1, 1, 0)
        assert ids(store) == ["a.txt"]
        assert store.status().chunks == 1

    def test_nothing_from_other_roots(
        self, store: Store, encoder: CountingEncoder, folder: Path, write: Write
    ) -> None:
        for name in ("one/a.txt", "one2/b.txt", "two/c.txt"):
            write(name, f"{name} {BODY}")
        upload = Upload("u.txt", write("u.txt", BODY))
        ingest([folder / "one", folder / "one2", folder / "two", upload], store, encoder)
        shutil.rmtree(folder / "two")
        (folder / "one/a.txt").unlink()
        (folder / "one2/b.txt").unlink()
        report = ingest([folder / "one"], store, encoder, prune=True)
        assert counts(report) == (0, 0, 0, 1, 0)
        assert ids(store) == ["b.txt", "c.txt", "uploads/u.txt"]

    def test_what_lay_below_the_root(
        self, store: Store, encoder: CountingEncoder, folder: Path, write: Write
    ) -> None:
        write("a.txt", BODY)
        path = write("sub/b.txt", SECOND)
        ingest([path], store, encoder)
        path.unlink()
        assert counts(ingest([folder], store, encoder, prune=True)) == (1, 0, 0, 1, 0)
        assert ids(store) == ["a.txt"]

    def test_nothing_of_a_root_that_is_gone_or_unreadable(
        self, store: Store, encoder: CountingEncoder, folder: Path, write: Write
    ) -> None:
        write("sub/a.txt", BODY)
        ingest([folder / "sub"], store, encoder)
        shutil.rmtree(folder / "sub")
        assert counts(ingest([folder / "sub"], store, encoder, prune=True)) == (0, 0, 0, 0, 1)
        write("b.txt", SECOND)
        (folder / "sub").symlink_to("sub")
        assert counts(ingest([folder], store, encoder, prune=True)) == (1, 0, 0, 0, 1)
        assert ids(store) == ["a.txt", "b.txt"]

    def test_lines_that_are_gone_unless_a_line_failed(
        self, store: Store, encoder: CountingEncoder, folder: Path, write: Write
    ) -> None:
        path = write("n.jsonl", f"{record('k', BODY)}\n{record('l', SECOND)}")
        write("z.txt", BODY)
        ingest([folder], store, encoder)
        write("n.jsonl", f"{record('k', BODY)}\n" + record("l", SECOND)[:-3])
        assert counts(ingest([path], store, encoder, prune=True)) == (0, 0, 1, 0, 1)
        write("n.jsonl", record("k", BODY))
        assert counts(ingest([path], store, encoder)) == (0, 0, 1, 0, 0)
        assert counts(ingest([path], store, encoder, prune=True)) == (0, 0, 1, 1, 0)
        assert ids(store) == ["k", "z.txt"]

    def test_an_empty_folder(
        self, store: Store, encoder: CountingEncoder, folder: Path, write: Write
    ) -> None:
        path = write("a.txt", BODY)
        ingest([folder], store, encoder)
        path.unlink()
        report = ingest([folder], store, encoder)
        assert counts(report) == (0, 0, 0, 0, 1)
        assert "nothing to read" in report.failed[0].reason
        assert counts(ingest([folder], store, encoder, prune=True)) == (0, 0, 0, 1, 0)


class TestIds:
    def test_two_roots_with_the_same_name(
        self, store: Store, encoder: CountingEncoder, folder: Path, write: Write
    ) -> None:
        write("one/news.txt", BODY)
        write("two/news.txt", SECOND)
        ingest([folder / "one"], store, encoder)
        report = ingest([folder / "two"], store, encoder, prune=True)
        assert counts(report) == (0, 0, 0, 0, 1)
        assert str(folder / "one/news.txt") in report.failed[0].reason
        assert "Ingest the folder that holds both" in report.failed[0].reason
        assert store.articles(["news.txt"])["news.txt"].text == BODY
        # the way out that the message names
        assert counts(ingest([folder], store, encoder)) == (2, 0, 0, 1, 0)
        assert ids(store) == ["one/news.txt", "two/news.txt"]

    def test_two_roots_in_one_run(
        self, store: Store, encoder: CountingEncoder, folder: Path, write: Write
    ) -> None:
        write("one/news.txt", BODY)
        write("two/news.txt", SECOND)
        write("three/news.txt", BODY)
        roots = [folder / "one", folder / "two", folder / "three"]
        report = ingest(roots, store, encoder)
        assert counts(report) == (1, 0, 0, 0, 1)
        assert str(folder / "one/news.txt") in report.failed[0].reason

    def test_the_same_words_elsewhere_are_known(
        self, store: Store, encoder: CountingEncoder, folder: Path, write: Write
    ) -> None:
        write("one/a.jsonl", record("k", BODY))
        write("two/b.jsonl", record("k", BODY))
        ingest([folder / "one"], store, encoder)
        assert counts(ingest([folder / "two"], store, encoder)) == (0, 0, 1, 0, 0)

    def test_the_heir_of_a_file_that_is_gone(
        self, store: Store, encoder: CountingEncoder, folder: Path, write: Write
    ) -> None:
        write("one/news.txt", BODY)
        write("one/same.txt", SECOND)
        ingest([folder / "one"], store, encoder)
        encoder.batches.clear()
        (folder / "one").rename(folder / "two")
        write("two/news.txt", f"{BODY}\n\n{SECOND}")
        assert counts(ingest([folder / "two"], store, encoder)) == (0, 1, 1, 0, 0)
        assert len(encoder.batches) == 1
        (folder / "two/same.txt").unlink()
        assert counts(ingest([folder / "two"], store, encoder, prune=True)) == (0, 0, 1, 1, 0)

    def test_a_moved_article_keeps_its_passages(
        self, store: Store, encoder: CountingEncoder, folder: Path, write: Write
    ) -> None:
        write("one/a.txt", f"{BODY}\n\n{SECOND}")
        ingest([folder / "one"], store, encoder)
        before = store.article_chunks("a.txt")
        vectors = store.vectors([c.id for c in before])
        (folder / "one").rename(folder / "two")
        ingest([folder / "two"], store, encoder)
        assert store.article_chunks("a.txt") == before
        after = store.vectors([c.id for c in before])
        assert all(np.allclose(vectors[key], after[key]) for key in vectors)
        assert str(folder / "two") in store.ledger()["a.txt"].origin

    def test_a_file_keeps_the_id_of_its_widest_root(
        self, store: Store, encoder: CountingEncoder, folder: Path, write: Write
    ) -> None:
        path = write("sub/a.txt", BODY)
        ingest([path], store, encoder)
        assert ids(store) == ["a.txt"]
        assert counts(ingest([folder], store, encoder)) == (1, 0, 0, 1, 0)
        assert ids(store) == ["sub/a.txt"]
        path.write_text(SECOND)
        assert counts(ingest([path], store, encoder)) == (0, 1, 0, 0, 0)
        assert ids(store) == ["sub/a.txt"]

    def test_an_id_given_twice(
        self, store: Store, encoder: CountingEncoder, folder: Path, write: Write
    ) -> None:
        write(
            "n.jsonl",
            "\n".join([record("k", BODY), record("k", SECOND), record("k", BODY)]),
        )
        report = ingest([folder], store, encoder)
        assert counts(report) == (1, 0, 0, 0, 1)
        assert Path(report.failed[0].source).name == "n.jsonl:2"
        assert "n.jsonl:1" in report.failed[0].reason
        assert store.articles(["k"])["k"].text == BODY

    def test_edited_lines_without_id_replace_what_they_were(
        self, store: Store, encoder: CountingEncoder, folder: Path, write: Write
    ) -> None:
        write("n.jsonl", f"{record(None, BODY)}\n{record('k', SECOND)}")
        ingest([folder], store, encoder)
        write("n.jsonl", f"{record(None, SECOND)}\n{record(None, BODY)}\n{record('k', SECOND)}")
        assert counts(ingest([folder], store, encoder)) == (1, 0, 2, 0, 0)
        write("n.jsonl", f"{record(None, BODY + ' مصحح.')}\n{record(None, BODY)}")
        assert counts(ingest([folder], store, encoder)) == (1, 0, 1, 1, 0)
        texts = sorted(a.text for a in store.iter_articles())
        assert texts == sorted([BODY, BODY + " مصحح.", SECOND])  # k had an id: it stays

    def test_names_that_differ_only_in_composition(
        self, store: Store, encoder: CountingEncoder, folder: Path, write: Write
    ) -> None:
        write(unicodedata.normalize("NFD", "café.txt"), BODY)
        write(unicodedata.normalize("NFC", "café.txt"), SECOND)
        report = ingest([folder], store, encoder)
        assert counts(report) == (1, 0, 0, 0, 1)
        assert ids(store) == [unicodedata.normalize("NFC", "café.txt")]
        assert "was given to another article in this run" in report.failed[0].reason

    def test_uploads_replace_their_like(
        self, store: Store, encoder: CountingEncoder, write: Write
    ) -> None:
        first, second = write("t1.txt", BODY), write("t2.txt", SECOND)
        ingest([Upload("news.txt", first)], store, encoder)
        first.unlink()
        assert counts(ingest([Upload("news.txt", second)], store, encoder)) == (0, 1, 0, 0, 0)
        assert store.articles(["uploads/news.txt"])["uploads/news.txt"].text == SECOND


def test_progress_and_full_steps(
    store: Store, encoder: CountingEncoder, folder: Path, write: Write
) -> None:
    for number in range(30):
        write(f"{number:02}.txt", "\n\n".join(f"{i} {number} {BODY}" for i in range(20)))
    seen: list[Progress] = []
    report = ingest([folder], store, encoder, on_progress=seen.append)
    assert report.chunks == 600
    sizes = [len(batch) for batch in encoder.batches]
    assert sizes == [*[32] * 8, 4, *[32] * 8, 4, 32, 32, 16], "a question waits for 32 at most"
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert [p.chunks for p in seen] == sorted(p.chunks for p in seen)
    assert (seen[-1].done, seen[-1].total, seen[-1].chunks, seen[-1].failed) == (30, 30, 600, 0)
    assert seen[0].source == str(folder / "00.txt")


def test_an_interrupt_leaves_a_store_that_the_next_run_completes(
    store: Store, encoder: CountingEncoder, folder: Path, write: Write
) -> None:
    for number in range(60):
        write(f"{number:02}.txt", "\n\n".join(f"{i} {number} {BODY}" for i in range(10)))

    def interrupt(progress: Progress) -> None:
        if progress.chunks > 300:  # in the second group
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest([folder], store, encoder, on_progress=interrupt)
    for key in ids(store):
        assert len(store.article_chunks(key)) == 10
    assert len(ids(store)) == 26
    assert counts(ingest([folder], store, encoder)) == (34, 0, 26, 0, 0)
    assert store.status().chunks == 600


class Stopped(Exception):
    """Raised by a pause."""


def test_a_pause_comes_between_all_steps_and_may_stop_the_ingest(
    store: Store, encoder: CountingEncoder, folder: Path, write: Write
) -> None:
    for number in range(60):
        write(f"{number:02}.txt", "\n\n".join(f"{i} {number} {BODY}" for i in range(10)))
    pauses: list[int] = []

    def pause() -> None:
        pauses.append(len(encoder.batches))
        if len(ids(store)) == 26 and len(encoder.batches) == 12:  # in the second group
            raise Stopped

    with pytest.raises(Stopped):
        ingest([folder], store, encoder, pause=pause)
    assert sorted(set(pauses)) == list(range(13)), "before every step"
    assert len(ids(store)) == 26
    assert all(len(store.article_chunks(key)) == 10 for key in ids(store))
    assert counts(ingest([folder], store, encoder)) == (34, 0, 26, 0, 0)
    assert store.status().chunks == 600


@pytest.mark.parametrize("things", ["files", "lines"])
def test_a_pause_comes_at_each_article_that_did_not_change(
    store: Store, encoder: CountingEncoder, folder: Path, write: Write, things: str
) -> None:
    records = [json.dumps({"id": str(number), "text": f"{number} {BODY}"}) for number in range(20)]
    if things == "lines":
        write("a.jsonl", "\n".join(records))
    else:
        for number in range(20):
            write(f"{number}.txt", f"{number} {BODY}")
    ingest([folder], store, encoder)
    pauses: list[None] = []

    def pause() -> None:
        pauses.append(None)
        if len(pauses) == 7:
            raise Stopped

    with pytest.raises(Stopped):
        ingest([folder], store, encoder, pause=pause)


def test_errors_of_encoder_and_store_stop_the_run(store: Store, folder: Path, write: Write) -> None:
    class Broken(CountingEncoder):
        def encode_passages(self, texts: Sequence[str]) -> Vectors:
            raise EncoderError("Out of order.")

    write("a.txt", BODY)
    with pytest.raises(EncoderError, match="Out of order"):
        ingest([folder], store, Broken())
    assert ids(store) == []


@pytest.fixture
def filled(tmp_path: Path, encoder: CountingEncoder, folder: Path, write: Write) -> Path:
    """The path of a closed store with three articles."""
    path = tmp_path / "old"
    for number in range(3):
        write(f"{number}.txt", f"عنوان {number}\n\n{BODY}\n\n{number} {SECOND}")
    with open_store(path, encoder.identity, create=True, chunker_version=CHUNKER_VERSION) as store:
        ingest([folder], store, encoder)
    return path


def test_reindex_for_another_encoder(filled: Path, folder: Path) -> None:
    other = HashingEncoder(dimension=32, max_tokens=64, name="other")
    seen: list[Progress] = []
    with open_store(filled, None) as store:
        before = {a.id: a for a in store.iter_articles()}
        ledger = store.ledger()
        report = reindex(store, other, on_progress=seen.append)
    assert counts(report) == (0, 3, 0, 0, 0)
    assert report.chunks == 6
    assert (seen[-1].done, seen[-1].total, seen[-1].chunks) == (3, 3, 6)
    with open_store(filled, other.identity, chunker_version=CHUNKER_VERSION) as store:
        assert {a.id: a for a in store.iter_articles()} == before
        assert store.ledger() == ledger
        title, chunk, _ = store.article_chunks("0.txt")
        assert title.part == "title"
        vector = other.encode_queries([passage_text(before["0.txt"], chunk)])[0]
        assert store.search_dense(vector, "ar", 1)[0][0] == chunk.id
        assert counts(ingest([folder], store, other)) == (0, 0, 3, 0, 0)


def test_reindex_that_breaks_off_changes_nothing(filled: Path, encoder: CountingEncoder) -> None:
    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    other = HashingEncoder(dimension=32, name="other")
    with open_store(filled, None) as store:
        with pytest.raises(KeyboardInterrupt):
            reindex(store, other, on_progress=interrupt)
        assert len(store.ledger()) == 3
    with open_store(filled, encoder.identity, chunker_version=CHUNKER_VERSION) as store:
        assert store.status().chunks == 6
