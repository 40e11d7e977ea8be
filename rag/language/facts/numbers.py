"""Numbers in digits and in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from rag.language.facts.fact import Fact
from rag.language.text import Token, fold, tokens
from rag.language.transliterate import MARK, concepts

_ENGLISH_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
).split()
_ENGLISH_TENS = "thirty forty fifty sixty seventy eighty ninety".split()
_ARABIC_WORDS = {
    1: "واحد واحدة",
    2: "اثنان اثنين اثنتان اثنتين اثنا اثني اثنتا اثنتي",
    3: "ثلاث ثلاثة",
    4: "أربع أربعة",
    5: "خمس خمسة",
    6: "ست ستة",
    7: "سبع سبعة",
    8: "ثمان ثمانية ثماني",
    9: "تسع تسعة",
    10: "عشر عشرة",
    20: "عشرون عشرين",
    30: "ثلاثون ثلاثين",
    40: "أربعون أربعين",
    50: "خمسون خمسين",
    60: "ستون ستين",
    70: "سبعون سبعين",
    80: "ثمانون ثمانين",
    90: "تسعون تسعين",
    200: "مئتان مئتين مئتا مئتي مائتان مائتين مائتا مائتي",
    300: "ثلاثمئة ثلاثمائة",
    400: "أربعمئة أربعمائة",
    500: "خمسمئة خمسمائة",
    600: "ستمئة ستمائة",
    700: "سبعمئة سبعمائة",
    800: "ثمانمئة ثمانمائة ثمانيمئة ثمانيمائة",
    900: "تسعمئة تسعمائة",
    2_000: "ألفان ألفين ألفي",
    2_000_000: "مليونان مليونين مليوني",
    2 * 10**9: "ملياران مليارين ملياري",
}
_SCALES = {
    fold(word): value
    for value, words in {
        100: "hundred مئة مائة",
        1_000: "thousand k ألف آلاف ألفا",
        10**6: "million millions mn m مليون ملايين مليونا",
        10**9: "billion billions bn مليار مليارات مليارا",
        10**12: "trillion trillions tn تريليون تريليونات",
    }.items()
    for word in words.split()
}
_AMBIGUOUS_SCALES = frozenset({"m", "k"})
"""Also metres and the name of a unit: a number before them counts with and without them."""
_LONE_SCALES = {w: v for w, v in _SCALES.items() if w not in {"k", "mn", "m", "bn", "tn"}}
_NOT_ALONE = frozenset(
    map(fold, "millions billions trillions آلاف ألفا ملايين مليارات تريليونات".split())
)
NUMBER_WORDS: dict[str, int] = {
    **{word: value for value, word in enumerate(_ENGLISH_WORDS)},
    **{word: 30 + 10 * i for i, word in enumerate(_ENGLISH_TENS)},
    **{fold(form): value for value, forms in _ARABIC_WORDS.items() for form in forms.split()},
    **{word: value for word, value in _LONE_SCALES.items() if word not in _NOT_ALONE},
}
"""Folded words that are a number by themselves, with its value."""

LEAST_SPOKEN = 13
"""Smaller numbers in words are as often a turn of phrase ("one of the two") as a figure."""

_GAP = re.compile(r"[ \u00a0\u202f-]?")
_THOUSANDS_BY_DOT = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_PARTS = frozenset({"half", "quarter", "نصف", "ربع"})


def numbers(text: str) -> list[Fact]:
    """Numbers in digits with the scale word that follows, and larger numbers in words.

    >>> [(n.text, n.values) for n in numbers("2.5 million, ٢٬٥٠٠, خمسة وعشرون")]
    [('2.5 million', ('2500000',)), ('٢٬٥٠٠', ('2500',)), ('خمسة وعشرون', ('25',))]
    """
    return list(_numbers(text) if len(text) <= 1_000 else _numbers.__wrapped__(text))


@lru_cache(maxsize=4_000)
def _numbers(text: str) -> tuple[Fact, ...]:
    words = list(tokens(text))
    found = []
    i = 0
    while i < len(words):
        fact, count = _digits(text, words, i) if words[i].is_number else _spoken(text, words, i)
        if fact:
            found.append(fact)
        i += count
    return tuple(found)


def number_values(text: str) -> set[str]:
    """Every number that ``text`` holds, by value: digits, digits with a scale, number words.

    >>> sorted(number_values("about 2.5 million, ٢٬٥٠٠ and twelve"))
    ['12', '2.5', '2500', '2500000']
    """
    words = list(tokens(text))
    values = {value for fact in numbers(text) for value in fact.values}
    for i, word in enumerate(words):
        if word.is_number:
            values.add(word.form)
        elif (value := word_value(word.form)) is not None and not _scales(words, i):
            values.add(str(value))
    months = (term for term, _, _ in concepts(words) if term.startswith(f"{MARK}m"))
    return values | {term.removeprefix(f"{MARK}m") for term in months}


def word_value(form: str) -> int | None:
    """The number that a folded word means, with or without an Arabic prefix."""
    if form in NUMBER_WORDS or form.isascii():
        return NUMBER_WORDS.get(form)
    for prefix in ("و", "ب", "ل", "ال", "وال", "لل"):
        if form.startswith(prefix) and (value := NUMBER_WORDS.get(form.removeprefix(prefix))):
            return value
    return None


def _digits(text: str, words: Sequence[Token], i: int) -> tuple[Fact | None, int]:
    """The number in digits at ``words[i]`` and how many words it takes."""
    word = words[i]
    raw = text[word.start : word.end]
    values = [word.form]
    if _THOUSANDS_BY_DOT.fullmatch(raw):  # 2.500 is two and a half here, 2,500 there
        values.append(raw.replace(".", ""))
    end, count = word.end, 1
    while (scale := _scale_at(text, words, i + count)) is not None:
        scaled = [v for value in values if (v := _times(value, scale)) is not None]
        ambiguous = words[i + count].form in _AMBIGUOUS_SCALES
        values = [*scaled, *values] if ambiguous or not scaled else scaled
        end = words[i + count].end
        count += 1
    if raw in {"00", "٠٠"} or _and_a_half(words[i + count : i + count + 3]):
        return None, count  # the minutes of a full hour, مليون ونصف
    return Fact("number", text[word.start : end], word.start, end, tuple(values)), count


def _scale_at(text: str, words: Sequence[Token], i: int) -> int | None:
    if i >= len(words) or not _GAP.fullmatch(text, words[i - 1].end, words[i].start):
        return None
    return _SCALES.get(words[i].form)


def _scales(words: Sequence[Token], i: int) -> bool:
    """Whether the number word ``words[i]`` only scales the number before it."""
    return i > 0 and words[i].form in _SCALES and words[i - 1].is_number


def _spoken(text: str, words: Sequence[Token], i: int) -> tuple[Fact | None, int]:
    """The number in words at ``words[i]``, if it is one worth checking, and its word count."""
    value, count = _read_words(text, words, i)
    before = {word.form for word in words[max(0, i - 2) : i]}
    after = words[i + count : i + count + 3] if count else []
    part = before & _PARTS or _and_a_half(after) or (value == 100 and "في" in before)
    definite = words[i].form.lstrip("وب").startswith(("ال", "لل"))  # القرن العشرين, بالمئة
    if value < LEAST_SPOKEN or part or (definite and words[i].form not in NUMBER_WORDS):
        return None, count or 1
    start, end = words[i].start, words[i + count - 1].end
    return Fact("number", text[start:end], start, end, (str(value),)), count


def _and_a_half(words: Sequence[Token]) -> bool:
    forms = [word.form for word in words]
    return forms[:1] in (["ونصف"], ["وربع"]) or forms == ["and", "a", "half"]


def _read_words(text: str, words: Sequence[Token], i: int) -> tuple[int, int]:
    """Value and length of the run of number words at ``words[i]``; length 0 if there is none.

    English adds up by order (``three hundred and five``), Arabic by ``و`` (``خمسة وعشرون``).
    """
    total = group = count = 0
    while i + count < len(words):
        j = i + count
        word = words[j]
        if count and not _GAP.fullmatch(text, words[j - 1].end, word.start):
            break
        linked = word.form == "and" and count and j + 1 < len(words) and (total or group >= 100)
        if linked and word_value(words[j + 1].form) is not None:
            count += 1
            continue
        value = word_value(word.form)
        if value is None and count:
            value = _SCALES.get(word.form)
        if value is None or word.is_number:
            break
        added = word.form.isascii() or (word.form[0] == "و" and word.form not in NUMBER_WORDS)
        step = _add(total, group, value, added, count == 0)
        if step is None:
            break
        total, group = step
        count += 1
    return total + group, count


def _add(total: int, group: int, value: int, added: bool, first: bool) -> tuple[int, int] | None:
    """``total`` and the ``group`` under a thousand after one more number word; None: not one."""
    if first:
        return (value, 0) if value >= 1_000 else (0, value)
    if value >= 1_000:
        scales = group and value in _SCALES.values()
        return (total + group * value, 0) if scales else (total + value, 0) if added else None
    if value == 100 and 0 < group < 10:
        return total, group * 100
    below = group % 100
    fits = (
        (added and not below and value < 100)
        or (added and not group and value < 1_000)
        or (value == 10 and 0 < below < 10)
        or (added and value % 10 == 0 and 20 <= value < 100 and below < 10)
        or (added and value < 10 and below >= 20 and below % 10 == 0)
    )
    return (total, group + value) if fits else None


def _times(value: str, scale: int) -> str | None:
    try:
        return format((Decimal(value) * scale).normalize(), "f")
    except InvalidOperation:  # 1.2.3 is not a number
        return None
