"""How close a short answer is to the expected ones, in Arabic and in English.

Exact match and token F1 are SQuAD's (Rajpurkar et al. 2016, "SQuAD: 100,000+ questions for machine
comprehension of text"), with its second version's rule for questions without an answer (Rajpurkar,
Jia & Liang 2018). As there, letter case, punctuation and ``a``, ``an``, ``the`` do not count, the
rest is compared word by word, and the best of the expected answers decides. Arabic follows MLQA
(Lewis et al. 2020, "MLQA: evaluating cross-lingual extractive question answering"): punctuation of
every script goes, and so does the article ``ال``, which sets what is before it apart
(``والجيش`` → ``و جيش``). ARCD (Mozannar et al. 2019, "Neural Arabic question answering") is scored
with SQuAD's English rules alone.

Where this differs, and why:

* MLQA takes ``ال`` out of the middle of words too (``خالد`` → ``خ د``). Here it goes only at the
  beginning of a word, alone or after ``و ف ب ك``, and only if enough letters are left.
* Spellings are folded (:func:`rag.language.text.fold`): tashkeel, tatweel, forms of alef, yeh and
  teh marbuta, accents. None of the three does that; Arabic newspapers differ in all of them.
* Numbers are compared by value: ``2,500``, ``٢٬٥٠٠`` and ``٢٥٠٠`` are one. SQuAD drops commas, but
  the point of ``2.5`` too, and knows no other digits.
* Months are one by any of their names: ``يناير``, ``كانون الثاني``, ``January``, ``Jan.`` So are
  both names together, as many newspapers write them (``كانون الثاني/يناير``).
* Punctuation inside a word parts it (``twenty-five`` is ``twenty five``) instead of vanishing, but
  for initials (``U.S.`` is ``US``) and apostrophes.
* ``a`` at the end of an answer is no article but a name: ``vitamin A``, ``group A``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest

from rag.language.text import tokens
from rag.language.transliterate import MARK, concepts

_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_ENGLISH_ARTICLES = frozenset({"a", "an", "the"})
_ARABIC_ARTICLE = re.compile(r"([وف]?[بك]?)ال(\w{3,})|ال(\w\w)")
_BARE_ARTICLE = re.compile(r"^ال(?=\w\w)")
_INITIALS = re.compile(r"(?<![^\W\d_])(?:[^\W\d_]\.)+[^\W\d_](?![^\W_])")
_PREFIXES = ("و", "ف", "ب", "ل", "ك", "وب", "ول", "وك", "فب", "فل", "فك")
_SHORTEST_WITH_PREFIX = 4
"""Letters after a prefix; with fewer, it is most likely the word's own letter (``وزير``)."""
_SHORTEST_VOUCHED_FOR = 3
"""Letters after a prefix where the words behind are those of the answer as well."""


def normalise(text: str) -> str:
    """What of ``text`` is compared: its words in one form each, parted by single spaces.

    >>> normalise("The U.S. sent 2,500 troops.") == normalise("US sent ٢٬٥٠٠ troops")
    True
    >>> normalise("في ٦ كانون الثاني/يناير"), normalise("القُوّات والجيش")
    ('في 6 january', 'قوات و جيش')
    """
    return " ".join(part for word in _without_articles(_words(text)) for part in _parts(word))


def exact_match(prediction: str, expected: Sequence[str]) -> float:
    """1 if ``prediction`` is one of the ``expected`` answers after :func:`normalise`, else 0.

    When none is expected, saying nothing is right (SQuAD 2.0).
    """
    said = normalise(prediction)
    return float(any(said == normalise(answer) for answer in expected or ("",)))


def token_f1(prediction: str, expected: Sequence[str]) -> float:
    """Harmonic mean of precision and recall over words, of the ``expected`` answer that fits best.

    A word that comes twice has to be met twice. When none is expected, or nothing is left of one of
    the two after :func:`normalise`, 1 if both are empty, else 0 (SQuAD 2.0).
    """
    said = normalise(prediction).split()
    return max(_f1(said, normalise(answer).split()) for answer in expected or ("",))


def contained(text: str, expected: Sequence[str]) -> bool:
    """Whether one of the ``expected`` answers stands in ``text``, word after word.

    Whole words count: 13 does not stand in 130. But its first word may be written together with
    ``و ف ب ل ك``, and an English one with a possessive ``'s``. Such a letter may as well be the
    word's own: it is a prefix only if enough letters are left, or those of a country that the
    whole word names too (``بمصر``, not ``لبنان``). An answer without any word stands nowhere.

    >>> contained("القوات بقيادة الجنرال ولسيرديوكوف خبرة", ["سيرديوكوف"])
    True
    >>> contained("130 were hurt", ["13"])
    False
    """
    words = _words(text)
    said = f" {normalise(text)} "
    return any(_stands(_words(answer), words) or _is_part(answer, said) for answer in expected)


