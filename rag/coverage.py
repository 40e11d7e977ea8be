"""How much of a question's weight a passage holds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.types import Lang

if TYPE_CHECKING:
    from rag.store import Store


@dataclass(frozen=True, slots=True)
class TermWeights:
    """Inverse document frequency of each term of a question among the passages of a language."""

    weights: Mapping[str, float]

    def coverage(self, passage_terms: Iterable[str]) -> float:
        """Share of the weight whose terms are among ``passage_terms``, 0 to 1.

        >>> TermWeights({"rare": 3.0, "common": 1.0}).coverage(["rare"])
        0.75
        """
        total = sum(self.weights.values())
        if not total:
            return 0.0
        present = set(passage_terms)
        return sum(w for term, w in self.weights.items() if term in present) / total


def term_weights(store: Store, terms: Sequence[str], lang: Lang) -> TermWeights:
    """Weights ``ln(1 + (N - n + 0.5) / (n + 0.5))`` (BM25's, never negative) of ``terms``."""
    count = store.chunk_count(lang)
    frequencies = store.document_frequencies(terms, lang)
    return TermWeights(
        {
            term: math.log(
                1 + (count - frequencies.get(term, 0) + 0.5) / (frequencies.get(term, 0) + 0.5)
            )
            for term in terms
        }
    )
