from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from rag.language.text import Lang, detect_language
from tests.training.word_sums import word_sums
from training import lengths
from training.data.files import Pair, Row
from training.data.words import Dictionary
from training.data.wordwise import Wordwise
from training.encoder import bank, examples, losses, word_transformer
from training.encoder.evaluate import score_of
from training.encoder.negatives import hard_negatives
from training.settings import load
from training.vocabulary.words import Words

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
    assert texts[3] not in found[0]  # shares no word


def test_retrieval_loss_falls_as_questions_near_their_passages() -> None:
    passages, gold = torch.eye(4), torch.tensor([2, 0])
    right = losses.retrieval_loss(passages[[2, 0]], passages, gold)
    wrong = losses.retrieval_loss(passages[[1, 3]], passages, gold)
    assert right < 0.01 < wrong


def test_distance_is_least_at_what_is_wanted() -> None:
    wanted = torch.eye(3)
    assert losses.distance(wanted, wanted) == 0
    assert losses.distance(wanted[[1, 2, 0]], wanted) == 1


def _words() -> Words:
    """Eight pieces; 5 means 1, 6 means 1 or 2, 0 is a special one."""
    links = csr_matrix(([1.0, 0.5, 0.5], ([5, 6, 6], [1, 1, 2])), (8, 8))
    return Words(links, np.array([0, 3, 4, 5, 2, 3, 4, 5], np.float32))


def test_codes_of_linked_pieces_are_alike() -> None:
    codes = _words().codes(512, 0)
    np.testing.assert_allclose(np.linalg.norm(codes, axis=1), 1, atol=1e-5)
    near = codes @ codes.T
    assert near[1, 5] > 0.75
    assert near[1, 6] == pytest.approx(near[2, 6], abs=0.15)
    assert abs(near[2, 5]) < 0.2
    assert abs(near[3, 7]) < 0.2  # 7 is linked with nothing


def _codes(dimension: int) -> NDArray[np.float32]:
    """Random ones of eight pieces."""
    signs = np.random.default_rng(1).choice([-1.0, 1.0], (8, dimension)).astype(np.float32)
    codes: NDArray[np.float32] = signs / np.linalg.norm(signs, axis=1, keepdims=True)
    return codes


def test_the_word_transformer_sums_codes_by_rarity_and_count() -> None:
    codes, rarity = _codes(512 - word_transformer.RESERVED), _words().rarity
    rarity[1] = 0  # means nothing, as [UNK]
    model: Any = word_transformer.build(codes, rarity, (0, 0), 0.8)
    model.eval()
    texts = [[1, 2, 3, 4], [4, 4, 4, 4, 7, 1], [2], [6, 5, 6]]
    sums = torch.from_numpy(word_sums(texts, codes, rarity))
    expected = torch.nn.functional.pad(sums, (0, word_transformer.RESERVED))
    for row, wanted in zip(texts, expected, strict=True):
        ids = torch.tensor([[0, *row, 0, 0, 0]])  # the last two are padding
        mask = torch.tensor([[1] * (len(row) + 2) + [0, 0]])
        with torch.inference_mode():
            found = model(ids, attention_mask=mask).last_hidden_state[0, :-2].mean(0)
        assert float(found.norm()) == pytest.approx(0.8**0.5, rel=0.02)
        cosine = torch.nn.functional.cosine_similarity(found, wanted, dim=0)
        assert float(cosine) > 0.99


def _rows() -> list[Row]:
    def row(lang: Lang, question: str, passage: str, answer: str) -> Row:
        return Row(lang, question, passage, ((answer, passage.index(answer)),), "set", "", lang)

    return [
        row("en", "What is the capital of Kazakhstan?", "The capital is Astana now.", "Astana"),
        row("en", "Where is the capital?", "The capital is Astana now.", "Astana"),
        row("en", "What do bees make?", "Bees make honey in summer.", "honey"),
    ]


def _sets() -> examples.Sets:
    dictionary = Dictionary(
        {"ar": {"capital": [("عاصمة", 1.0)]}, "en": {"العاصمة": [("capital", 1.0)]}}
    )
    pairs = [
        Pair("Good morning", "صباح الخير"),
        Pair("Bread", "خبز"),
        Pair("yes " * 60, "نعم " * 60),
    ]
    arabic = [
        examples.Question("هي أستانا.", ("النحل يصنع العسل.",), ("ما العاصمة؟",)),
        examples.Question("هي أستانا.", (), ("أين العاصمة؟",)),
        examples.Question("النحل يصنع العسل.", ("هي أستانا.",), ("ماذا يصنع النحل؟",)),
    ]
    wordwise = Wordwise(dictionary, {})
    return examples.build_sets(_rows(), pairs, arabic, wordwise, dictionary, random.Random(0))


