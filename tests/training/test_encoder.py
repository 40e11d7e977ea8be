from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from training import lengths
from training.data.files import Row
from training.encoder.evaluate import _score
from training.encoder.losses import distillation_loss, retrieval_loss
from training.encoder.negatives import hard_negatives


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
    passages = torch.eye(4)
    right = retrieval_loss(passages[:2], passages, ["a", "b", "c", "d"])
    wrong = retrieval_loss(passages[[1, 0]], passages, ["a", "b", "c", "d"])
    assert right < 0.01 < wrong


def test_a_passage_does_not_count_against_itself() -> None:
    passages = torch.eye(4)[[0, 0, 1]]
    assert retrieval_loss(passages[:2], passages, ["a", "a", "b"]) < 0.01
    assert retrieval_loss(passages[:2], passages, ["a", "b", "c"]) > 0.5


def test_distillation_loss_is_least_where_the_teacher_is() -> None:
    teacher = torch.eye(3)
    at_it = distillation_loss(teacher, teacher, teacher)
    assert at_it < distillation_loss(teacher, teacher[[1, 2, 0]], teacher)
    assert at_it < distillation_loss(teacher[[1, 2, 0]], teacher, teacher)


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
