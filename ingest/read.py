"""Sources to articles. What cannot be read becomes a Failure, and the rest goes on."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from ingest.clean import one_line
from ingest.decode import decode
from ingest.discover import missing_reason
from ingest.formats import (
    RawArticle,
    derived_id,
    finish,
    parse_html,
    parse_markdown,
    parse_record,
    parse_text,
)
from ingest.report import Failure
from ingest.sources import Origin, Source
from ingest.web import canonical, fetch, too_large
from rag.errors import SourceError
from rag.types import Article

UPLOADS = "uploads/"
"""The ids of uploaded articles begin with this, so that none is the same as a file's."""

MAX_PAGE = 5 * 2**20
"""Bytes of the largest web page that is read: its tree takes about fifty times as much memory."""

UNFORESEEN = "Something about it was not foreseen"
"""What the reason of a failure begins with that is a fault of Sanad's, not of the source."""

ParsePage = Callable[[str, str | None], RawArticle]
"""A page's HTML and its address, if it has one, to its article."""

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # UTF-32's begin with them, too


@dataclass(frozen=True, slots=True)
class ReadArticle:
    """An article, where it came from, and what to call that in a message."""

    article: Article
    origin: Origin
    name: str


def read(
    source: Source,
    max_bytes: int,
    parse_page: ParsePage = parse_html,
    *,
    allow_private: bool = False,
) -> Iterator[ReadArticle | Failure]:
    """The articles of one source, and what could not be read of it.

    A ``.jsonl`` file gives many, read line by line; ``max_bytes`` then limits each line.
    Addresses that are not public are read if ``allow_private`` is set. Nothing about a source
    raises. Web pages are read by ``parse_page``; the default has no limit of time.
    """
    try:
        if source.file is None:
            yield _read_address(source, max_bytes, parse_page, allow_private)
        elif _suffix(source) == ".jsonl":
            yield from _read_lines(source, source.file, max_bytes)
        else:
            yield _read_file(source, source.file, max_bytes, parse_page)
    except SourceError as error:
        yield Failure(source.name, str(error))
    except OSError as error:
        yield Failure(source.name, missing_reason(source.file or Path(source.name), error))
    except Exception as error:  # one source must not cost all others
        yield Failure(source.name, _unforeseen(error))


def _unforeseen(error: Exception) -> str:
    what = one_line(f"{type(error).__name__}: {error}", 200)
    return f"{UNFORESEEN} ({what}). Leave it out, and please report it."


def article_path(origin: Origin) -> str:
    """The id of a file or upload, or what the ids of its articles begin with.

    Composed (NFC), since the same name arrives decomposed from some file systems.
    """
    prefix = UPLOADS if origin.kind == "upload" else ""
    return prefix + unicodedata.normalize("NFC", origin.path)


def _suffix(source: Source) -> str:
    return Path(source.origin.path).suffix.lower()


def _read_file(source: Source, file: Path, max_bytes: int, parse_page: ParsePage) -> ReadArticle:
    size = file.stat().st_size
    if size > max_bytes:
        raise SourceError(too_large(size, max_bytes))
    with file.open("rb") as stream:
        data = stream.read(max_bytes + 1)  # it may have grown since
    if len(data) > max_bytes:
        raise SourceError(too_large(None, max_bytes))
    raw = _parse(data, _suffix(source), parse_page)
    path = article_path(source.origin)
    return ReadArticle(finish(raw, path, path), source.origin, source.name)


def _parse(data: bytes, suffix: str, parse_page: ParsePage) -> RawArticle:
    if suffix in (".html", ".htm"):
        return parse_page(_decode_html(data), None)
    text = decode(data)
    return parse_markdown(text) if suffix in (".md", ".markdown") else parse_text(text)


def _decode_html(data: bytes, charset: str | None = None) -> str:
    """The page's text; the header's ``charset`` goes before the page's own."""
    if len(data) > MAX_PAGE:
        raise SourceError(
            f"This web page is {len(data) / 2**20:.1f} MB; pages of up to {MAX_PAGE / 2**20:g} MB "
            "can be read. Save the article's words as .txt."
        )
    match = _META_CHARSET.search(data, 0, 4096)
    return decode(data, charset or (match[1].decode("ascii") if match else None))


def _read_address(
    source: Source, max_bytes: int, parse_page: ParsePage, allow_private: bool
) -> ReadArticle:
    page = fetch(source.address, max_bytes, allow_private=allow_private)
    host = urlsplit(page.url).hostname or page.url
    if page.is_html:
        raw = parse_page(_decode_html(page.data, page.charset), page.url)
    else:
        text = decode(page.data, page.charset)
        raw = parse_markdown(text) if page.kind == "text/markdown" else parse_text(text)
    address = canonical(page.url, raw.url)
    named = raw.source if (raw.source or "").lower() != urlsplit(page.url).netloc else None
    article = finish(replace(raw, url=address, source=named), address, host)
    return ReadArticle(article, Origin("url", "", address), source.name)


def _read_lines(source: Source, file: Path, max_bytes: int) -> Iterator[ReadArticle | Failure]:
    """The articles of a ``.jsonl`` file; a line that is none is a failure of its own."""
    path = article_path(source.origin)
    with file.open("rb") as stream:
        head = stream.read(4)
        stream.seek(0)
        if head.startswith(_WIDE_MARKS) or b"\x00" in head:
            raise SourceError("It is not UTF-8, as .jsonl must be. Convert it to UTF-8.")
        for number, line in _lines(stream, max_bytes):
            name = f"{source.name}:{number}"
            if line is None:
                yield Failure(name, too_large(None, max_bytes))
                continue
            if number == 1 and line.removeprefix(codecs.BOM_UTF8).strip() in (b"[", b"[{"):
                raise SourceError("It is one JSON array. Write one object a line (jq -c '.[]').")
            try:
                text = decode(line).strip()
                if not text:
                    continue
                raw = parse_record(text)
                article = finish(raw, raw.id or derived_id(path, raw), path)
            except SourceError as error:
                yield Failure(name, str(error))
            except Exception as error:
                yield Failure(name, _unforeseen(error))
            else:
                yield ReadArticle(article, source.origin, name)


def _lines(stream: BinaryIO, max_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines, from 1; None for a line beyond the limit, which is never held whole."""
    number = 0
    while line := stream.readline(max_bytes + 1):
        number += 1
        if len(line) <= max_bytes or line.endswith(b"\n"):
            yield number, line
            continue
        while (rest := stream.readline(max_bytes + 1)) and not rest.endswith(b"\n"):
            pass
        yield number, None
