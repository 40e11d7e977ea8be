"""Near misses by rule: a question that asks for another name, year or number than the passage's."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from rag.answer.lacking import asked_facts
from rag.language.text import LANGS, Lang, fold
from training.data.files import Row

POOL = 4000
"""Questions of a language that names are taken from, at most."""
YEARS_APART = (-12, -5, -3, -2, -1, 1, 2, 3, 5, 12)
TRIES = 8

Span = tuple[int, int]


class Exchange:
    """Names of many questions, to be put into others."""

    def __init__(self, rows: Sequence[Row]) -> None:
        rng = random.Random("names")
        self._names: dict[Lang, list[str]] = {}
        for lang in LANGS:
            questions = sorted({row.question for row in rows if row.question_lang == lang})
            some = rng.sample(questions, min(POOL, len(questions)))
            named = {text[a:b] for text in some for a, b in _parts(text)[0]}
            self._names[lang] = sorted(named)

    def row(self, row: Row, rng: random.Random) -> Row:
        """The row with one name or figure of its question exchanged, and so without an answer.

        Itself where the question holds neither.
        """
        names, figures = _parts(row.question)
        if not names and not figures:
            return row
        start, end = rng.choice([*names, *figures])
        old = row.question[start:end]
        said = fold(f"{row.title} {row.before} {row.passage}")
        for _ in range(TRIES):
            new = self._other(old, row.question_lang, (start, end) in figures, rng)
            if new and fold(new) not in said and fold(new) != fold(old):
                question = row.question[:start] + new + row.question[end:]
                return replace(row, question=question, answers=())
        return row

    def _other(self, old: str, lang: Lang, figure: bool, rng: random.Random) -> str | None:
        if figure:
            value = int(old)
            near = value + rng.choice(YEARS_APART) if value > 12 else rng.randint(1, 30)
            return str(near) if near > 0 else None
        alike = [
            name
            for name in self._names.get(lang, [])
            if name[0].isascii() == old[0].isascii() and (" " in name) == (" " in old)
        ]
        return rng.choice(alike) if alike else None


def _parts(question: str) -> tuple[list[Span], list[Span]]:
    """Names, neighbouring words as one, and whole numbers of a question."""
    names: list[Span] = []
    figures: list[Span] = []
    for fact in asked_facts(question):
        if fact.kind == "name":
            joins = names and question[names[-1][1] : fact.start] == " "
            names.append((names.pop()[0] if joins else fact.start, fact.end))
        elif fact.text.isdecimal() and fact.text.isascii():
            figures.append((fact.start, fact.end))
    return names, figures
