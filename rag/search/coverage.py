"""How much of a question a passage holds: the share of its words, weighted by how rare each is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.language.text import Lang

if TYPE_CHECKING:
    from rag.store import Store
BACKGROUND = 500
"""Passages without any of the question's words that are added to the count of every store.

Without them, in a store of one article, the words that it is about would count as common as "the".
"""


@dataclass(frozen=True, slots=True)
class WordWeights:
    """The words of a question, each as the terms it may be met by, with how rare it is."""

    weights: Mapping[tuple[str, ...], float]

    def coverage(self, passage_terms: Iterable[str]) -> float:
        """Share of the weight whose words are met among ``passage_terms``, 0 to 1.

        >>> WordWeights({("rare",): 3.0, ("common", "~kmn"): 1.0}).coverage(["rare"])
        0.75
        """
        total = sum(self.weights.values())
        if not total:
            return 0.0
        present = set(passage_terms)
        return sum(w for terms, w in self.weights.items() if not present.isdisjoint(terms)) / total


def rarity(frequency: int, count: int) -> float:
    """``ln(1 + (N - n + 0.5) / (n + 0.5))``: BM25's inverse document frequency, never negative."""
    return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))


def word_weights(store: Store, words: Sequence[tuple[str, ...]], lang: Lang) -> WordWeights:
    """Weights of ``words`` among the passages of ``lang``.

    A word is as common as its commonest term.
    """
    count = store.chunk_count(lang) + BACKGROUND
    frequencies = store.document_frequencies([term for terms in words for term in terms], lang)
    return WordWeights(
        {terms: rarity(max(frequencies.get(term, 0) for term in terms), count) for terms in words}
    )
