"""The words that numbers are written with, one by one, in Arabic and in English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from rag.language.text import Token, fold

_ENGLISH_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
).split()
_ENGLISH_TENS = "thirty forty fifty sixty seventy eighty ninety".split()
_ARABIC_WORDS = {
    1: "واحد واحدة واحدا",
    2: "اثنان اثنين اثنتان اثنتين اثنا اثني اثنتا اثنتي",
    3: "ثلاث ثلاثة ثلاثا",
    4: "أربع أربعة أربعا",
    5: "خمس خمسة خمسا",
    6: "ست ستة ستا",
    7: "سبع سبعة سبعا",
    8: "ثمان ثمانية ثماني ثمانيا",
    9: "تسع تسعة تسعا",
    10: "عشر عشرة عشرا",
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
    2 * 10**6: "مليونان مليونين مليوني",
    2 * 10**9: "ملياران مليارين ملياري بليونان بليونين بليوني",
    2 * 10**12: "تريليونان تريليونين تريليوني ترليونان ترليونين ترليوني",
}
SCALES = {
    fold(word): value
    for value, words in {
        100: "hundred مئة مائة",
        1_000: "thousand k ألف آلاف ألفا",
        10**6: "million millions mn m مليون ملايين مليونا",
        10**9: "billion billions bn مليار مليارات مليارا بليون بلايين بليونا",
        10**12: "trillion trillions tn تريليون تريليونات تريليونا ترليون ترليونات ترليونا",
    }.items()
    for word in words.split()
}
"""Folded words that multiply the number before them."""

AMBIGUOUS_SCALES = frozenset({"m", "k"})
"""Also metres and the name of a unit: a number before them counts with and without them."""

_ABBREVIATIONS = frozenset({"k", "mn", "m", "bn", "tn"})
_NOT_ALONE = frozenset(
    map(
        fold,
        "millions billions trillions آلاف ألفا ملايين مليارات بلايين تريليونات ترليونات".split(),
    )
)
TWO_OR_ONE = frozenset(map(fold, "ألفا مليونا مليارا بليونا تريليونا ترليونا".split()))
"""Two of them before what they count (مليونا دولار), else one in the accusative (بلغ مليونا)."""

NUMBER_WORDS: dict[str, int] = {
    **{word: value for value, word in enumerate(_ENGLISH_WORDS)},
    **{word: 30 + 10 * i for i, word in enumerate(_ENGLISH_TENS)},
    **{fold(form): value for value, forms in _ARABIC_WORDS.items() for form in forms.split()},
    **{w: v for w, v in SCALES.items() if w not in _ABBREVIATIONS | _NOT_ALONE},
}
"""Folded words that are a number by themselves, with its value."""

_INSIDE = NUMBER_WORDS | SCALES

PARTS = {
    "half": Decimal("0.5"),
    "quarter": Decimal("0.25"),
    "نصف": Decimal("0.5"),
    "ربع": Decimal("0.25"),
}
"""Shares of a scale: half a million, مليون وربع."""

_GAP = re.compile(r"[ \u00a0\u202f-]?")
_COUNTING = frozenset(fold("نحو حوالي قرابة زهاء إلى على عن من بلغ بلغت عدد أو ب ل بين كل").split())
_MORE = frozenset(fold("أكثر أقل أزيد أكبر أقرب").split())
_COUNTED_IN_A = frozenset({"كرونا", "يورو"})
_JOINING = ("و", "ف", "وب", "ول", "وك")
_PREFIXES = (*_JOINING, "ب", "ل", "ك", "ال", "وال", "لل", "بال", "فال", "كال", "ولل", "وبال")
_PER_CENT = frozenset(map(fold, "بالمئة بالمائة وبالمئة وبالمائة".split()))
_UNSURE_PREFIXES = ("ك", "ف", "وك")
"""Only of longer words: كمية is no hundred, كست is no six."""


@dataclass(frozen=True, slots=True)
class NumberWord:
    """A word of a number: its value, and what is written together with it.

    ``joined`` tells that a و or ف adds it to what stands before, ``definite`` that it has the
    article (العشرين, للمئة), as ordinals and phrases do rather than figures, ``bare`` that nothing
    at all is written before it, ``english`` that it is an English word, whose numbers go on by
    other rules than Arabic ones.
    """

    value: int
    joined: bool = False
    definite: bool = False
    bare: bool = False
    english: bool = False

    @property
    def scale(self) -> int:
        """The largest scale of a thousand or more that is not above the value; 0 if none is."""
        return max((s for s in (1_000, 10**6, 10**9, 10**12) if s <= self.value), default=0)


@lru_cache(maxsize=50_000)
def number_word(form: str, inside: bool = False) -> NumberWord | None:
    """What a folded word says of a number; ``inside``: as one that comes after its first word."""
    values = _INSIDE if inside else NUMBER_WORDS
    if form.isascii():
        known = form in values and form not in AMBIGUOUS_SCALES
        return NumberWord(values[form], bare=True, english=True) if known else None
    if form in values:
        return NumberWord(values[form], bare=True)
    if form in _PER_CENT:
        return None
    for prefix in _PREFIXES:
        rest = form.removeprefix(prefix)
        if prefix in _UNSURE_PREFIXES and len(rest) < 4:
            continue
        if form.startswith(prefix) and (value := values.get(rest)):
            joined = prefix[0] in "وف"
            return NumberWord(value, joined, definite=prefix.endswith(("ال", "لل")))
    return None


def follows(text: str, words: Sequence[Token], i: int) -> bool:
    """Whether ``words[i]`` is there, and nothing but a space or hyphen before it."""
    return i < len(words) and bool(_GAP.fullmatch(text, words[i - 1].end, words[i].start))


def is_verb(text: str, words: Sequence[Token], i: int) -> bool:
    """Whether «ألف» at ``words[i]`` is the verb: «ألف كتابا», «من ألف الكتاب؟»."""
    if words[i].form.removeprefix("و") != "الف":
        return False
    if "\u0651" in text[words[i].start : words[i].end]:
        return True
    before = [word.form for word in words[max(0, i - 2) : i]]
    if before == ["من"]:
        return True  # who wrote
    counts = before[-1:] != [] and before[-1] in _COUNTING
    if counts and (before[-1] != "من" or before[0] in _MORE):
        return False
    following = words[i + 1] if follows(text, words, i + 1) else None
    if following is None or following.is_number or number_word(following.form, inside=True):
        return False
    accusative = following.form[-1] == "ا" and len(following.form) > 3
    definite = following.form.startswith("ال")
    return definite or (accusative and following.form not in _COUNTED_IN_A)
