"""Rules for Arabic and English text: language, folding, words, sentences.

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

Lang = Literal["ar", "en"]
LANGS: tuple[Lang, Lang] = ("ar", "en")

Span = tuple[int, int]
"""Half-open character offsets into a text: ``text[start:end]``."""

NORMALISER_VERSION = 1
"""Raised whenever folding, tokenising or analysis changes; stores record it."""

_MARKS = (
    "\u0300-\u036f"  # Latin combining marks
    "\u0610-\u061a\u064b-\u065f\u0670"  # tashkeel
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"  # of the Quran
)
_INVISIBLE = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_DROPPED = re.compile(f"[{_MARKS}{_INVISIBLE}\u0640]")
_LETTERS = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ئ": "ي",
        "ؤ": "و",
        "ة": "ه",
        "ک": "ك",
        "ڤ": "ف",
        "گ": "ك",
        "پ": "ب",
        "چ": "ج",
        "ە": "ه",
        "ۀ": "ه",
        "ہ": "ه",
        "ھ": "ه",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ı": "i",
        "’": "'",
        "٫": ".",
        "٬": ",",
    }
)
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")

_ARABIC = "\u0621-\u064a\u0671-\u06d3\u06fa-\u06ff\ufb50-\ufdff\ufe70-\ufefc"
_LATIN = "A-Za-z\u00c0-\u024f"
_UNITS = "st|nd|rd|th|s|k|m|mn|bn|tn|km|kg|cm|mm|ft|kph|mph|am|pm|GW|MW|kW|GB|TB"
_SPACES = "\u00a0\u2009\u202f"  # those that group digits and do not break a line
_WORD = re.compile(
    rf"(?P<number>(?>\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?!\d)(?:[.,٫]\d+)?|\d+(?:[.,٫٬]\d+)*)"
    rf"(?:(?![{_LATIN}])|(?=(?:{_UNITS})(?![{_LATIN}\d]))))"
    rf"|(?P<arabic>[{_ARABIC}][{_ARABIC}{_MARKS}{_INVISIBLE}\u0640]*)"
    rf"|(?P<other>(?:(?![{_ARABIC}])[^\W_]|[{_MARKS}]|(?<=[A-Za-z])['’](?=[A-Za-z]))+)"
)
_ARABIC_LETTER = re.compile(f"[{_ARABIC}]")
_LATIN_LETTER = re.compile(f"[{_LATIN}]")
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
    text = unicodedata.normalize("NFKC", text)
    text = unicodedata.normalize("NFC", text).lower().translate(_DIGITS).translate(_LETTERS)
    text = _DROPPED.sub("", text)
    if not text.isascii():
        text = "".join(
            c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)
        )
    return text


def ascii_digits(text: str) -> str:
    """``text`` with Arabic-Indic and Persian digits as ASCII ones; offsets stay."""
    return text.translate(_DIGITS)


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
        raw = match.group()
        if match.lastgroup == "number":
            yield Token(canonical_number(raw), match.start(), match.end(), is_number=True)
        elif _HAS_CONTENT.search(raw):
            form = _form(raw)
            if form:
                yield Token(
                    form,
                    match.start(),
                    match.end(),
                    is_upper=raw.isupper(),
                    is_capital=raw[0].isupper(),
                )


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
    text = "".join(raw.translate(_DIGITS).replace("٫", ".").replace("٬", ",").split())
    text = text.replace(",", "") if _GROUPED.fullmatch(text) else text.replace(",", ".")
    if _GROUPED_BY_DOTS.fullmatch(text):
        text = text.replace(".", "")
    if text.count(".") > 1:
        return text
    whole, _, part = text.partition(".")
    return ".".join(filter(None, (whole.lstrip("0") or "0", part.rstrip("0"))))


_CLOSERS = "\"'”’»)]}›\u200f\u200e\u202c\u2069"
_REFERENCE = r"[\[【]\d{1,3}(?:[,،]\s?\d{1,3})*[\]】]"
_END = re.compile(
    rf"(?P<mark>[.!?؟…]+|(?P<semicolon>؛))(?P<close>(?:[{re.escape(_CLOSERS)}]|{_REFERENCE})*)|\n+"
)
_ABBREVIATIONS = frozenset(
    "mr mrs ms messrs dr rev hon prof gen brig col lt maj capt cpl pvt sgt cmdr adm sen rep gov "
    "pres st mt ft jr sr vs etc inc ltd co corp al approx dept est e.g i.e a.m p.m u.s u.n u.k e.u "
    "u.a.e u.s.a ph.d d.c".split()
)
_BEFORE_NUMBERS = frozenset(
    "no nos vol fig p pp jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
_INITIALS = re.compile(rf"[^\W\d_]|و?[{_ARABIC}](?:\.[{_ARABIC}])*|هـ")
_ENUMERATOR = re.compile(r"\d{1,2}")
_LONGEST_WORD = 60  # characters looked back for the word before a full stop
_LAST_WORD = re.compile(r"[^\s(\[«“\"'/]+$")
_OPENING = re.compile(
    r"(?:The|He|She|It|They|We|This|That|These|Those|There|Then|In|But|And|As|After|When|While|His|Her|"
    r"Its|Their|However)\b(?!-)"
)
"""Words that open a sentence and do not go on with a name: ``the U.S. The army``."""


def sentence_spans(text: str, *, semicolons: bool = False) -> list[tuple[int, int]]:
    """Spans of the sentences of ``text``, without the white space around them.

    A sentence ends at ``.`` ``!`` ``?`` ``؟`` ``…`` or a line break (and at ``؛`` when
    ``semicolons``), with the closing quotes that follow; not inside numbers, abbreviations or
    initials.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match.group("semicolon") and not semicolons:
            continue
        if not match.group().isspace() and not _ends_sentence(text, start, match):
            continue
        if _append_span(spans, text, start, match.end()):
            start = match.end()
    _append_span(spans, text, start, len(text))
    return spans


def _append_span(spans: list[tuple[int, int]], text: str, start: int, end: int) -> bool:
    """Add the piece from ``start`` to ``end``; False if it is to be read with what follows."""
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    right = start + len(piece.rstrip())
    if left >= right:
        return True
    if _HAS_CONTENT.search(text, left, right) or (not spans and end == len(text)):
        spans.append((left, right))
    elif spans:
        spans[-1] = (spans[-1][0], right)  # stray punctuation belongs to the sentence before
    else:
        return False
    return True


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether the mark found by ``match`` ends a sentence that began at ``start``."""
    after = text[match.end() : match.end() + 40]
    if not after.strip():
        return True
    following = after.lstrip()[0]
    closed = _DROPPED.sub("", match.group("close"))
    if match.group("mark") != "." or (closed and after[0].isspace()):
        return not following.islower()
    before = text[max(start, match.start() - _LONGEST_WORD) : match.start()].strip()
    word = _LAST_WORD.search(before)
    if word is None:
        return after[0].isspace()
    last = word.group().lower()
    initials = _INITIALS.fullmatch(last)
    if not after[0].isspace():
        letter = _DROPPED.sub("", last)[-1:]
        glued = _ARABIC_LETTER.match(letter) and _ARABIC_LETTER.match(after[0])
        return bool(closed or glued) and not initials and following.isalpha()
    if _ENUMERATOR.fullmatch(before):
        return False
    if last in _BEFORE_NUMBERS:
        return following.isupper()
    if initials or last in _ABBREVIATIONS:
        final = last in {"a.m", "p.m", "etc"} and following.isupper()
        return final or bool(_OPENING.match(after.lstrip()))
    return not following.islower()
