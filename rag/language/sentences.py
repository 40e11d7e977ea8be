"""Where sentences of Arabic and English text begin and end."""

from __future__ import annotations

import re

from rag.language.characters import ARABIC, DROPPED
from rag.language.text import Span

_HAS_CONTENT = re.compile(r"[^\W_]")
_ARABIC_LETTER = re.compile(f"[{ARABIC}]")
_DROPPED = re.compile(f"[{DROPPED}]")
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
_INITIALS = re.compile(rf"[^\W\d_]|و?[{ARABIC}](?:\.[{ARABIC}])*|هـ")
_ENUMERATOR = re.compile(r"\d{1,2}")
_LONGEST_WORD = 60  # characters looked back for the word before a full stop
_LAST_WORD = re.compile(r"[^\s(\[«“\"'/]+$")
_OPENING = re.compile(
    r"(?:The|He|She|It|They|We|This|That|These|Those|There|Then|In|But|And|As|After|When|While|His|Her|"
    r"Its|Their|However)\b(?!-)"
)
"""Words that open a sentence and do not go on with a name: ``the U.S. The army``."""


def sentence_spans(text: str, *, semicolons: bool = False) -> list[Span]:
    """Spans of the sentences of ``text``, without the white space around them.

    A sentence ends at ``.`` ``!`` ``?`` ``؟`` ``…`` or a line break (and at ``؛`` when
    ``semicolons``), with the closing quotes that follow; not inside numbers, abbreviations or
    initials.
    """
    spans: list[Span] = []
    start = 0
    content = _HAS_CONTENT.search(text)
    opening = content.start() if content else len(text)
    for match in _END.finditer(text):
        if match.end() <= opening:  # punctuation that opens the text belongs to what follows
            continue
        if match.group("semicolon") and not semicolons:
            continue
        if not match.group().isspace() and not _ends_sentence(text, start, match):
            continue
        _append_span(spans, text, start, match.end())
        start = match.end()
    _append_span(spans, text, start, len(text))
    return spans


def _append_span(spans: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    right = start + len(piece.rstrip())
    if left >= right:
        return
    if not spans or _HAS_CONTENT.search(text, left, right):
        spans.append((left, right))
    else:
        spans[-1] = (spans[-1][0], right)  # stray punctuation belongs to the sentence before


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
