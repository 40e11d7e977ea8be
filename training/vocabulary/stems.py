"""Arabic words as clitics and a stem: «والمانيا» is «و» and «المانيا», «بتجربة» is «ب» and «تجربة».

Which it is cannot be seen in a word: «وزير» begins with a letter of its own. It is learnt from how
often words occur with and without what may be a clitic.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers.normalizers import Normalizer

FOLDED = (
    ("ـ", ""), ("ى", "ي"), ("ة", "ه"), ("،", ","), ("؛", ";"), ("؟", "?"), ("٪", "%"),
    *zip("٠١٢٣٤٥٦٧٨٩", "0123456789", strict=True),
    *zip("۰۱۲۳۴۵۶۷۸۹", "0123456789", strict=True),
)  # fmt: skip
"""Before BERT's own normaliser, which folds vowels and the forms of alef."""

CLITICS = tuple(
    conjunction + rest
    for conjunction in ("", "و", "ف")
    for rest in ("", "ال", "ب", "بال", "ك", "كال", "ل", "لل", "س")
)
"""And, so; the, by, by the, like, like the, for, for the, will."""
ARTICLE = "ال"
SUFFIXES = ("ها", "هم", "هن", "نا", "كم", "ات", "ون", "ين", "ان", "وا", "يه", "ه", "ي", "ا", "ت")
SHORTEST = 3
"""Letters of a stem behind a clitic, or before a suffix."""
PERSONS = "يتنا"
"""What a verb in the future begins with."""

ROUNDS = 8
DISCOUNT = 0.3
"""Taken from each stem's count, so that stems seen once do not keep all they have."""
UNSEEN = 0.025
"""Weight, for each word, of spelling a stem letter by letter."""
SHARED = 0.05
"""Share of a stem's count that it must have without its article, which then is one."""

_ARABIC = re.compile(r"[\u0621-\u064a\u0671-\u06d3]+")
_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")


@cache
def normaliser() -> Normalizer:
    """What texts go through before they are cut into words."""
    from tokenizers import normalizers

    folds = [normalizers.Replace(a, b) for a, b in FOLDED]
    return normalizers.Sequence([*folds, normalizers.BertNormalizer(lowercase=True)])


def words(text: str) -> list[str]:
    """The normalised words and marks of a text."""
    return _WORD.findall(normaliser().normalize_str(text))


def is_arabic_word(word: str) -> bool:
    """Whether a normalised word is all Arabic letters."""
    return _ARABIC.fullmatch(word) is not None


def light(stem: str) -> str:
    """The stem without one suffix."""
    for suffix in SUFFIXES:
        if stem.endswith(suffix) and len(stem) - len(suffix) >= SHORTEST:
            return stem[: -len(suffix)]
    return stem


class Stems:
    """What words were found to be made of."""

    def __init__(self, found: Mapping[str, tuple[str, str]], counts: Mapping[str, int]) -> None:
        """``found`` has (clitics, stem) of each word that ``counts`` has."""
        self._found = found
        self.counts: Counter[str] = Counter()
        """Of each stem as :func:`learn` found it, some with an article."""
        for word, (_, stem) in found.items():
            self.counts[stem] += counts[word]

    def __contains__(self, word: str) -> bool:
        return word in self._found

    def split(self, word: str) -> tuple[str, str]:
        """Clitics, the article with them, and the stem; an unknown word has at most the article."""
        clitics, stem = self._found.get(word, ("", word))
        bare = self.bare(stem)
        if bare == stem or clitics + ARTICLE not in CLITICS:
            return clitics, stem
        return clitics + ARTICLE, bare

    def bare(self, stem: str) -> str:
        """The stem without its article, if that is one."""
        rest = stem.removeprefix(ARTICLE)
        if rest == stem or len(rest) < SHORTEST:
            return stem
        enough = max(2.0, SHARED * self.counts[stem])
        return rest if self.counts[rest] >= enough else stem


def learn(counts: Mapping[str, int]) -> Stems:
    """Split Arabic words, given with their counts, into clitics and stems.

    Both are drawn independently (as in Creutz & Lagus 2007, with what may come first fixed), their
    probabilities found by expectation maximisation over the roots of the words' counts. An unseen
    stem is spelt by its letters' frequencies.
    """
    names = list(counts)
    places: dict[str, int] = {}
    options = [
        (i, clitic, places.setdefault(stem, len(places)))
        for i, word in enumerate(names)
        for clitic, stem in _options(word)
    ]
    word, clitic, stem = (np.array(column) for column in zip(*options, strict=True))
    often = np.sqrt(np.array([counts[name] for name in names], dtype=np.float64))
    spelt = UNSEEN * len(names) * _spelling(counts, places)
    share = (often / np.bincount(word))[word]
    chance: NDArray[np.float64] = share
    for _ in range(ROUNDS):
        first = np.bincount(clitic, share, minlength=len(CLITICS)) + 0.1
        then = np.maximum(np.bincount(stem, share) - DISCOUNT, 0) + spelt
        chance = (first / first.sum())[clitic] * (then / then.sum())[stem]
        share = chance / np.bincount(word, chance)[word] * often[word]
    order = np.lexsort((-chance, word))
    best = order[np.unique(word[order], return_index=True)[1]]
    stems = list(places)
    found = {names[word[i]]: (CLITICS[clitic[i]], stems[stem[i]]) for i in best}
    return Stems(found, counts)


def _options(word: str) -> Iterator[tuple[int, str]]:
    """Each way to see a word: the clitics' place and the stem."""
    for place, clitic in enumerate(CLITICS):
        rest = word[len(clitic) :]
        if not word.startswith(clitic) or (clitic and len(rest) < SHORTEST):
            continue
        if clitic.endswith("س") and rest[0] not in PERSONS:
            continue
        doubled = clitic.endswith("ل") and not clitic.endswith(("ال", "لل"))
        if not (doubled and rest.startswith("ل")):
            yield place, rest


def _spelling(counts: Mapping[str, int], stems: Iterable[str]) -> NDArray[np.float64]:
    """Probability of each stem by its letters alone."""
    letters: Counter[str] = Counter()
    for word, count in counts.items():
        for letter in word:
            letters[letter] += count
    total = sum(letters.values())
    logs = {letter: np.log(count / total) for letter, count in letters.items()}
    spelt: Any = np.exp([sum(logs[letter] for letter in stem) for stem in stems])
    return np.asarray(spelt, dtype=np.float64)
