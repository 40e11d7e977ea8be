"""Numbers in digits and in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from rag.language.facts.fact import Fact
from rag.language.facts.number_words import (
    AMBIGUOUS_SCALES,
    PARTS,
    SCALES,
    follows,
    is_verb,
    number_word,
)
from rag.language.facts.spoken import Sum, read_on, read_words
from rag.language.text import Token, tokens
from rag.language.transliterate import MARK, concepts

LEAST_SPOKEN = 11
"""Smaller numbers in words are as often a turn of phrase ("one of the two") as a figure."""

MOST_SCALES = 3
"""Scale words after digits that belong to them: 5 hundred thousand million."""

_THOUSANDS_BY_DOT = re.compile(r"[1-9]\d{0,2}\.\d{3}")


def numbers(text: str) -> list[Fact]:
    """Numbers in digits with the scale word that follows, and larger numbers in words.

    >>> [(n.text, n.values) for n in numbers("2.5 million, ٢٬٥٠٠, خمسة وعشرون")]
    [('2.5 million', ('2500000',)), ('٢٬٥٠٠', ('2500',)), ('خمسة وعشرون', ('25',))]
    """
    return [fact for fact, said in _found(text) if said]


def number_values(text: str) -> set[str]:
    """Every number that ``text`` holds, by value: digits, digits with a scale, number words.

    >>> sorted(number_values("about 2.5 million, ٢٬٥٠٠ and twelve"))
    ['12', '2.5', '2500', '2500000']
    """
    words = list(tokens(text))
    values = {value for fact, _ in _found(text) for value in fact.values}
    for i, word in enumerate(words):
        if word.is_number:
            values.add(word.form)
            values.update(_scaled_digits(text, words, i)[0])
        elif not _scales(words, i) and not is_verb(text, words, i):
            value = word_value(word.form)
            values.update([] if value is None else [str(value)])
    months = (term for term, _, _ in concepts(words) if term.startswith(f"{MARK}m"))
    return values | {term.removeprefix(f"{MARK}m") for term in months}


def word_value(form: str) -> int | None:
    """The number that a folded word means, with or without an Arabic prefix."""
    word = number_word(form)
    return word.value if word else None


def _scales(words: Sequence[Token], i: int) -> bool:
    """Whether the number word ``words[i]`` only scales the number before it."""
    return i > 0 and words[i].form in SCALES and words[i - 1].is_number


def _found(text: str) -> tuple[tuple[Fact, bool], ...]:
    """Every number, and whether it is said as a figure, not as a turn of phrase."""
    # Every rule asks for the numbers of the same few sentences; a whole article is not kept.
    return _find(text) if len(text) <= 1_000 else _find.__wrapped__(text)


@lru_cache(maxsize=4_000)
def _find(text: str) -> tuple[tuple[Fact, bool], ...]:
    words = list(tokens(text))
    found = []
    i = 0
    while i < len(words):
        read = _digits if words[i].is_number else _spoken
        values, count, said = read(text, words, i)
        if values:
            start, end = words[i].start, words[i + count - 1].end
            found.append((Fact("number", text[start:end], start, end, values), said))
        i += max(1, count)
    return tuple(found)


def _digits(text: str, words: Sequence[Token], i: int) -> tuple[tuple[str, ...], int, bool]:
    """Values of the number in digits at ``words[i]``, the words it takes, if it is a figure."""
    values, count = _scaled_digits(text, words, i)
    if len(values) == 1 and (opened := _opened(words, i, values[0], count)):
        number, taken = read_on(text, words, i, opened, count)
        if taken > count:
            return _values(number), taken, True
    minutes = text[words[i].start : words[i].end] in {"00", "٠٠"}  # of a full hour
    return tuple(values), count, not minutes


def _scaled_digits(text: str, words: Sequence[Token], i: int) -> tuple[list[str], int]:
    """Values of the digits at ``words[i]`` with the scales behind them, and the words it takes."""
    word = words[i]
    raw = text[word.start : word.end]
    values = [word.form]
    if _THOUSANDS_BY_DOT.fullmatch(raw):  # 2.500 is two and a half here, 2,500 there
        values.append(raw.replace(".", ""))
    count = 1
    while count <= MOST_SCALES and (scale := _scale_at(text, words, i + count)) is not None:
        scaled = [v for value in values if (v := _times(value, scale)) is not None]
        ambiguous = words[i + count].form in AMBIGUOUS_SCALES
        values = [*scaled, *values] if ambiguous or not scaled else scaled
        count += 1
    return values, count


def _opened(words: Sequence[Token], i: int, value: str, count: int) -> Sum | None:
    """A number in digits that words may go on with: 3 ملايين ومئتا ألف, 2 and a half million."""
    last = words[i + count - 1].form
    if count == 1:
        small = value.isdigit() and len(value) <= 3
        return Sum(group=int(value), english=_is_english(words, i + 1)) if small else None
    scale = SCALES[last]
    if scale < 1_000 or len(value) > 24 or value.count(".") > 1:  # 1.2.3 is not a number
        return None
    return Sum(Decimal(value), scale, english=last.isascii())


def _is_english(words: Sequence[Token], i: int) -> bool:
    return i < len(words) and words[i].form.isascii()


def _scale_at(text: str, words: Sequence[Token], i: int) -> int | None:
    return SCALES.get(words[i].form) if follows(text, words, i) else None


def _spoken(text: str, words: Sequence[Token], i: int) -> tuple[tuple[str, ...], int, bool]:
    """As :func:`_digits`, of a number in words."""
    if is_verb(text, words, i):
        return (), 1, False
    number, count = read_words(text, words, i)
    if number is None:
        return (), 1, False
    return _values(number), count, _is_figure(text, words, i, number, count)


def _is_figure(text: str, words: Sequence[Token], i: int, number: Sum, count: int) -> bool:
    """Whether a number in words is one worth checking."""
    before = {word.form for word in words[max(0, i - 2) : i]}
    part = not before.isdisjoint(PARTS) or _and_a_half(words[i + count : i + count + 3])
    percent = number.value == 100 and "في" in before
    alone = count == 1 and words[i].form.endswith("الفا") and number.value == 1_000
    alpha = alone and "\u064b" not in text[words[i].start : words[i].end]
    return number.value >= LEAST_SPOKEN and not (part or percent or alpha or _is_definite(words[i]))


def _is_definite(word: Token) -> bool:
    """القرن العشرين, بالمئة."""
    known = number_word(word.form)
    return bool(known and known.definite)


def _and_a_half(words: Sequence[Token]) -> bool:
    forms = [word.form for word in words]
    return forms[:1] in (["ونصف"], ["وربع"]) or forms == ["and", "a", "half"]


def _values(number: Sum) -> tuple[str, ...]:
    known = [number.value] if number.other is None else [number.other, number.value]
    return tuple(format(value.normalize(), "f") for value in known)


def _times(value: str, scale: int) -> str | None:
    try:
        return format((Decimal(value) * scale).normalize(), "f")
    except InvalidOperation:  # 1.2.3 is not a number
        return None
