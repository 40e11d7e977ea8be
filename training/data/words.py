"""Word for word from one language into the other, by IBM Model 1.

Questions put into the other language word by word are no good prose, but their names, numbers and
telling words are right, and that is what a question is matched by. Training on them is known as
code-switching (Qin et al. 2020, "CoSDA-ML").
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.language.terms import is_stopword
from rag.language.text import Lang, fold
from training.data.align import align
from training.data.files import Pair
from training.data.letters import arabic_letters

LIKELY, MUTUAL = 0.06, 0.02
"""A translation is kept from this p(other | word), and p(word | other), on."""
SEEN = 0.7
"""Expected count from which on a translation is believed; one entry of a lexicon is enough."""
MOST = 4
"""Translations kept of a word."""

_MARKS = re.compile("[\u064b-\u065f\u0670\u0640]")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
_NAME = re.compile("[a-z]{4,}")
_PREFIXES = ("وال", "بال", "لل", "ال", "و", "ب", "ل", "ف", "ك")

Table = dict[str, list[tuple[str, float]]]

ASKING = {
    "who": ["من"],
    "what": ["ما", "ماذا"],
    "when": ["متى"],
    "where": ["أين"],
    "why": ["لماذا"],
    "how": ["كيف"],
    "howmany": ["كم", "كم عدد"],
    "which": ["أي"],
}
"""Question words are set by hand: in prose the same words join clauses."""


@dataclass(frozen=True)
class Dictionary:
    """Likely translations of words, each way."""

    into: dict[Lang, Table]

    def switch(self, text: str, into: Lang, rng: random.Random) -> str:
        """``text`` with its words translated.

        Unknown words go where they say nothing; into Arabic they are spelt in its letters.
        """
        switched = [self._word(word, into, rng) for word in _words(text)]
        return " ".join(word for word in switched if word) + ("؟" if into == "ar" else "?")

    def _word(self, word: str, into: Lang, rng: random.Random) -> str:
        if word.isdigit():
            return word
        table = self.into[into]
        known = next((table[form] for form in _forms(word, into) if form in table), None)
        if known is None and is_stopword(fold(word)):
            return ""
        if known is None:
            return arabic_letters(word, rng) if into == "ar" and _NAME.fullmatch(word) else word
        words, weights = zip(*known, strict=True)
        return str(rng.choices(words, weights)[0])


def learn(pairs: Sequence[Pair]) -> Dictionary:
    """Word tables from what stands beside what in ``pairs``."""
    english: dict[str, int] = {}
    arabic: dict[str, int] = {}
    found = align(
        [
            (
                [english.setdefault(w, len(english)) for w in _words(pair.en)],
                [arabic.setdefault(w, len(arabic)) for w in _words(pair.ar)],
            )
            for pair in pairs
        ]
    )
    seen = found.count >= SEEN
    forth = seen & (found.forth >= LIKELY) & (found.back >= MUTUAL)
    back = seen & (found.back >= LIKELY) & (found.forth >= MUTUAL)
    en, ar = list(english), list(arabic)
    into_ar = _table(en, ar, found.source[forth], found.target[forth], found.forth[forth])
    into_en = _table(ar, en, found.target[back], found.source[back], found.back[back])
    return Dictionary({"ar": {**into_ar, **_asking_ar()}, "en": {**into_en, **_asking_en()}})


def _asking_ar() -> Table:
    return {word: [(other, 1.0) for other in others] for word, others in ASKING.items()}


def _asking_en() -> Table:
    return {
        other: [(word.replace("howmany", "how many"), 1.0)]
        for word, others in ASKING.items()
        for other in others
        if " " not in other
    }


def _table(
    words: list[str],
    others: list[str],
    word: NDArray[np.int64],
    other: NDArray[np.int64],
    score: NDArray[np.float64],
) -> Table:
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for i in np.argsort(-score, kind="stable"):
        known = found[words[word[i]]]
        if len(known) < MOST:
            known.append((others[other[i]], round(float(score[i]), 4)))
    return dict(found)


def _words(text: str) -> list[str]:
    plain = _MARKS.sub("", text).lower()
    return _WORD.findall(plain.replace("how many", "howmany").replace("how much", "howmany"))


def _forms(word: str, into: Lang) -> list[str]:
    """The word, and without what may be written on to its front or end."""
    if into == "ar":
        return [word, word.removesuffix("'s"), word.removesuffix("s")]
    stripped = [word.removeprefix(p) for p in _PREFIXES if word.startswith(p) and len(word) > 3]
    return [word, *stripped]
