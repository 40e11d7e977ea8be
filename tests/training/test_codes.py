from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from tokenizers import Tokenizer, models, pre_tokenizers

from tests.training.word_sums import word_sums
from training.data.align import Table
from training.data.files import Pair
from training.encoder import codes
from training.vocabulary.words import Words

ENGLISH = ["sun", "moon", "river", "city"]
ARABIC = ["شمس", "قمر", "نهر", "مدينة"]
RARITY = np.array([0, *[2] * 8], np.float32)
WORDS = Words(csr_matrix((9, 9)), RARITY)
ALONE = codes.Schedule(steps=60, batch=4, rate=0.05, seed=0)


def _tokenizer() -> Tokenizer:
    vocabulary = {word: row for row, word in enumerate(["[UNK]", *ENGLISH, *ARABIC])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


def _table() -> Table:
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (9, 16))
    return (signs / 4).astype(np.float32)


def _given() -> codes.Translations:
    pairs = [Pair(english, arabic) for english, arabic in zip(ENGLISH, ARABIC, strict=True)]
    return codes.translations(_tokenizer(), pairs, WORDS)


def test_codes_learn_to_tell_translations_apart() -> None:
    free = np.array([False] * 5 + [True] * 4)
    before = _table()
    table = codes.learn(before, _given(), free, ALONE)
    assert (table[:5] == before[:5]).all()
    cosines = codes.Codes.of(table, RARITY).vectors
    near = cosines[1:5] @ cosines[5:].T
    assert (near.argmax(1) == np.arange(4)).all()
    assert near.diagonal().min() > 0.25 > np.triu(near, 1).max()
    assert (codes.learn(before, _given(), free, ALONE) == table).all()


def test_codes_leave_to_the_encoder_what_it_tells_apart() -> None:
    sure, beside = torch.eye(4), replace(ALONE, weight=0.4)
    every = np.ones(9, bool)
    known = codes.learn(_table(), replace(_given(), meaning=(sure, sure)), every, beside)
    blind = torch.ones(4, 4) / 2
    unknown = codes.learn(_table(), replace(_given(), meaning=(blind, blind)), every, beside)
    moved = [np.abs(table - _table()).max() for table in (known, unknown)]
    assert moved[0] < moved[1] / 2


def test_a_code_keeps_its_length_as_weight() -> None:
    found = codes.Codes.of(np.array([[0, 0], [3, 4], [0, 1]], np.float32), RARITY[:3])
    assert found.vectors.tolist() == [[0, 0], pytest.approx([0.6, 0.8]), [0, 1]]
    assert found.weights.tolist() == [0, 10, 2]


def test_pieces_weigh_by_rarity_and_count() -> None:
    pairs = [Pair("sun sun river", "شمس"), Pair("", "قمر"), Pair("moon", "قمر نهر")]
    given = codes.translations(_tokenizer(), pairs, WORDS)
    assert given.english.shape == given.arabic.shape == (2, 9)  # one has no English
    assert isinstance(given.english, csr_matrix)
    found = codes.vectors(torch.from_numpy(_table()), given.english)
    expected = word_sums([[1, 1, 3], [2]], _table(), RARITY)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-6)


def test_pieces_that_are_one_word_weigh_together() -> None:
    same = np.arange(9)
    same[2] = 1  # as if "moon" were "Sun"
    words = replace(WORDS, same=same)
    given = codes.translations(_tokenizer(), [Pair("sun moon", "شمس")], words)
    assert given.english.indices.tolist() == [1]
    assert given.english.data == pytest.approx(2 * 2**0.5)
    drawn = words.codes(16, 0)
    assert (drawn[1] == drawn[2]).all()
    assert not (drawn[1] == drawn[3]).all()
