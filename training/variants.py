"""Development questions, and the ways to take their answers away."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.answer.lacking import asked_facts
from rag.language.text import LANGS, Lang


@dataclass(frozen=True, slots=True)
class DevQuestion:
    """A question with its answer in both languages: text and offset in paragraph ``gold``."""

    id: str
    text: str
    lang: Lang
    gold: int
    article: int
    answers: dict[Lang, tuple[str, int]]


def read(files: dict[Lang, Path]) -> list[DevQuestion]:
    """The questions of a parallel pair of SQuAD-format files, matched by id."""
    rows = {lang: dict(_rows(file)) for lang, file in files.items()}
    return [
        DevQuestion(id_, row[0], lang, row[1], row[2], {p: rows[p][id_][3] for p in LANGS})
        for lang in LANGS
        for id_, row in rows[lang].items()
    ]


def _rows(file: Path) -> Iterator[tuple[str, tuple[str, int, int, tuple[str, int]]]]:
    gold = 0
    for number, article in enumerate(json.loads(file.read_text("utf-8"))["data"]):
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"]:
                answer = qa["answers"][0]
                span = (answer["text"], answer["answer_start"])
                yield qa["id"], (qa["question"], gold, number, span)
            gold += 1


def swapped(questions: Sequence[DevQuestion], seed: int = 5) -> list[DevQuestion]:
    """Questions with one name exchanged for that of another article, or one year moved.

    Those without a name or a year are left out. What is asked then never happened, or not so:
    the right person and the wrong event, the right event and another year.
    """
    rng = random.Random(seed)
    pool = [
        (q.lang, q.article, q.text[a:b]) for q in questions for a, b, year in _spans(q) if not year
    ]
    changed = []
    for question in questions:
        spans = _spans(question)
        if not spans:
            continue
        start, end, is_year = rng.choice(spans)
        old = question.text[start:end]
        others = [
            name
            for lang, article, name in pool
            if lang == question.lang and article != question.article
            if name[0].isascii() == old[0].isascii()
        ]
        if is_year:
            new = str(int(old) + rng.choice((-23, -11, -7, 7, 11, 23)))
        elif others:
            new = rng.choice(others)
        else:
            continue
        changed.append(replace(question, text=question.text[:start] + new + question.text[end:]))
    return changed


def _spans(question: DevQuestion) -> list[tuple[int, int, bool]]:
    """Names (neighbouring words as one) and years of a question: (start, end, is a year)."""
    spans: list[tuple[int, int, bool]] = []
    for fact in asked_facts(question.text):
        if fact.kind == "name":
            joins = spans and not spans[-1][2] and question.text[spans[-1][1] : fact.start] == " "
            start = spans.pop()[0] if joins else fact.start
            spans.append((start, fact.end, False))
        elif fact.text.isdigit() and len(fact.text) == 4:
            spans.append((fact.start, fact.end, True))
    return spans
