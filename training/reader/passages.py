"""The passages of one set: what stands around a sentence, and what would not answer a question."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from rag.language.text import Lang, fold
from training.data.files import Row

NEAR = 6
"""Passages to either side in the file that count as near where titles say nothing."""
TRIES = 8


class Passages:
    """Distinct passages of a set, by their language and the text that they are from."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._all: dict[Lang, list[str]] = defaultdict(list)
        self._place: dict[str, int] = {}
        self._texts: dict[tuple[Lang, str], list[str]] = defaultdict(list)
        self._sentences = bool(rows) and all(_sentence(row.title) for row in rows)
        for row in {row.passage: row for row in rows}.values():
            self._place[row.passage] = len(self._all[row.lang])
            self._all[row.lang].append(row.passage)
            self._texts[_text(row)].append(row.passage)

    def glued(self, row: Row, most: int, rng: random.Random, shun: Sequence[str] = ()) -> Row:
        """A single sentence with others of its text around it; other rows stay as they are.

        No sentence comes in that holds one of the folded texts in ``shun``.
        """
        if not self._sentences:
            return row
        others = [p for p in self._texts[_text(row)] if p != row.passage]
        rng.shuffle(others)
        before: list[str] = []
        after: list[str] = []
        length = len(row.passage)
        for other in others[: rng.randint(0, 4)]:
            if length + len(other) < most and not _holds(other, shun):
                (before if rng.random() < 0.5 else after).append(other)
                length += len(other)
        left = "".join(f"{text} " for text in before)
        answers = tuple((text, start + len(left)) for text, start in row.answers)
        passage = left + " ".join([row.passage, *after])
        return replace(row, passage=passage, answers=answers)

    def without_answer(self, row: Row, most: int, rng: random.Random) -> Row:
        """The question over another passage of the same text and language without its answer.

        Where titles say nothing, a passage near in the file stands in. The row itself where a few
        tries find none.
        """
        shun = [fold(text) for text, _ in row.answers]
        for _ in range(TRIES):
            other = rng.choice(self._candidates(row))
            if other != row.passage and not _holds(other, shun):
                lone = replace(row, passage=other, answers=())
                return self.glued(lone, most, rng, [*shun, fold(row.passage)])
        return row

    def _candidates(self, row: Row) -> list[str]:
        own = self._texts[_text(row)] if row.title else []
        return own if len(own) > 1 else self._near(row)

    def _near(self, row: Row) -> list[str]:
        place = self._place.get(row.passage, 0)
        return self._all[row.lang][max(0, place - NEAR) : place + NEAR + 1]


def _holds(passage: str, texts: Sequence[str]) -> bool:
    folded = fold(passage)
    return any(text in folded for text in texts)


def _sentence(title: str) -> bool:
    """Titles such as ``Wiki1k:wikinews:844279:15:2`` name a sentence: text, paragraph, place."""
    return title.startswith("Wiki1k:")


def _text(row: Row) -> tuple[Lang, str]:
    title = row.title
    return row.lang, ":".join(title.split(":")[:3]) if _sentence(title) else title
