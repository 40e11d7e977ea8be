"""The pieces that answers and passages are laid out from: texts, parts, dates, addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from rag.language.text import Lang, detect_language
from rag.types import Article
from ui.views.words import Words

Direction = Literal["rtl", "ltr"]


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text in one language, with the direction it is written in."""

    text: str
    lang: Lang
    dir: Direction


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text; ``marked`` is the key phrase or the quoted sentence."""

    text: str
    marked: bool = False


def direction(lang: Lang) -> Direction:
    """The writing direction of a language."""
    return "rtl" if lang == "ar" else "ltr"


def written(text: str, default: Lang) -> Text:
    """``text`` with the language and direction of most of its letters."""
    lang = detect_language(text, default=default)
    return Text(text, lang, direction(lang))


def parts(text: str, spans: Sequence[tuple[int, int]]) -> tuple[Part, ...]:
    """Cut ``text`` around ``spans``, which are in order; one that lies outside marks nothing.

    >>> [(part.text, part.marked) for part in parts("sent 2,500 troops", [(5, 10)])]
    [('sent ', False), ('2,500', True), (' troops', False)]
    """
    pieces: list[Part] = []
    at = 0
    for start, end in spans:
        if at <= start < end <= len(text):
            pieces += Part(text[at:start]), Part(text[start:end], marked=True)
            at = end
    pieces.append(Part(text[at:]))
    return tuple(piece for piece in pieces if piece.text)


def about(article: Article, words: Words) -> str:
    """Publisher and date in one line, as far as they are known."""
    return " · ".join(imprint(article, words))


def imprint(article: Article, words: Words) -> tuple[str, ...]:
    """Publisher and date apart, as far as they are known: their languages may differ."""
    day = date_in_words(article.published, words) if article.published else ""
    return tuple(piece for piece in (article.source or "", day) if piece)


def date_in_words(iso: str, words: Words) -> str:
    """An ISO 8601 date in words; anything else as it stands.

    >>> from ui.views.words import ENGLISH
    >>> date_in_words("2022-01-09T10:00:00Z", ENGLISH)
    '9 January 2022'
    """
    try:
        day = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{day.day} {words.months[day.month - 1]} {day.year}"


def safe_url(url: str | None) -> str | None:
    """``url`` if a browser may open it (http or https with a host), else None."""
    if not url:
        return None
    try:
        split = urlsplit(url)
    except ValueError:
        return None
    return url if split.scheme in ("http", "https") and split.netloc else None


def shortened(text: str, limit: int, *, keep_end: bool = False) -> str:
    """At most about ``limit`` characters of ``text`` on one line, cut between words."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    if keep_end:
        return "… " + text[-limit:].partition(" ")[2]
    return text[:limit].rpartition(" ")[0] + " …"
