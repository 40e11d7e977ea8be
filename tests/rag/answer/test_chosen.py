"""How many sentences are quoted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answer.extractive import MOST_OF_LIST, MOST_STATEMENTS, chosen
from rag.models.reading import ReadSpan
from tests.rag.answer.found import make_candidate, make_hit
from tests.rag.samples import question

CITIES = ("Oslo", "Rome", "Paris", "Cairo", "Tunis", "Sfax", "Homs")


def test_of_differing_articles_only_a_few_are_heard() -> None:
    found = []
    for rank, count in enumerate((10, 20, 30, 40, 50, 60), 1):
        text = f"The storm killed {count} people."
        span = ReadSpan(text.index(str(count)), text.index(str(count)) + 2, 9.0)
        found.append(make_candidate(make_hit(text, rank), span=span))
    assert len(chosen(question("How many were killed?"), found)) == MOST_STATEMENTS


@pytest.mark.parametrize("listed", [True, False])
def test_of_a_list_every_sentence_with_items_is_quoted_up_to_a_limit(listed: bool) -> None:
    text = " ".join(f"They saw {city}." for city in CITIES)
    hit, found = make_hit(text), []
    for city in CITIES:
        sentence = f"They saw {city}."
        start = text.index(sentence)
        span = ReadSpan(9, 9 + len(city), 9.0)
        one = make_candidate(hit, start, start + len(sentence), span=span)
        found.append(replace(one, items=(span,)) if listed else one)
    taken = chosen(question("Which cities did they see?"), found)
    assert len(taken) == (MOST_OF_LIST if listed else 2)
    assert [c.start for c in taken] == sorted(c.start for c in taken)
