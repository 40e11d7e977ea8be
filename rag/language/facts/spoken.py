"""Numbers of several words: how their words add up.

English adds up by order (``three hundred and five``), Arabic by ``و`` (``خمسة وعشرون``); both
multiply by a scale that follows (``ثلاثمئة ألف``), and go on with smaller scales only: in
``خمسة آلاف وثلاثة آلاف`` stand two numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from rag.language.facts.number_words import (
    PARTS,
    SCALES,
    TWO_OR_ONE,
    NumberWord,
    follows,
    number_word,
)
from rag.language.terms import is_stopword
from rag.language.text import Token

_ONE = frozenset({"احد", "احدي"})
"""One, but only in a number of two words or more: elsewhere anyone."""
_TEENS = frozenset({"عشر", "عشره"})
_TANWIN = "\u064b"
_IN_YEARS = frozenset("in since by year until till during".split())


@dataclass(frozen=True, slots=True)
class Sum:
    """A number as far as it is read: what is done, and the group under a thousand that is open.

    ``scale`` is the smallest scale (a thousand, a million …) of what is done, 0 if there is none.
    ``other`` is what the words come to in their other meaning, where they have two.
    """

    done: Decimal = Decimal(0)
    scale: int = 0
    group: int = 0
    english: bool = False
    other: Decimal | None = None

    @property
    def value(self) -> Decimal:
        """What the words come to."""
        return self.done + self.group


def read_words(text: str, words: Sequence[Token], i: int) -> tuple[Sum | None, int]:
    """The number in words that begins at ``words[i]`` and the words it takes; None, 0: none."""
    if part := _part_of_a_scale(text, words, i):
        return part
    first = _first(text, words, i)
    if first is None:
        return None, 0
    return read_on(text, words, i, first, 1)


def read_on(text: str, words: Sequence[Token], i: int, number: Sum, count: int) -> tuple[Sum, int]:
    """Go on with ``number``, which took ``count`` words from ``words[i]`` on."""
    whole = number, count  # before the open group, which may turn out to be another number
    while follows(text, words, i + count):
        j = i + count + _is_link(text, words, i + count, number)
        word = _word(text, words, j, joined=j > i + count, english=number.english)
        if part := _joined_part(text, words, i + count, number):
            return part[0], count + part[1]
        added = word and _add(number, word, in_year=_in_year(words, i))
        if not word or not added:
            is_scale = word and word.bare and word.scale and number.group
            return whole if is_scale and number.done else (number, count)
        if not number.group and number.done:
            whole = number, count
        number, count = added, j + 1 - i
    return number, count


def _first(text: str, words: Sequence[Token], i: int) -> Sum | None:
    token = words[i]
    bare = token.form[1:] if token.form[0] in "وفبلك" else token.form
    following = words[i + 1] if follows(text, words, i + 1) else None
    if bare in _ONE or token.form in _ONE:
        second = following and number_word(following.form)
        tens = second and second.joined and 20 <= second.value <= 90
        return Sum(group=1) if tens or (following and following.form in _TEENS) else None
    two_or_one = next((f for f in (token.form, bare) if f in TWO_OR_ONE), None)
    if two_or_one:
        return _two_or_one(text, token, following, SCALES[two_or_one])
    word = number_word(token.form)
    if word is None or token.is_number:
        return None
    scale = word.scale
    if scale:
        return Sum(Decimal(word.value), scale, english=word.english)
    return Sum(group=word.value, english=word.english)


def _two_or_one(text: str, token: Token, following: Token | None, scale: int) -> Sum:
    """«ألفا»: two thousand before what it counts, a thousand before a و or a full stop."""
    one = Sum(Decimal(scale), scale)
    tanwin = _TANWIN in text[token.start : token.end]
    counted = following and not following.form.startswith(("و", "ال"))
    if tanwin or not counted or not following or is_stopword(following.form):
        return one
    return replace(one, other=Decimal(2 * scale))


def _is_link(text: str, words: Sequence[Token], j: int, number: Sum) -> int:
    """1 where ``words[j]`` is an "and" or a و of its own before another word of the number."""
    linking = words[j].form == ("and" if number.english else "و")
    if number.english and not (number.done or number.group >= 100):
        return 0
    return int(linking and follows(text, words, j + 1))


def _word(
    text: str, words: Sequence[Token], j: int, joined: bool, english: bool
) -> NumberWord | None:
    """The word of a number at ``words[j]``; digits too, after a و or an "and"."""
    token = words[j]
    if token.is_number:
        scaled = follows(text, words, j + 1) and words[j + 1].form in SCALES
        short = token.form.isdigit() and len(token.form) <= 3
        fits = joined and short and (scaled or (len(token.form) == 3 and not english))
        return NumberWord(int(token.form), joined=True, english=english) if fits else None
    if token.form.removeprefix("و") in _ONE:
        found = NumberWord(1, joined=token.form[0] == "و")
    else:
        word = number_word(token.form, inside=True)
        if word is None:
            return None
        found = word
    return replace(found, joined=found.joined or joined, bare=found.bare and not joined)


def _add(number: Sum, word: NumberWord, *, in_year: bool) -> Sum | None:
    """``number`` with one more word; None: the word does not belong to it."""
    if number.other is not None or word.english != number.english:
        return None
    if word.scale:
        return _scaled(number, word)
    group = (_english_group if word.english else _arabic_group)(number, word)
    if group is None and word.english and in_year and not number.done and 16 < number.group < 21:
        group = 100 * number.group + word.value if 10 <= word.value < 100 else None
    return None if group is None else replace(number, group=group)


def _scaled(number: Sum, word: NumberWord) -> Sum | None:
    fits = not number.scale or word.scale < number.scale
    if word.value != word.scale or word.joined:
        if number.group or not number.done or not fits or not word.joined:
            return None
        return replace(number, done=number.done + word.value, scale=word.scale)
    if word.definite or not word.bare:
        return None
    if number.group:
        done = number.done + number.group * word.value
        return replace(number, done=done, group=0, scale=word.scale) if fits else None
    if number.done == number.scale and not fits and word.value > number.scale:  # ألف مليون
        return replace(number, done=number.done * word.value, scale=word.scale)
    return None


def _arabic_group(number: Sum, word: NumberWord) -> int | None:
    group, below = number.group, number.group % 100
    if not word.joined:
        if not word.bare:
            return None
        if word.value == 100 and 3 <= group <= 9:  # ثلاث مئة
            return 100 * group
        return group + 10 if word.value == 10 and 0 < below < 10 else None  # خمسة عشر
    hundreds = not group or (not below and word.value < 100)
    tens = 0 < below < 10 and 20 <= word.value < 100 and word.value % 10 == 0
    return group + word.value if hundreds or tens else None


def _english_group(number: Sum, word: NumberWord) -> int | None:
    group, below = number.group, number.group % 100
    if word.value == 100:
        return 100 * group if 0 < group < 10 or (10 < group < 100 and group % 10) else None
    hundreds = not group or (not below and word.value < 100)
    units = below >= 20 and below % 10 == 0 and word.value < 10
    return group + word.value if hundreds or units else None


def _in_year(words: Sequence[Token], i: int) -> bool:
    return i > 0 and words[i - 1].form in _IN_YEARS


def _scale_of_part(text: str, words: Sequence[Token], j: int) -> int:
    """The scale at ``words[j]``, with or without its article: المليون; 0 if it is none."""
    if not follows(text, words, j) or words[j].form in {"m", "k"}:
        return 0
    form = words[j].form
    scale = SCALES.get(form) or SCALES.get(form.removeprefix("ال"), 0)
    return scale if scale >= 1_000 else 0


def _part_of_a_scale(text: str, words: Sequence[Token], i: int) -> tuple[Sum, int] | None:
    """Half a million, a quarter of a million, نصف مليون, ثلاثة أرباع المليون."""
    form, j = words[i].form, i + 1
    share = PARTS.get(form) or (PARTS.get(form[1:]) if form[0] in "وفبلك" else None)
    if form.removeprefix("و") in {"ثلاثه", "three"} and follows(text, words, j):
        if words[j].form not in {"ارباع", "quarters"}:
            return None
        share, j = Decimal("0.75"), j + 1
    if share is None:
        return None
    if form.isascii():
        for small in ("of", "a"):
            j += int(j < len(words) and words[j].form == small)
    scale = _scale_of_part(text, words, j)
    return (Sum(share * scale, scale, english=form.isascii()), j + 1 - i) if scale else None


def _joined_part(text: str, words: Sequence[Token], j: int, number: Sum) -> tuple[Sum, int] | None:
    """What "and a half" or ونصف at ``words[j]`` makes of ``number``, and the words it takes."""
    length = 1
    form = words[j].form
    if form == "و" and follows(text, words, j + 1):
        length, form = 2, f"و{words[j + 1].form}"
    if form == "and" and len(words) > j + 2 and words[j + 1].form == "a":
        length, form = 3, f"و{words[j + 2].form}"
    share = PARTS.get(form[1:]) if form[0] == "و" else None
    if share is None:
        return None
    scale = _scale_of_part(text, words, j + length)
    if number.group and scale:  # two and a half million
        fits = not number.scale or scale < number.scale
        more = (number.group + share) * scale
        joined = replace(number, done=number.done + more, group=0, scale=scale, other=None)
        return (joined, length + 1) if fits else None
    if number.group or not number.scale:
        return None
    done = number.done + share * (scale if 0 < scale <= number.scale else number.scale)
    return replace(number, done=done, other=None), length + bool(scale)