def _f1(said: Sequence[str], wanted: Sequence[str]) -> float:
    """2 p r / (p + r), p and r being the shares of ``said`` and ``wanted`` that both have."""
    if not said or not wanted:
        return float(said == wanted)
    same = (Counter(said) & Counter(wanted)).total()
    return 2 * same / (len(said) + len(wanted))


def _words(text: str) -> list[str]:
    """Folded words and numbers; a month is its English name, said once when it is said twice."""
    text = _INITIALS.sub(lambda match: match.group().replace(".", ""), text)
    found = list(tokens(text))
    # As if all had capitals: "may" and "May" have to come out alike, whatever they mean.
    named = concepts([replace(token, is_capital=True) for token in found])
    months = {
        first.start: (_MONTHS[int(term.removeprefix(f"{MARK}m")) - 1], last.end)
        for term, first, last in named
        if term.startswith(f"{MARK}m")
    }
    words: list[str] = []
    end = 0
    for token in found:
        if token.start < end:
            continue  # the second word of كانون الثاني
        word, end = months.get(token.start, (token.form, token.end))
        if token.start not in months or words[-1:] != [word]:
            words.append(word)
    return words


def _without_articles(words: Sequence[str]) -> list[str]:
    """``words`` without articles that stand alone before another word."""
    pairs = zip_longest(words, words[1:], fillvalue="")
    return [word for word, following in pairs if not _is_article(word, following)]


def _is_article(word: str, following: str) -> bool:
    """Whether ``word`` is an article; ``ال`` stands alone before foreign letters and digits."""
    if word == "ال":  # before an Arabic word it is آل, a family
        return following != "" and following.isascii()
    return following != "" and word in _ENGLISH_ARTICLES


@lru_cache(maxsize=10_000)
def _parts(word: str) -> tuple[str, ...]:
    """A word without apostrophes and without ``ال``; what was before that stands apart."""
    match = _ARABIC_ARTICLE.fullmatch(word)
    if match is None:
        return (word.replace("'", ""),)
    prefixes, longer, short = match.groups()
    return tuple(filter(None, (prefixes, longer, short)))


def _is_part(answer: str, said: str) -> bool:
    """Whether the normalised answer is a run of words of ``said``, which spaces surround."""
    wanted = normalise(answer)
    return bool(wanted) and f" {wanted} " in said


def _stands(answer: Sequence[str], text: Sequence[str]) -> bool:
    """Whether ``answer`` is a run of ``text``, with the articles of both or without them.

    A lone ``a`` or ``the`` is the answer only where it is no article.
    """
    bare = _is_run(_without_articles(answer), _without_articles(text))
    return bare or (not _ENGLISH_ARTICLES.issuperset(answer) and _is_run(answer, text))


def _is_run(answer: Sequence[str], text: Sequence[str]) -> bool:
    wanted = [_readings(word) for word in answer]
    bare = [_readings(word) for word in text]
    least = _SHORTEST_VOUCHED_FOR if len(answer) > 1 else _SHORTEST_WITH_PREFIX
    return any(
        not wanted[0].isdisjoint(bare[i] | _after_prefix(text[i], least))
        and not any(map(frozenset.isdisjoint, wanted[1:], bare[i + 1 :]))
        for i in range(len(text) - len(answer) + 1 if answer else 0)
    )


@lru_cache(maxsize=100_000)
def _readings(word: str) -> frozenset[str]:
    """A word as it may be met: with and without its article or its possessive."""
    plain = word.replace("'", "")
    owner = word.removesuffix("'s").replace("'", "")
    return frozenset({plain, owner, _BARE_ARTICLE.sub("", plain)})


@lru_cache(maxsize=100_000)
def _after_prefix(word: str, least: int) -> frozenset[str]:
    """What an Arabic word may be without a prefix, of ``least`` letters if it is no known name.

    ``لل`` is ``ل`` and the article, which tells that it is a prefix.
    """
    found: set[str] = set()
    for prefix in _PREFIXES:
        rest = word.removeprefix(prefix)
        if rest == word:
            continue
        if _may_follow(rest, word, least):
            found |= _readings(rest)
        if prefix.endswith("ل") and rest.startswith("ل") and len(rest) >= _SHORTEST_VOUCHED_FOR:
            found.add(rest[1:])
    return frozenset(found)


def _may_follow(rest: str, word: str, least: int) -> bool:
    """Whether ``word`` may be a prefix and ``rest``; a name in full is none (``لبنان``)."""
    name = _name(word)
    return name == _name(rest) if name else len(rest) >= least


def _name(word: str) -> str | None:
    """What a word names (:func:`rag.language.transliterate.concepts`)."""
    return next((term for term, _, _ in concepts(list(tokens(word)))), None)
