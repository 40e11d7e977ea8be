"""Rules for Arabic and English text: language, folding, words.

Folding is for matching only: what is stored and shown is never folded. All spans are half-open
character offsets into the text that was passed in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.language.characters import (
    ARABIC,
    DIGITS,
    DROPPED,
    INVISIBLE,
    LATIN,
    LETTERS,
    MARKS,
    SPACES,
    UNITS,
)

Lang = Literal["ar", "en"]
LANGS: tuple[Lang, Lang] = ("ar", "en")

Span = tuple[int, int]
"""Half-open character offsets into a text: ``text[start:end]``."""

NORMALISER_VERSION = 1
"""Raised whenever folding, tokenising or analysis changes; stores record it."""

_DROPPED = re.compile(f"[{DROPPED}]")
_DIGIT_RUN = rf"(?>\d{{1,3}}(?:[{SPACES}]\d{{3}})+(?!\d)(?:[.,٫]\d+)?|\d+(?:[.,٫٬]\d+)*)"
_WORD_CHARACTER = rf"(?:(?![{ARABIC}])[^\W_]|[{MARKS}]|(?<=[A-Za-z])['’](?=[A-Za-z]))"
_WORD = re.compile(
    rf"(?P<number>{_DIGIT_RUN}(?:(?![{LATIN}])|(?=(?:{UNITS})(?![{LATIN}\d]))))"
    rf"|(?P<glued>{_DIGIT_RUN}{_WORD_CHARACTER}*)"  # letters follow: 5G; taken at once, then cut
    rf"|(?P<arabic>[{ARABIC}][{ARABIC}{MARKS}{INVISIBLE}\u0640]*)"
    rf"|(?P<other>{_WORD_CHARACTER}+)"
)
_GLUED = re.compile(f"{_WORD_CHARACTER}+")
_MOST_MARKS = 30  # as in the Stream-Safe Text Format of UAX #15; no language piles up more
_HEAP = re.compile(rf"[^\w\x00-\x7f]{{{_MOST_MARKS + 1},}}")
_ARABIC_LETTER = re.compile(f"[{ARABIC}]")
_LATIN_LETTER = re.compile(f"[{LATIN}]")
_HAS_CONTENT = re.compile(r"[^\W_]")


def detect_language(text: str, default: Lang = "en") -> Lang:
    """The language most of the letters belong to; ``default`` when there are no letters.

    Latin names inside Arabic sentences are common and the reverse is rare, so a text counts as
    Arabic from three Arabic letters in ten.
    """
    arabic = len(_ARABIC_LETTER.findall(text))
    latin = len(_LATIN_LETTER.findall(text))
    if not arabic and not latin:
        return default
    return "ar" if arabic >= 0.3 * (arabic + latin) else "en"


def fold(text: str) -> str:
    """Fold what readers take for the same: case, tashkeel, tatweel, alef/yeh/teh forms, digits.

    >>> fold("الرَّئيـس إلى القاهرة ٢٠٢٢")
    'الرييس الي القاهره 2022'
    """
    text = unicodedata.normalize("NFKC", _without_heaps(text))
    text = unicodedata.normalize("NFC", text).lower().translate(DIGITS).translate(LETTERS)
    text = _DROPPED.sub("", text)
    if not text.isascii():
        text = "".join(
            c
            for c in unicodedata.normalize("NFKD", _without_heaps(text))
            if not unicodedata.combining(c)
        )
    return text


def _without_heaps(text: str) -> str:
    """``text`` with at most :data:`_MOST_MARKS` marks on a letter.

    Normalising sorts the marks on a letter, one by one: a heap of them takes the square of its
    length.
    """
    return _HEAP.sub(_thin_out, text) if len(text) > _MOST_MARKS else text


def _thin_out(heap: re.Match[str]) -> str:
    kept, run = [], 0
    for c in heap.group():
        run = run + 1 if unicodedata.combining(c) else 0
        if run <= _MOST_MARKS:
            kept.append(c)
    return "".join(kept)


def ascii_digits(text: str) -> str:
    """``text`` with Arabic-Indic and Persian digits as ASCII ones; offsets stay."""
    return text.translate(DIGITS)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or number: its folded ``form`` and where it stands. Numbers lose their grouping.

    ``is_upper`` says that it was written in capitals alone (``WHO``, not ``who``), ``is_capital``
    that it begins with one.
    """

    form: str
    start: int
    end: int
    is_number: bool = False
    is_upper: bool = False
    is_capital: bool = False


def tokens(text: str) -> Iterator[Token]:
    """Words and numbers of ``text`` in order; ``2,500`` and ``٢٥٠٠`` have the form ``2500``."""
    # Every rule asks for the tokens of the same few sentences; a whole article is not kept.
    return iter(_sentence_tokens(text)) if len(text) <= 1_000 else _find_tokens(text)


@lru_cache(maxsize=4_000)
def _sentence_tokens(text: str) -> tuple[Token, ...]:
    return tuple(_find_tokens(text))


def _find_tokens(text: str) -> Iterator[Token]:
    for match in _WORD.finditer(text):
        if match.lastgroup == "number":
            start, end = match.span()
            yield Token(canonical_number(match.group()), start, end, is_number=True)
        elif match.lastgroup == "glued":
            for piece in _GLUED.finditer(text, *match.span()):
                yield from _word(piece)
        else:
            yield from _word(match)


def _word(match: re.Match[str]) -> Iterator[Token]:
    """The word that was matched, if it has a letter or a digit."""
    raw = match.group()
    if _HAS_CONTENT.search(raw) and (form := _form(raw)):
        start, end = match.span()
        yield Token(form, start, end, is_upper=raw.isupper(), is_capital=raw[0].isupper())


_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_GROUPED_BY_DOTS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3}){2,}")


@lru_cache(maxsize=100_000)
def _form(raw: str) -> str:
    return "".join(fold(raw).split())  # ﷺ folds to a whole phrase


def canonical_number(raw: str) -> str:
    """A number in ASCII digits without grouping or idle zeros: ``٢٬٥٠٠٫٥٠`` → ``2500.5``.

    >>> canonical_number("2,500"), canonical_number("٣٫٥"), canonical_number("1.2.3")
    ('2500', '3.5', '1.2.3')
    """
    text = "".join(raw.translate(DIGITS).replace("٫", ".").replace("٬", ",").split())
    text = text.replace(",", "") if _GROUPED.fullmatch(text) else text.replace(",", ".")
    if _GROUPED_BY_DOTS.fullmatch(text):
        text = text.replace(".", "")
    if text.count(".") > 1:
        return text
    whole, _, part = text.partition(".")
    return ".".join(filter(None, (whole.lstrip("0") or "0", part.rstrip("0"))))