def test_passages_in_arabic_words_are_meant_as_the_english_ones() -> None:
    sets = _sets()
    assert sets.passages == ["The capital is Astana now.", "Bees make honey in summer."]
    assert [english for _, english in sets.in_arabic] == sets.passages
    assert all(detect_language(arabic) == "ar" for arabic, _ in sets.in_arabic)


def test_a_step_has_every_passage_it_asks_for_among_its_candidates() -> None:
    sets, settings = _sets(), replace(load(CONFIG).encoder, batch_questions=1, candidates=2)
    steps = list(examples.epoch(sets, settings, 1, 7, 0))
    assert len(steps) == 3
    for step in steps:
        asked = next(q for q in sets.questions if step.questions[0] in q.wordings)
        assert step.candidates[step.gold[0]] == asked.passage
        assert step.asked[0] == asked.wordings[0]
        assert len(step.candidates) == len(set(step.candidates)) == 2
    assert steps == list(examples.epoch(sets, settings, 1, 7, 0))
    assert steps != list(examples.epoch(sets, settings, 1, 7, 1))


def test_a_translation_does_not_stand_against_itself() -> None:
    settings = replace(load(CONFIG).encoder, batch_questions=1, batch_pairs=1, candidates=60)
    for step in examples.epoch(_sets(), settings, 1, 7, 0):
        (pair,) = step.pairs
        assert step.against
        assert pair.en not in step.against


def test_questions_on_arabic_are_refused() -> None:
    dictionary = Dictionary({"ar": {}, "en": {}})
    rows = [*_rows(), Row("ar", "ما العاصمة؟", "هي أستانا.", (("أستانا", 3),), "news", "", "ar")]
    with pytest.raises(ValueError, match="news"):
        examples.build_sets(rows, [], [], Wordwise(dictionary, {}), dictionary, random.Random(0))


def test_arabic_questions_have_their_passages_first_among_the_candidates() -> None:
    sets = _sets()
    passage_of = {q.wordings[0]: q.passage for q in sets.arabic}
    settings = replace(load(CONFIG).encoder, batch_questions=1, batch_arabic=2)
    for step in examples.epoch(sets, settings, 1, 7, 0):
        assert [passage_of[asked] for asked in step.arabic] == step.arabic_candidates[:2]
        assert len(step.arabic_candidates) == len(set(step.arabic_candidates)) == 2


def test_sentences_in_a_row_make_passages() -> None:
    pairs = [Pair(f"Sentence {i}.", f"جملة {i}.") for i in range(40)]
    glued = list(examples.glue(pairs, 60, random.Random(0)))
    assert len(glued) > 8
    assert all(2 <= pair.en.count("Sentence") <= 7 and len(pair.en) < 70 for pair in glued)
    assert all(pair.en.count(".") == pair.ar.count(".") for pair in glued)
    assert " ".join(pair.en for pair in glued).startswith("Sentence 0. Sentence 1.")


def test_sentences_are_translations_and_long_ones_passages() -> None:
    sets, settings = (
        _sets(),
        replace(load(CONFIG).encoder, batch_questions=1, batch_passages=40),
    )
    step = next(examples.epoch(sets, settings, 1, 7, 0))
    assert all(len(pair.en.split()) < 60 for pair in step.pairs)
    meant = dict(step.passages)
    assert meant[sets.pairs[-1].ar] == sets.pairs[-1].en
    assert meant[sets.in_arabic[0][0]] == sets.in_arabic[0][1]
    assert meant[sets.passages[0]] == sets.passages[0]


def test_a_bank_gives_each_text_its_own_vectors() -> None:
    device = torch.device("cpu")
    known = bank.Bank(["a", "b"], torch.eye(2).half())
    assert known.vectors(["b", "a"], device).tolist() == [[0, 1], [1, 0]]


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
    score = score_of("set", "en → ar", scores, np.array([0, 1, 2]))
    assert score.recall[1] == pytest.approx(1 / 3)  # the tie counts against
    assert score.recall[5] == 1
    assert score.mrr == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
