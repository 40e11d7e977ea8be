"""Bytes to text, for the encodings Arabic and English articles come in.

Order: byte order mark; UTF-16 by its pattern of zero bytes; UTF-8; what the source declares;
Windows-1256 and ISO 8859-6 if the outcome looks like Arabic; Windows-1252 if it looks like Latin
text. Anything else is refused: wrong letters in a store are worse than a missing article.
"""

from __future__ import annotations

import codecs
import re

from rag.errors import SourceError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SINGLE_BYTE = re.compile(r"(?:windows-|cp)125\d|(?:iso-?)?8859-?\d+|latin-?1|us-ascii|ascii|cp720")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")

_WORD = re.compile(r"[^\W\d_]{2,}")
_ALL_ARABIC = re.compile(r"[\u0621-\u065f\u0670-\u06d3\u200c-\u200f]+")
_ARABIC_LETTERS = re.compile(r"[\u0621-\u064a]")
_COMMON_LETTERS = frozenset("اليمنورتب")
_FINAL_INSIDE = re.compile(r"[ةى](?=[\u0621-\u064a])")  # these two end words
_LETTERS = re.compile(r"[^\W\d_]")
_TRAILING = bytes(range(0x80, 0xC0))  # second bytes of UTF-8 Arabic, read in other encodings
_MANGLED = re.compile(
    f"[ÙØ][{re.escape(_TRAILING.decode('cp1252', 'ignore') + _TRAILING.decode('latin-1'))}]"
    f"|[طظ][{re.escape(_TRAILING.decode('cp1256'))}]"
)

_UTF8_CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_HIGH = re.compile(rb"[\x80-\xff]")

_SAMPLE = 100_000  # characters or bytes that a judgement rests on


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of ``data``; ``declared`` is the encoding a header or the page itself names.

    An incomplete UTF-8 character at the very end, as in a file cut short, is dropped.

    Raises:
        SourceError: the bytes are no text, or in an encoding that cannot be told.
    """
    text = _decode(data, declared)
    sample = text[:_SAMPLE]
    mangled = 2 * sum(1 for _ in _MANGLED.finditer(sample))
    if mangled > 20 and mangled > 0.3 * sum(not c.isspace() for c in sample):
        raise SourceError(
            "Its letters were garbled before it was saved: UTF-8 read as another encoding, as in "
            "'Ø§Ù„' for 'ال'. Take the article from its origin again."
        )
    return text


def _decode(data: bytes, declared: str | None) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding)
    if wide := _utf16_pattern(data):
        return _strict(data, wide)
    if b"\x00" in data or len(_CONTROL.findall(data)) > 0.02 * len(data):
        raise SourceError(
            "It looks binary, not like text. Save the article as .txt, .md, .html or .jsonl."
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.end == len(data):
            return data[: error.start].decode("utf-8")
        return _single_byte(data, declared, error)


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if len(data) - error.start < 4:  # cut short inside the last character
            return data[: error.start].decode(encoding)
        raise SourceError(
            f"It begins as {encoding.upper()} but is damaged at byte {error.start}. "
            "Save it again as UTF-8."
        ) from error


def _utf16_pattern(data: bytes) -> str | None:
    """Which UTF-16 text without a mark is written in, judged by its high bytes: 00 or 06."""
    head = data[: 4096 & ~1]
    if len(head) < 4 or b"\x00" not in head:
        return None
    half = len(head) // 2
    even, odd = (sum(b in (0, 6) for b in head[i : 2 * half : 2]) for i in (0, 1))
    if odd > 0.8 * half and even < 0.3 * half:
        return "utf-16-le"
    if even > 0.8 * half and odd < 0.3 * half:
        return "utf-16-be"
    return None


def _single_byte(data: bytes, declared: str | None, utf8: UnicodeDecodeError) -> str:
    """Text in the first one-byte encoding whose outcome looks like a language."""
    head = data[:_SAMPLE] + data[max(0, utf8.start - 99) : utf8.start + 99]
    if sum(map(len, _UTF8_CHARACTER.findall(head))) > 0.8 * len(_HIGH.findall(head)):
        raise SourceError(
            f"It is UTF-8 but damaged at byte {utf8.start}. Repair that place or save it again."
        )
    candidates = [("cp1256", looks_arabic), ("iso8859-6", looks_arabic), ("cp1252", looks_latin)]
    if declared and _SINGLE_BYTE.fullmatch(declared.strip().lower()):
        name = _python_name(declared)
        candidates[:0] = [(name, looks_arabic), (name, looks_latin)]
    for encoding, plausible in candidates:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if plausible(text[:_SAMPLE]):
            return text
    raise SourceError(
        "Its encoding cannot be told. Convert it to UTF-8 "
        "(for instance: iconv -f WINDOWS-1256 -t UTF-8) and try again."
    )


def _python_name(declared: str) -> str:
    name = declared.strip().lower()
    if re.fullmatch(r"latin-?1|(iso-?)?8859-?1|us-ascii|ascii", name):
        return "cp1252"  # as browsers do
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def looks_arabic(text: str) -> bool:
    """Whether ``text`` holds Arabic words in the shapes that Arabic words have.

    Bytes read in a wrong encoding give words of mixed scripts, rare letters, or letters in the
    middle of words that can only end them.
    """
    words = [word for word in _WORD.findall(text) if _ARABIC_LETTERS.search(word)]
    letters = _ARABIC_LETTERS.findall(text)
    if not words:
        return False
    pure = sum(1 for word in words if _ALL_ARABIC.fullmatch(word))
    length = sum(map(len, words)) / len(words)
    common = sum(letter in _COMMON_LETTERS for letter in letters)
    emphatic = sum(letter in "طظ" for letter in letters)  # the lead bytes of UTF-8 Arabic
    return (
        pure >= 0.9 * len(words)
        and length <= 12
        and common >= 0.4 * len(letters)
        and emphatic <= max(1, 0.12 * len(letters))
        and len(_FINAL_INSIDE.findall(text)) <= 0.02 * len(letters)
    )


def looks_latin(text: str) -> bool:
    """Whether all letters are Latin and most are plain ASCII, as in French or German."""
    letters = _LETTERS.findall(text)
    accented = [letter for letter in letters if not letter.isascii()]
    return (
        bool(letters)
        and len(accented) <= 0.4 * len(letters)
        and all(letter < "\u0250" for letter in accented)
    )
