from __future__ import annotations

import random

import numpy as np
import pytest

from training.data.files import Row
from training.reader.decode import LONGEST_SPAN, best_span
from training.reader.passages import Passages
from training.reader.scores import best_f1, exact, f1


def row(passage: str, answer: str, title: str) -> Row:
    return Row("en", "Who?", passage, ((answer, passage.index(answer)),), "set", title, "en")


SENTENCES = [
    row(f"Person{i} met guest{i}.", f"guest{i}", f"Wiki1k:wikinews:7:{i}:0") for i in range(6)
]


@pytest.mark.parametrize("seed", range(20))
def test_sentences_are_glued_and_answers_move_along(seed: int) -> None:
    glued = Passages(SENTENCES).glued(SENTENCES[2], 100, random.Random(seed))
    ((text, start),) = glued.answers
    assert glued.passage[start : start + len(text)] == "guest2"
    assert len(glued.passage) <= 110


@pytest.mark.parametrize("seed", range(20))
def test_no_passage_without_an_answer_holds_it(seed: int) -> None:
    other = Passages(SENTENCES).without_answer(SENTENCES[2], 100, random.Random(seed))
    assert other.answers == ()
    assert "guest2" not in other.passage


def test_a_wrong_passage_is_one_of_the_same_article() -> None:
    rows = [row(f"In {t}{i} came x{t}{i}.", f"x{t}{i}", t) for t in "ab" for i in range(3)]
    found = Passages(rows).without_answer(rows[0], 100, random.Random(1))
    assert found.passage in {rows[1].passage, rows[2].passage}


def test_a_row_stays_where_every_other_passage_holds_its_answer() -> None:
    rows = [row(f"{i} saw Ann.", "Ann", "t") for i in range(4)]
    assert Passages(rows).without_answer(rows[0], 100, random.Random(1)) == rows[0]


def test_the_best_span_is_within_the_passage_and_in_order() -> None:
    start = np.array([1, 9, 0, 2, 5, 0], np.float32)
    end = np.array([1, 9, 0, 8, 3, 0], np.float32)
    offsets = [(0, 0), (0, 3), (0, 0), (0, 4), (5, 9), (0, 0)]
    inside = [False, False, False, True, True, False]
    span = best_span(start, end, offsets, inside)
    assert (span.start, span.end) == (0, 4)  # 2 + 8; 5 + 8 would run backwards
    assert span.margin == 8


def test_no_span_is_longer_than_allowed() -> None:
    size = LONGEST_SPAN + 10
    start, end = np.zeros(size, np.float32), np.zeros(size, np.float32)
    start[1], end[-1], end[5] = 9, 9, 1
    span = best_span(start, end, [(i, i + 1) for i in range(size)], [False] + [True] * (size - 1))
    assert (span.start, span.end) == (1, 6)


def test_a_passage_without_pieces_has_no_span() -> None:
    span = best_span(np.zeros(2, np.float32), np.zeros(2, np.float32), [(0, 0)] * 2, [False] * 2)
    assert (span.start, span.end, span.margin) == (0, 0, float("-inf"))


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("the CSTO's troops", "CSTO's troops", 1.0),
        ("2,500 جندي", "2500 جندي", 1.0),
        ("Almaty", "in Almaty city", 0.5),
        ("", "Almaty", 0.0),
    ],
)
def test_f1(answer: str, gold: str, score: float) -> None:
    assert f1(answer, gold) == score
    assert exact(answer, gold) is (score == 1.0)
    assert best_f1(answer, ["nothing", gold]) == score
