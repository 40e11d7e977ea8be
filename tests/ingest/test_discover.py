from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.discover import discover
from ingest.read import read
from ingest.report import Failure
from ingest.sources import Origin, Upload
from tests.ingest.conftest import Write


def names(*paths: str | Path | Upload) -> list[str]:
    return [source.origin.path for source in discover(paths).sources]


def failed(*paths: str | Path) -> dict[str, str]:
    return {Path(f.source).name: f.reason for f in discover(paths).failures}


def test_folders_are_read_whole_and_in_order(folder: Path, write: Write) -> None:
    for name in ("b.txt", "a/z.md", "a/y.markdown", "A.HTML", "c/d/e.htm", "f.jsonl"):
        write(name, "x")
    for name in (".hidden.txt", ".git/x.txt", "a/.b/x.txt", "image.png", "noextension", "b.txt~"):
        write(name, "x")
    assert names(folder) == ["A.HTML", "a/y.markdown", "a/z.md", "b.txt", "c/d/e.htm", "f.jsonl"]
    assert discover([folder]).failures == []


def skipped(*paths: str | Path) -> list[str]:
    return list(discover(paths).skipped.values())


def test_files_of_other_kinds_are_listed_as_skipped(
    folder: Path, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").write_text("x")
    for name in ("a.txt", "b.pdf", "sub/c.docx", "feed.xml", "noextension", ".git/config", ".env"):
        write(name, "x")
    (folder / "sub/again.pdf").symlink_to("../b.pdf")
    (folder / "sub/only.pdf").symlink_to(tmp_path / "elsewhere")
    (folder / "gone.so").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.fifo")
    monkeypatch.chdir(folder.parent)
    assert skipped("articles") == [
        *("articles/b.pdf", "articles/feed.xml", "articles/noextension"),
        *("articles/sub/c.docx", "articles/sub/only.pdf"),
    ]
    assert len(skipped("articles/sub", "articles", "./articles")) == 5, "each once"
    assert skipped("articles/a.txt") == skipped("articles/b.pdf") == []
    assert list(failed("articles/b.pdf")) == ["b.pdf"], "a file that was named is a failure"


def test_names_of_skipped_files_can_be_shown(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/bad\xff.pdf")).write_text("x")
    [name] = skipped(folder)
    assert name.endswith(r"bad\xff.pdf")


def test_what_a_source_is_called(
    folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("sub/a.txt", "x")
    monkeypatch.chdir(folder.parent)
    [source] = discover(["articles"]).sources
    assert source.name == "articles/sub/a.txt"
    assert source.origin == Origin("file", str(folder.resolve()), "sub/a.txt")
    assert source.file == folder.resolve() / "sub/a.txt"
    [source] = discover(["articles/sub/a.txt"]).sources
    assert source.origin == Origin("file", str(folder.resolve() / "sub"), "a.txt")
    [source] = discover(["https://example.org/a"]).sources
    assert (source.origin, source.file) == (Origin("url", "", "https://example.org/a"), None)
    [source] = discover([Upload("a.txt", folder / "sub/a.txt")]).sources
    assert (source.name, source.origin) == ("a.txt", Origin("upload", "", "a.txt"))


def test_a_hidden_file_or_folder_can_be_named(folder: Path, write: Write) -> None:
    write(".notes/.a.txt", "x")
    assert names(folder / ".notes/.a.txt") == [".a.txt"]
    assert names(folder / ".notes") == []


def test_the_same_file_is_taken_once_under_the_wider_root(folder: Path, write: Write) -> None:
    write("sub/a.txt", "x")
    assert names(folder / "sub/a.txt", folder / "sub", folder, folder / "sub") == ["sub/a.txt"]
    assert names("https://x.org/a", "https://x.org/a") == ["https://x.org/a"]


def test_symbolic_links(folder: Path, write: Write, tmp_path: Path) -> None:
    write("real/a.txt", "x")
    (folder / "again.txt").symlink_to("real/a.txt")
    (folder / "linked").symlink_to("real")
    (folder / "real/up").symlink_to(folder)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.txt").write_text("x")
    (outside / "c.txt").write_text("x")
    (folder / "far").symlink_to(outside)
    (folder / "c1.txt").symlink_to(outside / "c.txt")
    assert names(folder) == ["far/b.txt", "far/c.txt", "real/a.txt"]
    (folder / "far").unlink()
    (folder / "c2.txt").symlink_to(outside / "c.txt")
    assert names(folder) == ["c1.txt", "real/a.txt"]


def test_broken_links_are_failures(folder: Path, write: Write) -> None:
    write("a.txt", "x")
    (folder / "gone.txt").symlink_to("nowhere")
    (folder / "gone").symlink_to("nowhere")
    (folder / "gone.so").symlink_to("nowhere")
    (folder / "loop.txt").symlink_to("loop.txt")
    reasons = failed(folder)
    assert set(reasons) == {"gone.txt", "gone", "loop.txt"}
    assert "symbolic link to something that is not there" in reasons["gone.txt"]
    assert "leads back to itself" in reasons["loop.txt"]
    assert names(folder) == ["a.txt"]
    assert "not there" in failed(folder / "gone.txt")["gone.txt"]
    assert "itself" in failed(folder / "loop.txt")["loop.txt"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("missing.txt", "There is no such file or folder"),
        ("", "There is no such file or folder"),
        ("a\0b", "There is no such file or folder"),
        ("x" * 5000, "cannot be read"),
        ("ftp://example.org/a", "Only http:// and https://"),
        ("file:///etc/hosts", "Only http:// and https://"),
    ],
)
def test_paths_that_lead_nowhere(path: str, reason: str) -> None:
    listing = discover([path])
    assert listing.sources == []
    assert reason in listing.failures[0].reason
    assert listing.failures[0].source == path


STRANGE = st.text(st.sampled_from("a./:@\0\ud800\udcff\udfff é\n"), max_size=8)


@given(st.sampled_from(["", "/", "http://", "ftp://"]), STRANGE, st.sampled_from(["", ".txt"]))
@example("", "\ud800", ".txt")
@example("", "\ud800\udcff", "")
@example("http://", "a\ud800", "")
@example("", "\0", ".txt")
def test_no_name_raises(start: str, name: str, end: str) -> None:
    path = f"{start}no-such{name}{end}"
    listing = discover([path, Upload(path, Path("a.txt"))])
    assert len(listing.sources) + len(listing.failures) == 2
    shown = [failure.source for failure in listing.failures]
    shown += [text for s in listing.sources for text in (s.name, s.origin.encode())]
    for text in shown:
        text.encode()


def test_an_address_that_cannot_be_written_is_a_failure() -> None:
    [source] = discover(["http://127.0.0.1:9/\ud800"]).sources
    [found] = read(source, 100, allow_private=True)
    assert isinstance(found, Failure)
    assert source.name == "http://127.0.0.1:9/\\ud800"


def test_named_files_of_other_kinds_are_failures(folder: Path, write: Write) -> None:
    reason = failed(write("a.pdf", "%PDF-"))["a.pdf"]
    assert "Supported are .txt, .md, .markdown, .html, .htm, .jsonl" in reason
    assert "Supported are" in discover([Upload("a.pdf", folder / "a.txt")]).failures[0].reason
    os.mkfifo(folder / "pipe.txt")
    assert "not a regular file" in failed(folder)["pipe.txt"]
    assert "not a regular file" in failed(folder / "pipe.txt")["pipe.txt"]


def test_names_that_are_not_utf8(folder: Path) -> None:
    raw = os.fsencode(folder) + b"/bad\xff.txt"
    Path(os.fsdecode(raw)).write_text("x")
    listing = discover([folder])
    assert listing.sources == []
    assert "not valid UTF-8" in listing.failures[0].reason
    listing.failures[0].source.encode()


def test_decomposed_names_are_found_as_they_are_spelled(folder: Path, write: Write) -> None:
    name = unicodedata.normalize("NFD", "café.txt")
    write(name, "x")
    assert names(folder) == [name]


def test_empty_folders_are_told(folder: Path, write: Write) -> None:
    write("sub/image.png", "x")
    assert discover([folder]).empty == [str(folder)]
    (folder / "gone.txt").symlink_to("nowhere")
    assert discover([folder]).empty == []


@pytest.mark.parametrize(
    "origin",
    [
        Origin("file", "/a b", "c/د.txt"),
        Origin("url", "", "https://example.org/?a=b"),
        Origin("upload", "", 'a"b.txt'),
    ],
)
def test_origins_come_back(origin: Origin) -> None:
    assert Origin.decode(origin.encode()) == origin


@pytest.mark.parametrize("line", ["", "/some/path", "[]", "[1, 2, 3]", '["x", "y", "z"]', "null"])
def test_origins_of_others(line: str) -> None:
    origin = Origin.decode(line)
    assert (origin.kind, origin.path, origin.is_gone) == ("other", line, False)
