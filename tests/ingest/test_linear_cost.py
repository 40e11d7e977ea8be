"""Reading and cutting cost no more than in proportion to the length, whatever a text repeats."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from lxml import etree

from ingest.chunk import chunk_article
from ingest.clean import clean_text, one_line
from ingest.dates import iso_date
from ingest.decode import decode
from ingest.discover import discover
from ingest.formats import RawArticle, finish, parse_markdown, parse_record, split_title, web_url
from ingest.ledger import Ledger
from ingest.page import body_text
from ingest.paragraphs import blocks, looks_like_heading
from ingest.read import read
from ingest.sources import Listing, Origin
from ingest.web import canonical
from rag.errors import SourceError
from rag.store import LedgerEntry
from rag.types import Article
from tests.linear import FRAGMENTS, assert_linear

STORABLE = [fragment for fragment in FRAGMENTS if clean_text(fragment)]


def count_words(texts: object) -> list[int]:
    return [2 + text.count(" ") for text in texts]  # type: ignore[attr-defined]


def decode_as(encoding: str) -> Callable[[str], object]:
    return lambda text: decode(text.encode(encoding, "replace"))


def cut(text: str) -> object:
    return chunk_article(Article("a", "Title", text, "en"), count_words, 512)


CALLS: dict[str, Callable[[str], object]] = {
    "clean": clean_text,
    "one line": one_line,
    "one line, cut": lambda text: one_line(text, 300),
    "decode UTF-8": decode_as("utf-8"),
    "decode UTF-16": decode_as("utf-16-le"),
    "decode Windows-1256": decode_as("cp1256"),
    "decode Windows-1252": decode_as("cp1252"),
    "a date": iso_date,
    "an address": web_url,
    "an address, made canonical": lambda text: canonical(f"http://a.b/{text}", text),
    "paragraphs": blocks,
    "a heading": looks_like_heading,
    "a title": split_title,
    "an article": lambda text: finish(RawArticle(text, title=text, source=text), "a", "a"),
    "Markdown": parse_markdown,
    "front matter that never ends": lambda text: parse_markdown(f"---\ntitle: {text}"),
    "a rule above": lambda text: parse_markdown(f"---\n{text}"),
    "a line of JSON": lambda text: parse_record(json.dumps({"title": text, "text": text})),
    "a broken line of JSON": parse_record,
}


@pytest.mark.parametrize("name", CALLS)
def test_reading(name: str) -> None:
    def call(text: str) -> None:
        with suppress(SourceError, StopIteration, IndexError):
            CALLS[name](text)

    for fragment in FRAGMENTS:
        assert_linear(call, fragment)


def test_cutting() -> None:
    for fragment in STORABLE:
        assert_linear(cut, fragment, seconds=0.1)


@pytest.mark.parametrize("head", ["", "title: "])
def test_front_matter_never_takes_long(head: str) -> None:
    """Within its limit PyYAML may be slow in its own way; beyond it nothing is read."""

    def call(text: str) -> None:
        with suppress(SourceError):
            parse_markdown(f"---\n{head}{text}\n---\nword")

    for fragment in ("a: b\n", "- a\n", "[", "{a: ", "? ", "a: &a ", "1:1:1\n"):
        assert_linear(call, fragment, characters=400_000, seconds=1)


@pytest.mark.parametrize(
    "fragment",
    [
        "<p>a</p>b",
        "<head>a</head>",
        "<list><item>a</item></list>",
        "<p>a<lb/>b</p>",
        "<p><hi>a</hi></p>",
        "<table><row><cell>a</cell></row></table>",
        "<row><cell>a</cell></row>",
        "<quote>a<quote>b</quote></quote>",
        "<unknown><unknown>a</unknown></unknown>",
    ],
)
def test_what_is_left_of_a_page(fragment: str) -> None:
    def call(text: str) -> None:
        body_text(etree.fromstring(f"<body>{text}</body>", parser), "a")

    parser = etree.XMLParser(huge_tree=True)
    assert_linear(call, fragment)


def test_what_is_gone_is_found_among_many_roots() -> None:
    """Each root a file: as a shell names them for ``articles/*.txt``."""

    def call(text: str) -> None:
        places = [f"/articles/{number}" for number in range(len(text))]
        origins = {place: Origin("file", "/articles", place[10:]).encode() for place in places}
        ledger = Ledger({key: LedgerEntry("", line) for key, line in origins.items()}, {}.get)
        assert ledger.stale(Listing(roots=places, unread=places[:-1]), prune=True) == places[-1:]

    assert_linear(call, "a", characters=20_000)


def test_a_file_of_many_lines(tmp_path: Path) -> None:
    def call(text: str) -> None:
        path = tmp_path / "a.jsonl"
        path.write_text(text, "utf-8")
        [source] = discover([path]).sources
        found = list(read(source, 100))
        assert len(found) in (0, text.count("\n"), 1)

    for fragment in ("{}\n", "\n", '{"text": "a"}\n', "x" * 1_000 + "\n", "x"):
        assert_linear(call, fragment, characters=200_000)
