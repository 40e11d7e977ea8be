"""Finding months, weekdays and years in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.language.facts.fact import Fact
from rag.language.text import Token, ascii_digits, tokens
from rag.language.transliterate import MARK, concepts

_YEAR = re.compile(r"(?<![\d.,])(?:1\d|20)\d\d(?![\d.,]?\d)")
_YEAR_CUE = re.compile(
    r"\b(?:in|of|since|by|from|until|till|before|after|during|year|between|and)\s+$"
    r"|(?:^|\s)[وبل]?ل?(?:عام|عامي|سنة|في|منذ|حتى|من|إلى|بحلول|خلال|قبل|بعد|أواخر|أوائل|مطلع|نهاية)\s+$"
)
_HIJRI_MONTH = re.compile(
    r"(?:محر[ّ]?م|صفر|ربيع ال(?:أول|اول|آخر|اخر|ثاني)|جماد[ىي] ال(?:أولى|اولى|آخرة|اخرة|ثانية)"
    r"|رجب|شعبان|رمضان|شوال|ذ[يوا] القعدة|ذ[يوا] الحجة)\s+$"
)
_HIJRI_MARK = re.compile(r"\s?(?:هـ|ه\b|للهجرة|هجري)")
"""What stands before and behind a year of the Islamic calendar."""
_NAMED_AFTER = re.compile(r"the\s+$"), re.compile(r"\s+[A-Z][a-z]")
"""What stands before and behind the year of an event: the 2018 World Cup."""
_ORDINALS = frozenset({"st", "nd", "rd", "th"})


def dates(text: str) -> list[Fact]:
    """Months by name, with the day and the year that stand beside them, and weekdays."""
    return list(_dates(text, list(tokens(text))))


def years(text: str, *, sure: bool = False) -> list[Fact]:
    """Ungrouped numbers from 1000 to 2099.

    ``sure`` keeps only those that a cue word precedes, that an event is named after, or that are
    of the Islamic calendar by the month before or the mark behind.
    """
    plain = ascii_digits(text)
    return [
        Fact("date", text[m.start() : m.end()], m.start(), m.end(), (m.group(),))
        for m in _YEAR.finditer(plain)
        if not sure or _is_sure(text, m.start(), m.end())
    ]


def _is_sure(text: str, start: int, end: int) -> bool:
    before, (the, name) = text[max(0, start - 20) : start], _NAMED_AFTER
    if text.startswith(("19", "20"), start) and the.search(before) and name.match(text, end):
        return True
    if _HIJRI_MONTH.search(before) or _HIJRI_MARK.match(text, end):
        return True
    return _YEAR_CUE.search(before) is not None


def _dates(text: str, words: Sequence[Token]) -> Iterator[Fact]:
    position = {word.start: i for i, word in enumerate(words)}
    for term, first, last in concepts(words):
        if term.startswith(f"{MARK}w"):
            yield Fact("date", text[first.start : last.end], first.start, last.end, (term,))
        if not term.startswith(f"{MARK}m") or text[first.start : first.end] == "أب":
            continue  # أب is a father; the month is آب
        i = _with_day_before(text, words, position[first.start])
        j = _with_day_and_year_after(words, position[last.start])
        start, end = words[i].start, words[j].end
        yield Fact("date", text[start:end], start, end, (term,))


def _with_day_before(text: str, words: Sequence[Token], i: int) -> int:
    """Index of the word the date begins with: ``6 January``, ``the 6th of January``."""
    j = i
    if j and words[j - 1].form == "of":
        j -= 1
    if j and words[j - 1].form in _ORDINALS:
        j -= 1
    if not j or text[words[j - 1].end : words[i].start].strip(" -/\u200f\u200e" + "ofstndrh"):
        return i
    return j - 1 if _is_day(words[j - 1]) else i


def _with_day_and_year_after(words: Sequence[Token], j: int) -> int:
    """Index of the word the date ends with: ``January 6, 2022``."""
    day_taken = False
    while j + 1 < len(words) and words[j + 1].start - words[j].end <= 2:
        following = words[j + 1]
        if following.form in _ORDINALS and day_taken:
            j += 1
        elif _is_day(following) and not day_taken:
            j, day_taken = j + 1, True
        elif _is_year(following):
            return j + 1
        else:
            break
    return j


def _is_day(word: Token) -> bool:
    short = word.is_number and word.form.isdigit() and len(word.form) <= 2
    return short and 1 <= int(word.form) <= 31


def _is_year(word: Token) -> bool:
    plain = word.is_number and word.form.isdigit() and word.end - word.start == 4
    return plain and 1000 <= int(word.form) <= 2999
