"""Which facts of a question its best passage lacks, and the article around it.

Of an article as long as a book, what counts is its beginning and what stands around the passage.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from datetime import date

from rag.language.facts import Fact, dates, names, numbers, passage_values, years
from rag.language.transliterate import MARK
from rag.types import Hit, Question

IN_ARTICLE_ONLY = 0.5
"""How missing a fact is that the passage lacks and its article has."""

LONGEST_READ = 30_000
"""Characters of an article that are looked through for what its passage lacks.

Hardly an article of a newspaper is longer, and such a one is looked through as a whole. In a book,
nearly every year and country stands somewhere: that says nothing about a passage far from there.
"""

BEGINNING = 6_000
"""How many of them are taken from the beginning of a longer article; the rest surround the passage.
"""

_FIRST_WORD = re.compile(r"\A\S*")
_LAST_WORD = re.compile(r"(?<!\S)\S*\Z")


@dataclass(frozen=True, slots=True)
class Lack:
    """A fact of the question, and how missing it is.

    ``share`` is 0 where the passage has the fact, 1 where nothing that is known of its article
    has it either, and :data:`IN_ARTICLE_ONLY` in between.
    """

    fact: Fact
    share: float


def lacking(question: Question, hit: Hit) -> list[Lack]:
    """Each fact of ``question``, and whether the passage of ``hit`` and its article have it.

    What it costs does not grow with articles longer than :data:`LONGEST_READ`.
    """
    about = "\n".join((hit.article.title, hit.article.published or "", hit.chunk.heading))
    near = passage_values(f"{about}\n{hit.chunk.text}") | _published(hit.article.published)
    facts = asked_facts(question.standalone)
    absent = [fact for fact in facts if not _said(fact, near)]
    article = passage_values(_looked_through(hit)) | near if absent else set()

    def share(fact: Fact) -> float:
        if fact not in absent:
            return 0.0
        return IN_ARTICLE_ONLY if _said(fact, article) else 1.0

    return [Lack(fact, share(fact)) for fact in facts]


def _said(fact: Fact, values: Set[str]) -> bool:
    """Whether ``values`` have the fact; of a month with its year, both."""
    if values.isdisjoint(fact.values):
        return False
    return all(year.values[0] in values for year in years(fact.text))


def _published(published: str | None) -> set[str]:
    """The values of a day of publication: an article says "on Friday" and means that week's."""
    try:
        day = date.fromisoformat((published or "")[:10])
    except ValueError:
        return set()
    month, weekday = f"{MARK}m{day.month}", f"{MARK}w{day.isoweekday()}"
    return {month, weekday, str(day.year), str(day.day)}


def asked_facts(question: str) -> list[Fact]:
    """Names, numbers and dates that a question mentions, each once, in its order."""
    facts = [*names(question), *numbers(question), *dates(question), *years(question)]
    distinct: list[Fact] = []
    for fact in sorted(facts, key=lambda f: (f.start, -f.end)):
        if fact.values and not any(f.start <= fact.start and fact.end <= f.end for f in distinct):
            distinct.append(fact)
    return distinct


def _looked_through(hit: Hit) -> str:
    """The article of ``hit``; of a long one its beginning and what surrounds the passage."""
    text = hit.article.text  # whose beginning is what surrounds a title
    if len(text) <= LONGEST_READ:
        return text
    reach = (LONGEST_READ - BEGINNING) // 2
    start = min(max(hit.chunk.start - reach, 0), len(text) - 2 * reach)
    parts = (0, BEGINNING), (start, start + 2 * reach)
    return "\n".join(_whole_words(text, *part) for part in parts)


def _whole_words(text: str, start: int, end: int) -> str:
    """``text[start:end]`` without its first and last word, unless the text begins or ends there."""
    piece = text[start:end]
    if start:
        piece = _FIRST_WORD.sub("", piece)
    return piece if end == len(text) else _LAST_WORD.sub("", piece)
