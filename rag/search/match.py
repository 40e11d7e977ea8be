"""Soft lexical match: how well each word of a question is met somewhere in a text.

Each word piece of the question looks for its nearest piece in the text, by cosine similarity of
their static vectors, and the similarities are averaged: MaxSim (Khattab & Zaharia 2020, "ColBERT").
Arabic pieces lie near the English ones they translate (:mod:`rag.models.pieces`), so the match
works across languages, where words are never the same. It needs no pass through a transformer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rag.language.covered import Covered
from rag.language.terms import is_stopword
from rag.language.text import tokens
from rag.language.transliterate import concepts

if TYPE_CHECKING:
    from rag.models.encoder import Encoder


def soft_matches(question: str, texts: Sequence[str], encoder: Encoder) -> list[float]:
    """Mean over the question's content words of the best cosine in each text, about 0 to 1.

    A word's own value is the mean over its pieces.
    """
    words = content_words(question)
    vectors = encoder.piece_vectors([*words, *texts])
    asked = [word for word in vectors[: len(words)] if len(word)]
    if not asked:
        return [0.0] * len(texts)
    pieces = np.concatenate(asked)
    weights = np.concatenate([np.full(len(w), 1 / (len(w) * len(asked))) for w in asked])
    found = vectors[len(words) :]
    full = [i for i, text in enumerate(found) if len(text)]
    matches = np.zeros(len(texts))
    if full:
        starts = np.cumsum([0, *(len(found[i]) for i in full[:-1])])
        nearest = np.maximum.reduceat(
            pieces @ np.concatenate([found[i] for i in full]).T, starts, axis=1
        )
        matches[full] = weights @ nearest
    return [float(match) for match in matches]


def content_words(question: str) -> list[str]:
    """The words of ``question`` that are neither stopwords nor names known by code.

    Known names are matched exactly elsewhere; when nothing else is left they are kept.

    >>> content_words("How many troops were sent by the CSTO?")
    ['troops', 'sent']
    """
    words = list(tokens(question))
    known = Covered((first.start, last.end) for _, first, last in concepts(words))
    telling = [word for word in words if not is_stopword(word.form)]
    unknown = [word for word in telling if not known.holds(word.start, word.end)]
    return [question[w.start : w.end] for w in unknown or telling or words]
