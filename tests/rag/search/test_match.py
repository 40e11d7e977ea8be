"""Soft matches against their plain definition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from rag.models.encoder import Encoder
from rag.search.match import content_words, soft_matches
from tests.doubles import HashingEncoder

QUESTION = "Who commands the peacekeeping forces?"


def _plain(question: str, texts: Sequence[str], encoder: Encoder) -> list[float]:
    """The mean over words of the mean over their pieces of the best cosine in a text."""
    words = [encoder.piece_vectors([word])[0] for word in content_words(question)]
    found = []
    for pieces in (encoder.piece_vectors([text])[0] for text in texts):
        near = (
            [float((word @ pieces.T).max(axis=1).mean()) for word in words] if len(pieces) else []
        )
        found.append(float(np.mean(near)) if near else 0.0)
    return found


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [""],
        ["", ""],
        ["forces"],
        ["", "General Serdyukov commands the forces", "a sunny day"],
        ["the forces of peace", "", "commands"],
        ["a sunny day", "commands forces", ""],
    ],
)
def test_texts_are_matched_as_defined_the_empty_ones_too(texts: list[str]) -> None:
    encoder = HashingEncoder()
    assert soft_matches(QUESTION, texts, encoder) == pytest.approx(
        _plain(QUESTION, texts, encoder), abs=1e-6
    )


def test_a_text_with_the_questions_words_matches_best() -> None:
    texts = ["a sunny day", "he commands peacekeeping forces"]
    other, own = soft_matches(QUESTION, texts, HashingEncoder())
    assert own > other
