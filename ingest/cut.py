"""A long paragraph into parts of about the same length, cut where it hurts least."""

from __future__ import annotations

import re
import unicodedata

from rag.language.sentences import sentence_spans

_REACH = 0.4  # how far from the planned place a cut may be, in parts of a part
_CLAUSE = re.compile(r"[،,؛;:](?=\s)|\s[-–—](?=\s)")
_SPACE = re.compile(r"\s+")


def cut(text: str, start: int, end: int, parts: int) -> list[tuple[int, int]]:
    """Spans of about ``parts`` parts of ``text[start:end]``, without the white space around them.

    Only the neighbourhood of each planned cut is looked at, so the time is linear in the length
    however the text is made. Parts are balanced: a small overflow gives two halves, no crumb.
    """
    step = (end - start) / parts
    reach = int(step * _REACH)
    spans: list[tuple[int, int]] = []
    left = start
    for i in range(1, parts + 1):
        right = end
        if i < parts:
            target = start + round(i * step)
            low, high = max(left + 1, target - reach), min(end - 1, target + reach)
            right = _best_place(text, low, max(low, high), target)
        body = text[left:right].strip()
        if body:
            first = left + text[left:right].index(body[0])
            spans.append((first, first + len(body)))
        left = right
    return spans


def _best_place(text: str, low: int, high: int, target: int) -> int:
    """From ``low`` to ``high``: after a sentence, a clause or a word, else as near as can be."""
    window = text[low:high]
    sentences = [low + end for _, end in sentence_spans(window, semicolons=True)[:-1]]
    clauses = (low + match.end() for match in _CLAUSE.finditer(window))
    words = (low + match.start() for match in _SPACE.finditer(window))
    for places in (sentences, clauses, words):
        if best := min(places, key=lambda place: (abs(place - target), place), default=0):
            return max(low, best)
    place = min(max(low, target), high)
    while place > low and unicodedata.combining(text[place]):
        place -= 1  # a vowel sign stays with its letter
    return place
