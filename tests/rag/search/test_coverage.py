from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.text import Lang
from rag.search.coverage import BACKGROUND, WordWeights, rarity, word_weights
from rag.store import Store

weights = st.dictionaries(
    st.lists(st.sampled_from("abcdef"), min_size=1, max_size=2, unique=True).map(tuple),
    st.floats(0, 10),
    max_size=6,
)


class Counts:
    """As much of a store as weighing needs: four passages, of which three hold "war"."""

    def chunk_count(self, lang: Lang) -> int:
        return {"en": 4, "ar": 0}[lang]

    def document_frequencies(self, terms: Sequence[str], lang: Lang) -> dict[str, int]:
        found = {"war": 3, "peace": 1} if lang == "en" else {}
        return {term: count for term, count in found.items() if term in terms}


STORE = cast(Store, Counts())


def test_rarity_against_values_by_hand() -> None:
    assert rarity(3, 4) == pytest.approx(math.log(1 + 1.5 / 3.5))
    assert rarity(0, 0) == pytest.approx(math.log(2))
    assert rarity(1000, 1000) > 0


def test_a_word_is_as_common_as_its_commonest_term() -> None:
    words = [("war", "~wr"), ("war", "peace"), ("peace",), ("treaty",)]
    count = 4 + BACKGROUND
    assert word_weights(STORE, words, "en").weights == {
        ("war", "~wr"): pytest.approx(math.log(1 + (count - 2.5) / 3.5)),
        ("war", "peace"): pytest.approx(math.log(1 + (count - 2.5) / 3.5)),
        ("peace",): pytest.approx(math.log(1 + (count - 0.5) / 1.5)),
        ("treaty",): pytest.approx(math.log(1 + (count + 0.5) / 0.5)),
    }


def test_weights_in_an_empty_store() -> None:
    found = word_weights(STORE, [("war",)], "ar").weights
    assert found == {("war",): pytest.approx(math.log(1 + (BACKGROUND + 0.5) / 0.5))}
    assert word_weights(STORE, [], "en").weights == {}


def test_coverage_against_values_by_hand() -> None:
    question = WordWeights({("rare", "~rr"): 3.0, ("common",): 1.0})
    assert question.coverage(["common", "common", "other"]) == 0.25
    assert question.coverage(["~rr"]) == 0.75
    assert question.coverage(["rare", "~rr"]) == 0.75
    assert question.coverage(["rare", "common"]) == 1.0
    assert question.coverage([]) == 0.0
    assert WordWeights({}).coverage(["rare"]) == 0.0


@given(weights, st.lists(st.sampled_from("abcdefgh")), st.sampled_from("abcdefgh"))
def test_coverage_is_a_share_that_only_grows(
    given_weights: dict[tuple[str, ...], float], terms: list[str], more: str
) -> None:
    question = WordWeights(given_weights)
    covered = question.coverage(terms)
    assert 0 <= covered <= 1
    assert covered <= question.coverage([*terms, more])
