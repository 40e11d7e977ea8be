"""Hard negatives: passages that share words with a question but do not answer it (BM25)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from rag.language.terms import light10
from rag.language.text import fold
from training.data.files import Row

K1, B = 1.2, 0.75
TOP = 12
"""Passages looked through for each question."""
KEPT = 4
BLOCK = 512

_WORD = re.compile(r"[^\W_]+")


def hard_negatives(rows: Sequence[Row]) -> list[list[str]]:
    """For each row up to ``KEPT`` passages of its language, best BM25 first, without its answer."""
    found: list[list[str]] = [[] for _ in rows]
    for lang in ("ar", "en"):
        own = [i for i, row in enumerate(rows) if row.lang == lang]
        if not own:
            continue
        passages = list(dict.fromkeys(rows[i].passage for i in own))
        folded = [fold(passage) for passage in passages]
        counts, weights = _index(passages)
        for block in range(0, len(own), BLOCK):
            chosen = own[block : block + BLOCK]
            asked = counts.transform([rows[i].question for i in chosen])
            scores = (asked @ weights.T).toarray()
            for i, row_scores in zip(chosen, scores, strict=True):
                order = np.argsort(-row_scores, kind="stable")[:TOP]
                answers = [fold(text) for text, _ in rows[i].answers]
                near = [
                    passages[j]
                    for j in order
                    if row_scores[j] > 0
                    and passages[j] != rows[i].passage
                    and not any(a in folded[j] for a in answers)
                ]
                found[i] = near[:KEPT]
    return found


def _index(passages: Sequence[str]) -> tuple[Any, Any]:
    """A vectoriser of words, and the BM25 weight of each word in each passage (sparse)."""
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(analyzer=_terms)
    counts = csr_matrix(vectorizer.fit_transform(passages), dtype=np.float32)
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    holding = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity = np.log(1 + (len(passages) - holding + 0.5) / (holding + 0.5))
    owner = np.repeat(np.arange(len(passages)), np.diff(counts.indptr))
    damping = K1 * (1 - B + B * lengths[owner] / lengths.mean())
    counts.data = rarity[counts.indices] * counts.data * (K1 + 1) / (counts.data + damping)
    return vectorizer, counts


def _terms(text: str) -> list[str]:
    words = _WORD.findall(fold(text))
    return [word if word.isascii() else light10(word) for word in words]
