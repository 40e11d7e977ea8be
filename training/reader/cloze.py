"""Questions made by rule from Arabic news: what a clause says without its figure, date or name.

The wording is stiff, but the prose is real and so is the task: find the clause, and mark in it what
is of the kind asked for. Some words of the question are left out or go through English and back,
which gives others of like meaning.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.language.sentences import sentence_spans
from rag.language.text import detect_language
from training.data.files import Row, read_lines, read_pairs
from training.data.words import Dictionary

FILES = ("ant_corpus_jawhara_news", "ahdath_info_news")
NAMES = ("netransliteration_names", "thegenio_name_pairs")
PLACES = ("countries", "world_places_dr5hn")
LONGEST = 600
"""Characters of a passage: short paragraphs that follow each other are read as one."""
FEWEST, MOST = 4, 13
"""Words of the clause that a question keeps."""
LEFT_OUT, REPLACED = 0.12, 0.25
"""Shares of a question's words."""
COMMON = 60
"""A word that stands this often in the news is no name, whatever lists say."""

_WORD = re.compile(r"[\w\u064b-\u0652]+(?:[.,:]\d+)*")
_BREAK = re.compile(r"[،؛:()\[\]«»\"“”.!؟?]|,(?!\d)|\s[-–]\s")
_DAY = r"(?:الاثنين|الإثنين|الثلاثاء|الأربعاء|الاربعاء|الخميس|الجمعة|السبت|الأحد|الاحد)"
_MONTH = (
    r"(?:جانفي|فيفري|مارس|أفريل|افريل|ماي|جوان|جويلية|أوت|سبتمبر|أكتوبر|اكتوبر|نوفمبر|ديسمبر"
    r"|يناير|فبراير|أبريل|مايو|يونيو|يوليو|أغسطس|شتنبر|نونبر|دجنبر|غشت|يوليوز)"
)
_SCALE = r"(?:ألف|آلاف|مليون|ملايين|مليار|مليارات)"
_DATE = re.compile(rf"\b(?:{_DAY}(?: \d\d? {_MONTH}(?: \d{{4}})?)?|\d\d? {_MONTH}(?: \d{{4}})?)\b")
_YEAR = re.compile(r"\b(?:عام|سنة|العام|منذ|في) ((?:19|20)\d\d)\b")
_FIGURE = re.compile(
    rf"(?<![\d.,/-])(?!(?:19|20)\d\d )(\d+(?:[.,]\d+)?(?: {_SCALE})?) ([ء-ي]{{3,}})\b"
)
_QUOTED = re.compile(r"\b([ء-ي]{3,}) [\"«“]([^\"«»“”]{4,50})[\"»”]")
_KIND = "مدينة|ولاية|بلدة|محافظة|معتمدية|قرية|جزيرة|مطار"
_CALLED = re.compile(rf"\b[بلو]?(?:{_KIND}) ([ء-ي]{{3,}})\b")
"""Lists of places hold words of every kind: only what the news calls a town or the like is one."""
_PLACE = re.compile(rf"\b[بلو]?({_KIND}|منطقة|جهة|دولة|ملعب|في|إلى) ([ء-ي]{{3,}})\b")
_NOT_COUNTED = re.compile(
    rf"{_MONTH}|{_DAY}|من|على|في|إلى|عن|أن|بعد|خلال|مقابل|التي|الذي|بتوقيت|عاما?"
)

Found = tuple[int, int, int, str]
"""Of an answer: start and end, where what the question leaves out begins, and the question word."""


