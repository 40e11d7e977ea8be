"""Nothing about a source raises: each reader over whatever a file may hold."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.chunk import chunk_article
from ingest.dates import iso_date
from ingest.discover import discover
from ingest.pipeline import ingest
from ingest.read import UNFORESEEN, ReadArticle, read
from ingest.report import Failure
from ingest.sources import SUFFIXES, Upload
from rag.store import Store
from tests.doubles import HashingEncoder
from tests.ingest.conftest import Write
from tests.linear import FRAGMENTS

BODY = "افتتح رئيس البلدية الجسر الجديد صباح الأحد بحضور مئات من سكان الحي القديم والحي الجديد."
LIMIT = 2**20
ENCODER = HashingEncoder()

FRONT_MATTER = {
    "hexadecimal": "title: 0x" + "F" * 4_000,
    "octal": "source: 0" + "7" * 9_000,
    "binary": "lang: 0b" + "1" * 30_000,
    "decimal": "title: " + "9" * 5_000,
    "sexagesimal": "title: " + ":".join(["1"] + ["59"] * 3_000),
    "sexagesimal with a fraction": "title: " + ":".join(["1"] + ["59"] * 3_000) + ".5",
    "a long number as a name": "? 0x" + "F" * 4_000 + "\n: a",
    "a long number inside a list": "tags: [0x" + "F" * 4_000 + "]",
    "an escape beyond Unicode": r'title: "\UFFFFFFFF"',
    "half a pair": r'title: "\ud800"',
    "no number": "title: !!int ''",
    "no fraction": "title: !!float ''",
    "neither true nor false": "title: !!bool maybe",
    "no moment": "date: !!timestamp soon",
    "no bytes": "title: !!binary '***'",
    "a zone of 99 hours": "date: 2001-12-14t21:59:43.10-99:99",
    "month 13": "date: 2022-13-45",
    "not a number": "date: .nan",
    "itself": "title: &a [*a]",
    "itself as a name": "? &a [*a]\n: b",
    "itself merged": "a: &a\n  <<: *a",
    "a name that is a mapping": "{a: b}: c",
    "an alias of nothing": "title: *nothing",
    "deep": "[" * 5_000,
    "deep names": "? " * 5_000,
    "deep mapping": "".join(" " * i + "a:\n" for i in range(300)),
    "control characters": "title: a\x01b",
    "tab": "\ttitle: a",
    "directive": "%YAML 9.9",
    "two documents": "a: b\n--- !!str\n",
    "merged over and over": "a0: &a0 {k: v}\n"
    + "".join(f"a{i}: &a{i}\n  <<: [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)),
    "a billion laughs": "a0: &a0 [x]\n"
    + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)),
}


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def found_in(place: Path, name: str, data: bytes, *, upload: bool = False) -> None:
    """Read ``data`` as a file, and assert that all that comes of it can be told or stored."""
    path = place / name
    path.write_bytes(data)
    [source] = discover([Upload(name, path) if upload else path]).sources
    for found in read(source, LIMIT):
        if isinstance(found, Failure):
            assert UNFORESEEN not in found.reason, found
            assert len(found.reason) < 1_000
            found.reason.encode()
        else:
            assert found.article.title
            json.dumps([found.article.content_hash, found.article.published]).encode()
            for text in (found.article.id, found.article.title, found.article.text):
                text.encode()
            chunks = chunk_article(found.article, ENCODER.count_tokens, ENCODER.max_tokens)
            assert chunks


@pytest.mark.parametrize("name", FRONT_MATTER)
def test_hostile_front_matter_is_one_failure_and_the_rest_is_stored(
    name: str, folder: Path, write: Write, store: Store, encoder: HashingEncoder
) -> None:
    write("a.txt", f"عنوان\n\n{BODY}")
    write("bad.md", f"---\n{FRONT_MATTER[name]}\n---\n{BODY}")
    write("c.txt", f"عنوان آخر\n\n{BODY}")
    report = ingest([folder], store, encoder)
    assert {"a.txt", "c.txt"} <= set(store.ledger())
    assert report.added + len(report.failed) == 3
    for failure in report.failed:
        assert failure.source.endswith("bad.md")
        assert "front matter" in failure.reason


LETTERS = st.text(
    st.one_of(st.characters(), st.sampled_from("\x00\x1b\ud800\udfff\u202e\u2067\ufeff\ufffe-:#"))
)
PIECES = st.lists(st.one_of(LETTERS, st.sampled_from(FRAGMENTS)), max_size=8).map("".join)
VALUES = st.one_of(
    PIECES,
    st.from_regex(r"\A[-+]?(0x[0-9a-f]{1,9}|[0-9]{1,9}(:[0-5]?[0-9]){0,5}(\.[0-9]{0,3})?)\Z"),
    st.from_regex(r"\A!!(int|float|bool|timestamp|binary|set|omap|pairs|null|map) .{0,9}\Z"),
    st.from_regex(r"\A[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9:.]{1,9}([-+][0-9:]{1,6}|Z)?)?\Z"),
    st.sampled_from(["&a [*a]", "*a", "{<<: *a}", "[" * 50, "{" * 50, "|", ">", "'", '"', "- - a"]),
)
NAMES = st.sampled_from(["title", "date", "published", "lang", "url", "source", "id", "text", "<<"])
YAML = st.lists(st.tuples(NAMES, VALUES), max_size=5).map(
    lambda fields: "---\n" + "\n".join(f"{name}: {value}" for name, value in fields) + "\n---\nword"
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), PIECES),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(PIECES, inner)),
    max_leaves=5,
)
LINES = st.lists(
    st.one_of(PIECES, st.dictionaries(NAMES, JSON).map(json.dumps), JSON.map(json.dumps)),
    max_size=4,
).map("\n".join)
TAGS = st.sampled_from(
    "html head body title article p div h1 h2 ul li table tr td br a time meta script style "
    "blockquote svg template base form iframe".split()
)
HTML = st.lists(
    st.one_of(
        PIECES,
        TAGS.map("<{}>".format),
        TAGS.map("</{}>".format),
        st.tuples(TAGS, NAMES, PIECES).map(lambda given: '<{} {}="{}">'.format(*given)),
        st.sampled_from(
            ["<!--", "-->", "<![CDATA[", "&#xd800;", "&#0;", "<?xml?>", "<!DOCTYPE x["]
        ),
        st.just(f"<p>{BODY}</p>"),
    ),
    max_size=20,
).map("".join)
ENCODINGS = st.sampled_from(
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1256", "cp1252", "iso8859-6"]
)


@given(
    text=st.one_of(PIECES, YAML, LINES, HTML),
    encoding=ENCODINGS,
    suffix=st.sampled_from(SUFFIXES),
    upload=st.booleans(),
)
@settings(max_examples=200)
def test_no_text_raises(
    place: Path, text: str, encoding: str, suffix: str, *, upload: bool
) -> None:
    how = "surrogatepass" if encoding.startswith("utf") else "replace"
    found_in(place, f"a{suffix}", text.encode(encoding, how), upload=upload)


@given(data=st.binary(max_size=200), suffix=st.sampled_from(SUFFIXES))
@example(b"\xff\xfe\x00\xd8", ".txt")
@example(b"\x00\x00\xfe\xff\xff\xff\xff\xff", ".md")
@settings(max_examples=100)
def test_no_bytes_raise(place: Path, data: bytes, suffix: str) -> None:
    found_in(place, f"a{suffix}", data)


@given(front_matter=YAML)
@settings(max_examples=150)
def test_no_front_matter_raises(place: Path, front_matter: str) -> None:
    found_in(place, "a.md", front_matter.encode("utf-8", "surrogatepass"))


DATES = st.text(st.sampled_from('0123456789٢²/-.:,+ TZ()"\\<>@مايوMay'), max_size=80)


@given(st.one_of(DATES, PIECES, VALUES))
@settings(max_examples=200)
def test_no_date_raises(text: str) -> None:
    found = iso_date(text)
    assert found is None or found[:4].isdigit()


@pytest.mark.parametrize(
    "opening", ["[", '{"text":', '{"a":[', "<div>", "<ul><li>", "<blockquote>", "> "]
)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_depth_raises(place: Path, opening: str, suffix: str) -> None:
    found_in(place, f"a{suffix}", (opening * 20_000 + "word").encode())


def test_what_no_one_foresaw_is_a_failure_too(write: Write) -> None:
    """A name that only a library could stumble over: the reader itself is made to raise."""
    source = discover([write("a.html", f"<p>{BODY}</p>")]).sources[0]

    def stumble(html: str, url: str | None) -> None:
        raise ZeroDivisionError("no columns")

    [found] = read(source, LIMIT, stumble)  # type: ignore[arg-type]
    assert not isinstance(found, ReadArticle)
    assert UNFORESEEN in found.reason
    assert "ZeroDivisionError: no columns" in found.reason
