"""What each kind of file says: title, text, and what else it knows of its article. No I/O."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlsplit

from ingest.address import without_credentials, without_login
from ingest.clean import clean_text, one_line
from ingest.dates import iso_date
from ingest.front_matter import split_front_matter
from ingest.page import body_text
from ingest.paragraphs import MAX_HEADING, blocks
from rag.errors import SourceError
from rag.language.text import Lang, detect_language
from rag.types import Article

MAX_TITLE = 300
MAX_ID = 500

_CUT_TITLE = 80
_UNFINISHED = re.compile(r"[.،,:;؛][\"'”’»)]*$")
_LANGS: dict[str, Lang] = {
    "ar": "ar",
    "ara": "ar",
    "arabic": "ar",
    "en": "en",
    "eng": "en",
    "english": "en",
}


@dataclass(frozen=True, slots=True)
class RawArticle:
    """An article as its source tells it; None where the source says nothing."""

    text: str
    title: str | None = None
    lang: Lang | None = None
    published: str | None = None
    url: str | None = None
    source: str | None = None
    id: str | None = None


def finish(raw: RawArticle, article_id: str, source: str) -> Article:
    """What a raw article comes to: cleaned, with a title and a language.

    Raises:
        SourceError: there are no words in it.
    """
    text = clean_text(raw.text).strip()
    if not any(c.isalnum() for c in text):
        raise SourceError("It holds no text. Leave it out, or fill it.")
    title = one_line(clean_text(raw.title or ""), MAX_TITLE)
    if not title:
        title, text = split_title(text)
    return Article(
        id=article_id,
        title=title,
        text=text,
        lang=raw.lang or detect_language(text),
        published=raw.published,
        url=raw.url,
        source=one_line(clean_text(raw.source or ""), MAX_TITLE) or source,
    )


def split_title(text: str) -> tuple[str, str]:
    """A title for a text that comes without one, and the text that is left below it.

    A heading, or a short first line that is no sentence, is taken out as the title. A text that
    begins with a paragraph keeps it all, and is called by its first words.
    """
    found = blocks(text)
    first = found[0]
    words = text[first.start : first.end]
    if len(found) > 1:
        if first.heading:
            return one_line(first.heading, MAX_TITLE), text[first.end :].strip()
        short = len(words) <= MAX_HEADING and "\n" not in words
        if short and any(c.isalpha() for c in words) and not _UNFINISHED.search(words):
            return one_line(words), text[first.end :].strip()
    spoken = next(b for b in found if any(c.isalnum() for c in text[b.start : b.end]))
    line = spoken.heading or text[spoken.start : spoken.end].partition("\n")[0]
    return one_line(line, _CUT_TITLE), text


def parse_text(text: str) -> RawArticle:
    """A plain text file: all of it is the article."""
    return RawArticle(text)


def parse_markdown(text: str) -> RawArticle:
    """A Markdown file, with what its YAML front matter says, if it has any.

    Raises:
        SourceError: the front matter is broken, never ends or is too long.
    """
    text = text.replace("\r\n", "\n").lstrip("\ufeff")
    return _raw(*split_front_matter(text))


def parse_html(html: str, url: str | None = None) -> RawArticle:
    """The article of a web page, without menus and the like (extracted by trafilatura).

    Headings inside the article become Markdown headings, list items lines with a dash.

    Raises:
        SourceError: there is no article on the page.
    """
    import trafilatura  # with lxml, a third of a second

    try:
        page = trafilatura.bare_extraction(
            html,
            url=url,
            include_comments=False,
            with_metadata=True,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except Exception as error:  # it goes over what nobody ever wrote, and trips over some of it
        raise SourceError(
            f"Its HTML is too broken to be read ({one_line(str(error), 100)}). "
            "Save the article's words as .txt."
        ) from error
    if page is None or isinstance(page, dict) or page.body is None:
        raise SourceError(
            "There is no article on this page (pages that need a browser to show their text "
            "cannot be read). Save the article's words as .txt."
        )
    title = one_line(page.title or "")
    return RawArticle(
        text=body_text(page.body, title),
        title=title or None,
        published=iso_date(page.date),
        url=web_url(page.url) or url,
        source=_site_name(page.sitename, page.url),
    )


def _site_name(name: str | None, url: str | None) -> str | None:
    """What a site calls itself; where it does not, extraction took it from the page's address."""
    address = web_url(url) or ""
    if name and name in (url or "") and name not in address:
        return urlsplit(address).netloc or None
    return without_login(name or "") or None


def parse_record(line: str) -> RawArticle:
    """One line of a ``.jsonl`` file.

    Raises:
        SourceError: the line is no JSON object, or its fields are not what they should be.
    """
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"It is not JSON ({one_line(str(error), 100)}). Write one object a line."
        ) from error
    if not isinstance(record, dict):
        raise SourceError("It is not a JSON object. Write one object a line, with id, title, text.")
    for name in ("title", "text"):
        if not isinstance(record.get(name), str | None):
            raise SourceError(f"Its {name} is not a text. Put it in quotes.")
    if record.get("text") is None:
        raise SourceError('It has no text. Give it a "text" field.')
    return replace(_raw(record, record["text"]), id=_given_id(record.get("id")))


def derived_id(path: str, raw: RawArticle) -> str:
    """An id for a record that gives none: its file, and a hash of what it says.

    Unlike the number of the line it survives lines that come and go above it, so that articles
    which did not change are not embedded again.
    """
    words = json.dumps([raw.title, raw.text], ensure_ascii=False)
    digest = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{path}#{digest[:12]}"


def web_url(value: object) -> str | None:
    """``value`` if it is an http or https address: others are no links a reader should follow.

    A user name and password in it are left out.
    """
    if not isinstance(value, str):
        return None
    address = without_credentials(value.strip())
    if re.search(r"[\s\x00-\x1f\x7f\ud800-\udfff]", address):
        return None
    try:
        parts = urlsplit(address)
        _ = parts.port  # "http://user:secret%40host" has none that could be
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None


def _raw(fields: Mapping[str, object], text: str) -> RawArticle:
    """A raw article from fields named as in ``.jsonl`` or front matter; others are ignored."""

    def line(name: str) -> str | None:
        value = fields.get(name)
        scalar = isinstance(value, str | int | float | date) and not isinstance(value, bool)
        return one_line(str(value)) or None if scalar else None

    lang = (line("lang") or line("language") or "").lower()
    return RawArticle(
        text=text,
        title=line("title"),
        lang=_LANGS.get(re.split(r"[-_]", lang)[0]),
        published=iso_date(fields.get("published") or fields.get("date")),
        url=web_url(fields.get("url")),
        source=without_login(line("source") or "") or None,
    )


def _given_id(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise SourceError("Its id is neither a text nor a whole number. Put it in quotes.")
    given = without_credentials(str(value))
    if len(given) > MAX_ID or given != clean_text(given).strip() or re.search(r"[\n\t]", given):
        raise SourceError(
            f"Its id will not do: more than {MAX_ID} characters, or control characters, line "
            "breaks or spaces at the ends. Shorten or clean it."
        )
    return given
