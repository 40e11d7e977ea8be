from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from rag.text import detect_language
from rag.types import Lang
from training import lengths
from training.data.align import align
from training.data.files import Pair, Row
from training.data.words import Dictionary
from training.data.wordwise import Wordwise
from training.encoder import bank, examples, losses, words
from training.encoder.evaluate import _score
from training.encoder.negatives import hard_negatives
from training.settings import load

CONFIG = Path(__file__).parents[2] / "training" / "config.toml"


def test_hard_negatives_share_words_but_not_the_answer() -> None:
    texts = [
        "The capital of Kazakhstan is Astana.",
        "Kazakhstan has a capital, called Astana, since 1997.",
        "The capital of Kyrgyzstan is Bishkek.",
        "Bees make honey.",
    ]
    asked = "What is the capital of Kazakhstan?"
    answers = ("Astana", "Astana", "Bishkek", "honey")
    rows = [
        Row("en", asked, text, ((answer, text.index(answer)),), "set", "", "en")
        for text, answer in zip(texts, answers, strict=True)
    ]
    arabic = Row("ar", "ما العاصمة؟", "العاصمة أستانا", (("أستانا", 8),), "set", "", "ar")
    found = hard_negatives([*rows, arabic])
    assert found[0][0] == texts[2]
    assert texts[1] not in found[0]
    assert found[4] == []


def test_retrieval_loss_falls_as_questions_near_their_passages() -> None:
    passages, gold = torch.eye(4), torch.tensor([2, 0])
    right = losses.retrieval_loss(passages[[2, 0]], passages, gold)
    wrong = losses.retrieval_loss(passages[[1, 3]], passages, gold)
    assert right < 0.01 < wrong


def test_distance_is_least_at_what_is_wanted() -> None:
    wanted = torch.eye(3)
    assert losses.distance(wanted, wanted) == 0
    assert losses.distance(wanted[[1, 2, 0]], wanted) == 1


def test_cosines_beside_words_are_the_weighted_mean() -> None:
    vectors, words = torch.eye(2), torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    joined = losses.beside(vectors, words, 0.6)
    assert float(joined[0] @ joined[1]) == pytest.approx(0.6 / 1.6)


def test_words_that_align_are_alike_across_languages() -> None:
    found = align([([0, 1], [4, 5]), ([0], [4]), ([1], [5]), ([2], [6])] * 3)
    is_arabic = np.array([False] * 4 + [True] * 4)
    table = words._aligned(found, is_arabic, 512, 0)
    np.testing.assert_allclose(np.linalg.norm(table, axis=1), 1, atol=1e-5)
    near = table @ table.T
    assert near[0, 4] > 0.75
    assert near[2, 6] > 0.75
    assert abs(near[0, 5]) < 0.35
    assert abs(near[3, 7]) < 0.2  # 7 aligns with nothing


def test_rare_words_weigh_and_special_pieces_do_not() -> None:
    weights = words._rarity([[0, 6, 7], [6], [6, 8]], 9, 3)
    assert weights[0] == 0
    assert weights[6] == 0
    assert weights[7] > 0
    assert weights[7] == weights[8]


def _rows() -> list[Row]:
    def row(lang: Lang, question: str, passage: str, answer: str) -> Row:
        return Row(lang, question, passage, ((answer, passage.index(answer)),), "set", "", lang)

    return [
        row("en", "What is the capital of Kazakhstan?", "The capital is Astana now.", "Astana"),
        row("en", "Where is the capital?", "The capital is Astana now.", "Astana"),
        row("en", "What do bees make?", "Bees make honey in summer.", "honey"),
        row("ar", "ما العاصمة؟", "العاصمة هي أستانا.", "أستانا"),
    ]


def _sets() -> examples.Sets:
    dictionary = Dictionary(
        {"ar": {"capital": [("عاصمة", 1.0)]}, "en": {"العاصمة": [("capital", 1.0)]}}
    )
    wordwise = Wordwise(dictionary, {})
    shelves = examples._shelves(_rows(), dictionary, wordwise, random.Random(0))
    news = 2 * [
        "قالت الوزارة إن المصنع الجديد سيفتح أبوابه في المدينة قبل نهاية العام الحالي. " * 4
    ]
    settings = load(CONFIG).encoder
    examples._add_news(shelves["ar"], news, dictionary, settings, random.Random(0))
    return examples.Sets(shelves, [Pair("Good morning", "صباح الخير"), Pair("Bread", "خبز")])


def test_passages_in_arabic_words_are_meant_as_the_english_ones() -> None:
    shelves = _sets().shelves
    assert shelves["en"].passages == ["The capital is Astana now.", "Bees make honey in summer."]
    assert shelves["arabic words"].meant == shelves["en"].passages
    assert all(detect_language(text) == "ar" for text in shelves["arabic words"].passages)
    assert len(shelves["arabic words"].questions) == 3
    assert len(shelves["ar"].passages) == len(shelves["ar"].meant) == 2  # one of news


def test_a_question_of_news_is_in_words_of_its_paragraph() -> None:
    question = _sets().shelves["ar"].questions[-1]
    said = question.wordings[0].split()
    assert len(said) >= 3
    assert all(word in question.passage for word in said)


def test_a_step_has_every_passage_it_asks_for_among_its_candidates() -> None:
    sets, settings = _sets(), replace(load(CONFIG).encoder, batch_questions=1, candidates=3)
    steps = list(examples.epoch(sets, settings, 1, 7, 0))
    assert len(steps) == 8
    for step in steps:
        shelf = sets.shelves[step.shelf]
        asked = next(q for q in shelf.questions if step.questions[0] in q.wordings)
        assert step.candidates[step.gold[0]] in {q.passage for q in shelf.questions}
        assert step.asked[0] == asked.wordings[0]
        assert len(step.candidates) == len(set(step.candidates)) == min(3, len(shelf.passages))
    assert steps == list(examples.epoch(sets, settings, 1, 7, 0))
    assert steps != list(examples.epoch(sets, settings, 1, 7, 1))


def test_a_bank_gives_each_text_its_own_vectors() -> None:
    device = torch.device("cpu")
    known = bank.Bank(["a", "b"], torch.eye(2).half(), ["c"], torch.eye(3).half())
    assert known.meaning(["b", "a"], device).tolist() == [[0, 1], [1, 0]]
    assert known.words(["c", "a"], device).tolist() == [[0, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize("tokens", [64, 512, 4096])
def test_batches_hold_every_item_once_within_their_tokens(tokens: int) -> None:
    rng = random.Random(0)
    sizes = [rng.randint(3, 300) for _ in range(500)]
    made = lengths.batches(range(500), sizes, tokens, rng)
    assert sorted(i for batch in made for i in batch) == list(range(500))
    for batch in made:
        longest = -(-max(sizes[i] for i in batch) // lengths.MULTIPLE) * lengths.MULTIPLE
        assert len(batch) == 1 or len(batch) * longest <= tokens


def test_ranks_of_the_grid() -> None:
    scores = np.array([[0.9, 0.1, 0.5], [0.9, 0.8, 0.7], [0.3, 0.3, 0.3]], np.float32)
    score = _score("set", "en → ar", scores, np.array([0, 1, 2]))
    assert score.recall[1] == pytest.approx(1 / 3)  # the tie counts against
    assert score.recall[5] == 1
    assert score.mrr == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
