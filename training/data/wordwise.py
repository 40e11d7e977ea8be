"""English rows in Arabic words: passage, question or both, with the answer's place kept.

What comes out is no good prose, but people asked these questions and marked these answers, of which
there is little in Arabic. Word by word from the tables of :mod:`training.data.words`, names of
several words from lists, and by rule what differs most between the languages: what is written on to
the next word (and, the, for, his), adjectives and owners behind their nouns, verbs before names.
Within a row a word mostly goes where it went before, so that question and passage meet.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rag.language.text import detect_language
from training.data.files import Row, read_pairs
from training.data.letters import arabic_letters
from training.data.little_words import ALONE, ASKED, JOINING, LITTLE, PREFIXES, Choices
from training.data.words import Dictionary

LISTS = ("arwikicats_entities", "countries", "wiktionary_en_ar", "cldr_places_langs_currencies")
"""Lexicons whose entries of several words are put into Arabic as a whole."""
LONGEST_PHRASE = 4
ANEW = 0.12
"""Chance that a word goes elsewhere than before in the same row."""
LATIN = 0.08
"""Chance that a name which no list holds stays in Latin letters."""
MIXED, ENGLISH = 0.15, 0.25
"""Share of rows that are mixed, and of their words that stay English."""

_WORD = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?")
_BRACKETS = re.compile(r"\s*\([^)]*\)")
_OWNER = ("'s", "’s")
_MARKS = str.maketrans({",": "،", ";": "؛", "?": "؟"})
_ADJECTIVE = re.compile(
    r"\w{2,}(?:al|ic|ive|ous|ish|ary|able|ible|ean|ian|ese|ful|less)|(?:new|old|big|large|great|small"
    r"|young|former|long|high|low|black|white|red|green|modern|major|early|late|main|free|human|good)"
)
_PAST = re.compile(
    r"\w{2,}ed|said|won|made|became|took|went|gave|came|led|began|wrote|met|told|held"
)


@dataclass(slots=True)
class _Word:
    """A word or number of the English text.

    ``inside``: of the answer; ``phrase``: the Arabic of a whole name; ``agrees``: an adjective that
    is definite when the noun before it is.
    """

    text: str
    inside: bool = False
    phrase: str = ""
    agrees: bool = False


class Wordwise:
    """English rows in Arabic words, in Arabic order where that is simple, the answer marked.

    ``words`` gives words, and ``phrases`` names and terms of several words at once.
    """

    def __init__(self, words: Dictionary, phrases: dict[str, str]) -> None:
        self._table = words.into["ar"]
        self._phrases = phrases

    def row(self, row: Row, rng: random.Random, *, question: bool = True) -> Row:
        """An English row with its passage, and its ``question`` too, in Arabic words.

        The row itself where nothing of the answer is left.
        """
        one = _Row(self._table, self._phrases, rng)
        passage, span = one.prose(row.passage, row.answers[0] if row.answers else None)
        if row.answers and span is None:
            return row
        answers = () if span is None else ((passage[slice(*span)], span[0]),)
        asked = one.question(row.question) if question else row.question
        return replace(
            row,
            lang="ar",
            passage=passage,
            answers=answers,
            question=asked,
            question_lang="ar" if question else row.question_lang,
        )


def phrases(folder: Path) -> dict[str, str]:
    """Names and terms of two words and more, in small letters, with their Arabic."""
    found: dict[str, str] = {}
    for name in LISTS:
        for pair in read_pairs(folder / "lexicon" / f"{name}.tsv.gz"):
            english = " ".join(_WORD.findall(_BRACKETS.sub("", pair.en.lower())))
            arabic = _BRACKETS.sub("", pair.ar)
            if 1 <= english.count(" ") < LONGEST_PHRASE and detect_language(arabic) == "ar":
                found.setdefault(english, arabic)
    return found


@dataclass
class _Row:
    """One row on its way: what its words have become so far."""

    table: dict[str, list[tuple[str, float]]]
    phrases: dict[str, str]
    rng: random.Random
    known: dict[str, str] = field(default_factory=dict)
    english: float = 0.0

    def __post_init__(self) -> None:
        self.english = ENGLISH if self.rng.random() < MIXED else 0.0

    def question(self, text: str) -> str:
        text = re.sub(r"\b(?i:how (?:many|much))\b", "howmany", text)
        said, _ = self.render(text, None, {**LITTLE, **ASKED})
        return said.rstrip(" ؟.") + "؟"

    def prose(
        self, text: str, answer: tuple[str, int] | None
    ) -> tuple[str, tuple[int, int] | None]:
        return self.render(text, answer, {**LITTLE, **JOINING})

    def render(
        self, text: str, answer: tuple[str, int] | None, little: dict[str, Choices]
    ) -> tuple[str, tuple[int, int] | None]:
        begin, end = (answer[1], answer[1] + len(answer[0])) if answer else (0, 0)
        words: list[_Word] = []
        gaps: list[str] = []
        last = 0
        for match in _WORD.finditer(text):
            gaps.append(text[last : match.start()])
            inside = match.start() < end and begin < match.end()
            words.append(_Word(match.group(), inside))
            last = match.end()
        gaps.append(text[last:])
        self._join(words, gaps)
        _reorder(words, gaps, self.rng)
        return self._write(words, gaps, little)

    def _join(self, words: list[_Word], gaps: list[str]) -> None:
        """Words that a list knows as one name become one, unless the answer ends among them."""
        at = 0
        while at < len(words):
            for size in range(min(LONGEST_PHRASE, len(words) - at), 1, -1):
                some = words[at : at + size]
                plain = all(gap == " " for gap in gaps[at + 1 : at + size])
                text = " ".join(word.text for word in some)
                arabic = self.phrases.get(re.sub("['’]s$", "", text.lower()))
                if arabic and plain and len({word.inside for word in some}) == 1:
                    words[at : at + size] = [_Word(text, some[0].inside, phrase=arabic)]
                    del gaps[at + 1 : at + size]
                    break
            at += 1

    def _write(
        self, words: Sequence[_Word], gaps: Sequence[str], little: dict[str, Choices]
    ) -> tuple[str, tuple[int, int] | None]:
        said = gaps[0].translate(_MARKS)
        span: tuple[int, int] | None = None
        ahead, behind, starts, definite = "", "", False, False
        for place, word in enumerate(words):
            gap = gaps[place + 1].translate(_MARKS)
            piece = self._choose(word, little)
            following = words[place + 1].text.lower() if place + 1 < len(words) else ""
            if piece in PREFIXES:
                ahead += piece
                starts |= word.inside
                piece = ""
            elif piece.startswith("-"):
                behind = piece[1:]
                piece = ""
            if piece:
                article = "ال+" in ahead and following != "of"
                definite = article or (word.agrees and definite)
                piece = _attached(piece, ahead, behind, definite)
                ahead = behind = ""
                if word.inside or (starts and span is None):
                    span = (span[0] if span else len(said), len(said) + len(piece))
                starts = False
                said += piece + gap
            elif gap.strip():
                said = said.rstrip(" ") + gap
        return said, span

    def _choose(self, word: _Word, little: dict[str, Choices]) -> str:
        if word.phrase:
            return word.phrase
        text = word.text.replace("’", "'")
        lower = text.lower()
        if text[0].isdigit():
            return text
        form = "not" if lower.endswith("n't") else lower.partition("'")[0]
        if form in little:
            choices, weights = zip(*little[form], strict=True)
            return str(self.rng.choices(choices, weights)[0])
        if self.english and self.rng.random() < self.english:
            return text
        if lower not in self.known or self.rng.random() < ANEW:
            self.known[lower] = self._translated(text, lower)
        return self.known[lower]

    def _translated(self, text: str, lower: str) -> str:
        for form in _forms(lower):
            if form in self.table:
                words, weights = zip(*self.table[form], strict=True)
                return str(self.rng.choices(words, [w * w for w in weights])[0])
        base = re.sub(r"['’]s?$", "", text)
        if text[0].isupper() and (base.isupper() or self.rng.random() < LATIN):
            return base
        return arabic_letters(base, self.rng) if base.isascii() else base


def _forms(word: str) -> Iterable[str]:
    """The word, and without what may be written on to its end."""
    yield word
    base = re.sub(r"['’]s?$", "", word)
    for ending, instead in (("", ""), ("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"),
                            ("ing", ""), ("ing", "e"), ("ly", "")):  # fmt: skip
        if base.endswith(ending) and len(base) - len(ending) > 2:
            yield base.removesuffix(ending) + instead


def _reorder(words: list[_Word], gaps: Sequence[str], rng: random.Random) -> None:
    """Adjectives and owners behind their nouns, and some verbs before names, in place."""
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and _leads(words[end]):
            end += 1
        stop = end + 1
        if at < end < len(words) and _content(words[end]) and _together(words, gaps, at, stop):
            words[at:stop] = words[at:stop][::-1]
            for word in words[at + 1 : stop]:
                word.agrees = not word.text.endswith(_OWNER)
        elif end == at and words[at].text[0].isupper() and _content(words[at]):
            while end < len(words) and words[end].text[0].isupper() and gaps[end] == " ":
                end += 1
            end = max(end, at + 1)
            stop = end + 1
            verb = end < len(words) and _PAST.fullmatch(words[end].text)
            if verb and rng.random() < 0.6 and _together(words, gaps, at, stop):
                words[at:stop] = [words[end], *words[at:end]]
        at = max(stop, at + 1)


def _leads(word: _Word) -> bool:
    return word.text.endswith(_OWNER) or (
        not word.phrase and bool(_ADJECTIVE.fullmatch(word.text.lower()))
    )


def _content(word: _Word) -> bool:
    lower = word.text.lower()
    return not (lower in LITTLE or lower in JOINING or lower[0].isdigit())


def _together(words: Sequence[_Word], gaps: Sequence[str], start: int, end: int) -> bool:
    """Whether only spaces stand between the words, and all or none are of the answer."""
    plain = all(gap == " " for gap in gaps[start + 1 : end])
    return plain and len({word.inside for word in words[start:end]}) == 1


def _attached(word: str, ahead: str, behind: str, definite: bool) -> str:
    """The word with what is written on to its front and end.

    >>> _attached("مدينة", "و+ال+", "", True), _attached("مدينة", "ل+ال+", "", True)
    ('والمدينة', 'للمدينة')
    >>> _attached("المدينة", "", "ها", False)
    'مدينتها'
    """
    arabic = detect_language(word) == "ar" and not word[0].isdigit()
    if not arabic:
        alone = [ALONE[p] for p in re.findall(r"(\w+)\+", ahead) if p in ALONE]
        word = " ".join([*alone, word])
        return "و" + word if "و" in ahead else word
    if behind and " " not in word:
        base = word.removeprefix("ال") if len(word) > 4 else word
        word = (base[:-1] + "ت" if base.endswith("ة") else base) + behind
    elif definite and not word.startswith("ال") and " " not in word:
        word = "ال" + word
    for prefix in reversed(re.findall(r"(\w)\+", ahead.replace("ال+", ""))):
        word = "لل" + word[2:] if prefix == "ل" and word.startswith("ال") else prefix + word
    return word
