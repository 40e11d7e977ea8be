from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest

from ingest.discover import discover
from ingest.read import ReadArticle, read
from ingest.report import Failure
from ingest.sources import Upload
from tests.ingest.conftest import Write

MB = 2**20
BODY = "افتتح رئيس البلدية الجسر الجديد صباح الأحد بحضور مئات من سكان الحي القديم والحي الجديد."


def readings(*paths: str | Path | Upload, limit: int = MB) -> list[ReadArticle | Failure]:
    return [found for source in discover(paths).sources for found in read(source, limit)]


def article(path: str | Path | Upload, limit: int = MB) -> ReadArticle:
    [found] = readings(path, limit=limit)
    assert isinstance(found, ReadArticle), found
    return found


def reason(path: str | Path, limit: int = MB) -> str:
    [found] = readings(path, limit=limit)
    assert isinstance(found, Failure), found
    return found.reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1256"])
def test_text_files_in_every_encoding(write: Write, encoding: str) -> None:
    found = article(write("a.txt", f"عنوان\n\n{BODY}\n".encode(encoding)))
    assert (found.article.id, found.article.title, found.article.text) == ("a.txt", "عنوان", BODY)
    assert (found.article.lang, found.article.source) == ("ar", "a.txt")


def test_ids_are_paths_below_the_root(folder: Path, write: Write) -> None:
    write("2023/مايو/a.md", f"---\ntitle: T\nsource: S\n---\n{BODY}")
    found = article(folder)
    assert found.article.id == "2023/مايو/a.md"
    assert found.article.source == "S"
    assert found.name == str(folder / "2023/مايو/a.md")


def test_ids_are_composed(folder: Path, write: Write) -> None:
    write(unicodedata.normalize("NFD", "café.txt"), BODY)
    assert article(folder).article.id == unicodedata.normalize("NFC", "café.txt")


def test_uploads_have_ids_of_their_own(write: Write) -> None:
    found = article(Upload("news.md", write("tmp-83f1.md", f"# عنوان\n\n{BODY}")))
    assert (found.article.id, found.article.title) == ("uploads/news.md", "عنوان")
    assert found.origin.place == "news.md"


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("cp1256", "windows-1256"),
        ("cp1256", "utf-8"),  # the label is wrong
        ("utf-8", "windows-1256"),  # and so is this one
        ("utf-16", "utf-16"),
    ],
)
def test_html_files_in_what_they_declare_or_not(write: Write, encoding: str, label: str) -> None:
    html = f"<html><head><meta charset={label}><title>عنوان</title></head><body><p>{BODY}</p>"
    found = article(write("a.html", html.encode(encoding)))
    assert (found.article.title, found.article.text) == ("عنوان", BODY)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"", "holds no text"),
        ("a.txt", b"\x00\x01\x02" * 99, "looks binary"),
        ("a.txt", "Новости дня".encode("cp1251"), "encoding cannot be told"),
        ("a.md", "---\ntitle: a: b\n---\nx", "front matter is broken at line 2"),
        ("a.html", "<p></p>", "no article on this page"),
        ("a.jsonl", "[\n{}\n]", "one JSON array"),
        ("a.jsonl", '{"text": "x"}'.encode("utf-16"), "not UTF-8"),
    ],
)
def test_unreadable_files(write: Write, name: str, content: str | bytes, message: str) -> None:
    assert message in reason(write(name, content))


def test_large_files_are_refused_with_size_limit_and_setting(write: Write) -> None:
    path = write("big.txt", "x" * (3 * MB + 1))
    message = reason(path, limit=2 * MB)
    assert message.startswith("It is 3.0 MB; the limit is 2 MB.")
    assert "SANAD_MAX_SOURCE_MB" in message
    assert article(write("fits.txt", "x" * 2 * MB), limit=2 * MB)


def test_a_file_that_vanishes_after_listing(folder: Path, write: Write) -> None:
    path = write("a.txt", BODY)
    [source] = discover([folder]).sources
    path.unlink()
    [found] = read(source, MB)
    assert isinstance(found, Failure)
    assert "There is no such file" in found.reason


