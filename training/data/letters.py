"""Latin names in Arabic letters, by rule: for names that no list holds.

Vowels are written or not as newspapers do, by chance, so that a model learns not to mind.
"""

from __future__ import annotations

import random
import re

_LETTERS: dict[str, tuple[str, ...]] = {
    "tch": ("تش",),
    "sch": ("ش",),
    "sh": ("ش",),
    "kh": ("خ",),
    "gh": ("غ",),
    "th": ("ث",),
    "dh": ("ذ",),
    "ch": ("تش", "ش"),
    "ph": ("ف",),
    "zh": ("ج",),
    "ck": ("ك",),
    "qu": ("كو",),
    "ou": ("و",),
    "oo": ("و",),
    "ee": ("ي",),
    "ea": ("ي",),
    "ay": ("اي",),
    "ey": ("ي",),
    "ai": ("اي",),
    "ei": ("اي", "ي"),
    "au": ("او",),
    "a": ("ا", "ا", ""),
    "b": ("ب",),
    "c": ("ك",),
    "d": ("د",),
    "e": ("ي", ""),
    "f": ("ف",),
    "g": ("غ", "ج"),
    "h": ("ه",),
    "i": ("ي",),
    "j": ("ج",),
    "k": ("ك",),
    "l": ("ل",),
    "m": ("م",),
    "n": ("ن",),
    "o": ("و",),
    "p": ("ب",),
    "q": ("ق",),
    "r": ("ر",),
    "s": ("س",),
    "t": ("ت",),
    "u": ("و",),
    "v": ("ف",),
    "w": ("و",),
    "x": ("كس",),
    "y": ("ي",),
    "z": ("ز",),
}
_SOUND = re.compile("|".join(_LETTERS))
_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1")
_FIRST = {"a": "أ", "e": "إ", "i": "إي", "o": "أو", "u": "أو"}


def arabic_letters(word: str, rng: random.Random) -> str:
    """``word`` as an Arabic text may write it; characters that are no Latin letters stay.

    >>> arabic_letters("blinken", random.Random(0)), arabic_letters("tokyo", random.Random(1))
    ('بلينكن', 'توكيو')
    """
    plain = _DOUBLED.sub(r"\1", word.lower())
    first = _FIRST.get(plain[:1], "")
    rest = plain[1:] if first else plain
    rest = re.sub(r"(?<=[^aeiou])e$", "", rest)
    return first + _SOUND.sub(lambda match: rng.choice(_LETTERS[match.group()]), rest)
