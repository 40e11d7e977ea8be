"""F1 and exact match as SQuAD scores them, for English and for Arabic."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def normalised(text: str) -> list[str]:
    """Lower-case words without punctuation and English articles.

    >>> normalised("The CSTO's, troops.")
    ['cstos', 'troops']
    """
    kept = "".join(c for c in text.lower() if not unicodedata.category(c).startswith("P"))
    return _ARTICLES.sub(" ", kept).split()


def f1(answer: str, gold: str) -> float:
    """Harmonic mean of word precision and recall, 0 to 1."""
    found, right = normalised(answer), normalised(gold)
    same = sum((Counter(found) & Counter(right)).values())
    return 2 * same / (len(found) + len(right)) if same else 0.0


def exact(answer: str, gold: str) -> bool:
    """Whether both are the same after normalising."""
    return normalised(answer) == normalised(gold)


def best_f1(answer: str, golds: Sequence[str]) -> float:
    """The best F1 over the golds."""
    return max(f1(answer, gold) for gold in golds)