def test_files_and_folders_without_permission(folder: Path, write: Write) -> None:
    """In a process of its own, since root may read everything."""
    write("closed.txt", BODY).chmod(0)
    write("sub/a.txt", BODY)
    (folder / "sub").chmod(0)
    write("open.txt", BODY).chmod(0o644)
    for parent in [folder, *folder.parents][:-2]:
        parent.chmod(parent.stat().st_mode | 0o055)
    program = """
import os, sys
from ingest.discover import discover
from ingest.read import read, ReadArticle
if os.getuid() == 0:
    os.setuid(65534)
listing = discover(sys.argv[1:])
found = [f for s in listing.sources for f in read(s, 2**20)]
for failure in [*listing.failures, *(f for f in found if not isinstance(f, ReadArticle))]:
    print(os.path.basename(failure.source), failure.reason)
print(*(f.article.id for f in found if isinstance(f, ReadArticle)))
"""
    try:
        done = subprocess.run(
            [sys.executable, "-c", program, str(folder)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            cwd=Path(__file__).parents[2],
        )
    finally:
        (folder / "sub").chmod(0o755)
    sub, closed, taken = done.stdout.splitlines()
    assert sub.startswith("sub ")
    assert closed.startswith("closed.txt ")
    assert all("permission denied" in line for line in (sub, closed))
    assert taken == "open.txt"


def lines(*records: object) -> str:
    return "\n".join(r if isinstance(r, str) else json.dumps(r) for r in records)


def test_jsonl(folder: Path, write: Write) -> None:
    write(
        "news.jsonl",
        "\ufeff"
        + lines(
            {"id": "k-1", "title": "عنوان", "text": BODY, "published": "2023-05-04"},
            "",
            "{broken",
            {"text": BODY},
            {"id": "k-2", "title": "t", "text": "  "},
            {"id": "k-3", "text": f"عنوان في السطر الأول\n\n{BODY}", "source": "وكالة النهر"},
        ),
    )
    found = readings(folder)
    taken = [f for f in found if isinstance(f, ReadArticle)]
    bad = [f for f in found if isinstance(f, Failure)]
    assert [Path(f.source).name for f in bad] == ["news.jsonl:3", "news.jsonl:5"]
    assert "not JSON" in bad[0].reason
    assert "holds no text" in bad[1].reason
    assert [r.article.id for r in taken[::2]] == ["k-1", "k-3"]
    assert taken[1].article.id.startswith("news.jsonl#")
    assert [r.article.source for r in taken] == ["news.jsonl", "news.jsonl", "وكالة النهر"]
    assert (taken[2].article.title, taken[2].article.text) == ("عنوان في السطر الأول", BODY)
    assert taken[0].article.published == "2023-05-04"


def test_the_limit_holds_for_each_line_of_jsonl(folder: Path, write: Write) -> None:
    good = {"id": "a", "text": "word " * 100}
    path = write("a.jsonl", lines(good, {"text": "x" * 5000}, "y" * 2000, good | {"id": "b"}))
    assert path.stat().st_size > 4000
    found = readings(folder, limit=1000)
    assert [f.article.id if isinstance(f, ReadArticle) else Path(f.source).name for f in found] == [
        "a",
        "a.jsonl:2",
        "a.jsonl:3",
        "b",
    ]
    assert isinstance(found[1], Failure)
    assert "SANAD_MAX_SOURCE_MB" in found[1].reason


def test_a_jsonl_line_as_long_as_the_limit(folder: Path, write: Write) -> None:
    line = lines({"text": "x" * 100})
    write("a.jsonl", f"{line}\n{line}")
    assert [type(f) for f in readings(folder, limit=len(line))] == [ReadArticle, ReadArticle]
    assert [type(f) for f in readings(folder, limit=len(line) - 1)] == [Failure, Failure]


NASTY = {
    "one word": b"x" * 3_000_000,
    "one word, not UTF-8": b"x" * 3_000_000 + b"\xe9",
    "directions": ("\u202b" * 200_000 + "\u2069" * 200_000 + "a").encode(),
    "isolates": ("\u2067" * 200_000 + "\u202c" * 200_000 + "a").encode(),
    "line breaks": b"\r\n" * 200_000 + b"a",
    "rules": b"---\n" * 60_000 + b"a",
    "dots": b"a. " * 300_000,
}


@pytest.mark.parametrize("suffix", [".txt", ".md", ".jsonl"])
@pytest.mark.parametrize("name", NASTY)
def test_reading_takes_linear_time(write: Write, name: str, suffix: str) -> None:
    path = write(f"a{suffix}", NASTY[name])
    started = time.process_time()
    assert readings(path, limit=20 * MB)
    assert time.process_time() - started < 10  # seconds; quadratic would be minutes