class Cloze:
    """Questions of news by rule: a figure, date, place or person of a clause is asked for.

    What is said of it elsewhere in the clause makes the question, with some words left out or
    changed by ``words``; the paragraph is the passage.
    """

    def __init__(self, folder: Path, words: Dictionary) -> None:
        self._words = words
        self._texts = {name: list(_texts(folder, name)) for name in FILES}
        every = [text for texts in self._texts.values() for text in texts]
        self._counts: dict[str, int] = {}
        for text in every:
            for word in _WORD.findall(text):
                self._counts[word] = self._counts.get(word, 0) + 1
        self._names = {
            part for name in NAMES for part in _arabic(folder, name) if self._is_rare(part)
        }
        listed = {place for name in PLACES for place in _arabic(folder, name)}
        called = {m.group(1) for text in every for m in _CALLED.finditer(text)}
        self._places = listed & called

    def rows(self, name: str, seed: int = 0) -> list[Row]:
        """A question or two of each passage of the file ``name`` that has something to ask for."""
        rng = random.Random(f"{name} {seed}")
        made: list[Row] = []
        for number, text in enumerate(self._texts[name]):
            options = [
                (clause, found)
                for clause in _clauses(text)
                for found in self._answers(text, *clause, rng)
            ]
            rng.shuffle(options)
            asked: set[str] = set()
            for clause, found in options:
                start, end, _, word = found
                question = self._question(text, clause, found, rng)
                if question and word not in asked and len(asked) < 2:
                    asked.add(word)
                    answer = (text[start:end], start)
                    title = str(number)
                    made.append(Row("ar", question, text, (answer,), name, title, "ar"))
        return made

    def _is_rare(self, word: str) -> bool:
        return len(word) > 2 and self._counts.get(word, 0) < COMMON

    def _answers(self, text: str, start: int, end: int, rng: random.Random) -> Iterator[Found]:
        for m in _DATE.finditer(text, start, end):
            yield m.start(), m.end(), m.start(), "متى"
        for m in _YEAR.finditer(text, start, end):
            asked = rng.choice(["متى", "في أي عام", "في أي سنة"])
            yield m.start(1), m.end(1), m.start(), asked
        for m in _FIGURE.finditer(text, start, end):
            if not _NOT_COUNTED.fullmatch(m.group(2)):
                if rng.random() < 0.5:
                    yield m.start(1), m.end(1), m.start(), rng.choice(["كم", "كم عدد", "ما عدد"])
                else:
                    yield m.start(1), m.end(2), m.start(), rng.choice(["كم", "كم", "ما"])
        for m in _QUOTED.finditer(text, start, end):
            said = _WORD.findall(m.group(2))
            if said and self._counts.get(said[0], 0) < COMMON:
                yield m.start(2), m.end(2), m.start(2), rng.choice(["ما اسم", "ما", "ما هو"])
        for m in _PLACE.finditer(text, start, end):
            kind = m.group(1)
            if m.group(2) in self._places:
                near = kind in {"في", "إلى"}
                asked = "أين" if near else rng.choice(["أين", f"في أي {kind}", f"ما {kind}"])
                yield m.start(2), m.end(2), m.start(), asked
        for first, last in self._people(text, start, end):
            yield first, last, first, rng.choice(["من", "من", "من هو", "من الذي"])

    def _people(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Two names in a row and more."""
        run: list[re.Match[str]] = []
        for m in [*_WORD.finditer(text, start, end), None]:
            follows = m and (not run or text[run[-1].end() : m.start()] == " ")
            if m and follows and m.group() in self._names:
                run.append(m)
                continue
            if len(run) > 1:
                yield run[0].start(), run[-1].end()
            run = [m] if m and m.group() in self._names else []

    def _question(
        self, text: str, clause: tuple[int, int], found: Found, rng: random.Random
    ) -> str | None:
        start, end, gone, word = found
        before = _WORD.findall(text[clause[0] : gone])
        after = _WORD.findall(text[end : clause[1]])
        kept_after = after[: rng.randint(MOST // 3, MOST)]
        kept_before = before[max(0, len(before) - MOST + len(kept_after)) :]
        kept = [*kept_before, *kept_after]
        if word in {"كم", "كم عدد", "ما عدد"} and after and text[end : end + 1] == " ":
            kept = [*kept_after, *kept_before]
        said = [self._varied(w, rng) for w in kept if rng.random() >= LEFT_OUT]
        if len(said) < FEWEST or text[start:end] in " ".join(said):
            return None
        if said[0].startswith("و") and said[0][1:] in self._counts:
            said[0] = said[0][1:]
        return f"{word} {' '.join(said)}؟"

    def _varied(self, word: str, rng: random.Random) -> str:
        """The word, or one that goes to the same English word."""
        if rng.random() >= REPLACED or word.isdigit():
            return word
        english = self._words.into["en"].get(word)
        back = self._words.into["ar"].get(english[0][0]) if english else None
        if not back:
            return word
        others, weights = zip(*back, strict=True)
        return str(rng.choices(others, weights)[0])


def _arabic(folder: Path, name: str) -> Iterator[str]:
    for pair in read_pairs(folder / "lexicon" / f"{name}.tsv.gz"):
        if " " not in pair.ar and detect_language(pair.ar) == "ar":
            yield pair.ar


def _texts(folder: Path, name: str) -> Iterator[str]:
    """Paragraphs, short ones joined with what follows them in the file."""
    text = ""
    for line in read_lines(folder / "mono" / f"{name}.txt.gz"):
        if text and len(text) + len(line) > LONGEST:
            yield text
            text = ""
        text = f"{text} {line}".strip()
    if text:
        yield text


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, or their parts where marks divide them and enough is left to ask with."""
    for start, end in sentence_spans(text):
        cuts: Sequence[int] = [m.end() for m in _BREAK.finditer(text, start, end)]
        left = start
        for cut in [*cuts, end]:
            if text.count(" ", left, cut) > FEWEST + 2 or cut == end:
                yield left, cut
                left = cut
