"""From start and end logits to a span, its score, and how much it beats "no answer"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.types import Lang
from training import lengths
from training.reader import model as span_model

if TYPE_CHECKING:
    import torch

LONGEST_SPAN = 20
"""Word pieces."""
BATCH = 32

_OPENING = "$£€+-−#@"
_CLOSING = "%°"
_IN_NUMBER = re.compile(r"\d[.,:/–-]\d")

Logits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
    """The best span of a passage, half-open, and its margin over "no answer" (logits)."""

    start: int
    end: int
    margin: float


def best_span(
    start: Logits, end: Logits, offsets: Sequence[tuple[int, int]], passage: Sequence[bool]
) -> Span:
    """The highest start + end whose pieces are in the passage, in order and near each other.

    All arguments have one entry a word piece; the first piece is [CLS]. A passage without pieces
    gives an empty span with margin minus infinity.
    """
    inside = np.flatnonzero(np.asarray(passage))
    if not len(inside):
        return Span(0, 0, float("-inf"))
    low, high = inside[0], inside[-1] + 1
    scores = start[low:high, None] + end[None, low:high]
    size = high - low
    allowed = np.triu(np.ones((size, size), bool)) & ~np.triu(
        np.ones((size, size), bool), LONGEST_SPAN
    )
    scores = np.where(allowed, scores, -np.inf)
    first, last = np.unravel_index(int(scores.argmax()), scores.shape)
    margin = float(scores[first, last] - start[0] - end[0])
    return Span(offsets[low + first][0], offsets[low + last][1], margin)


def tidy(passage: str, start: int, end: int) -> tuple[int, int]:
    """The span grown to whole words and numbers, without punctuation at its ends.

    >>> passage = "He left at 4:51, they say."
    >>> passage[slice(*tidy(passage, 13, 16))]
    '4:51'
    """
    while start > 0 and _joined(passage, start):
        start -= 1
    while 0 < end < len(passage) and _joined(passage, end):
        end += 1
    while start < end and not _is_word(passage[start]) and passage[start] not in _OPENING:
        start += 1
    while end > start and not _is_word(passage[end - 1]) and passage[end - 1] not in _CLOSING:
        end -= 1
    return start, end


def _joined(passage: str, place: int) -> bool:
    """Whether the characters on both sides of ``place`` are of one word or number."""
    before, after = passage[place - 1], passage[place]
    if _is_word(before) and _is_word(after):
        return True
    near = passage[max(0, place - 2) : place + 2]
    return bool(_IN_NUMBER.search(near)) and not (before.isspace() or after.isspace())


def _is_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) == "Mn" or character == "ـ"


def read(
    reader: Any,
    tokenizer: Any,
    pairs: Sequence[tuple[str, str]],
    langs: Sequence[tuple[Lang, Lang]],
    longest: int,
    device: torch.device,
) -> list[Span]:
    """The best span of each (question, passage), in their order."""
    import torch

    sizes = [
        lengths.pieces(q, ql) + lengths.pieces(p, pl)
        for (q, p), (ql, pl) in zip(pairs, langs, strict=True)
    ]
    order = sorted(range(len(pairs)), key=lambda i: sizes[i])
    found: dict[int, Span] = {}
    reader.to(device).eval()
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
        for at in range(0, len(order), BATCH):
            chosen = order[at : at + BATCH]
            questions, passages = zip(*(pairs[i] for i in chosen), strict=True)
            encoded = span_model.encode(tokenizer, questions, passages, longest, device)
            start, end = (x.cpu().numpy() for x in span_model.logits(reader, encoded))
            for row, i in enumerate(chosen):
                encoding = encoded.encodings[row]
                inside = [part == 1 for part in encoding.sequence_ids]
                span = best_span(start[row], end[row], encoding.offsets, inside)
                first, last = tidy(passages[row], span.start, span.end)
                found[i] = Span(first, last, span.margin)
    return [found[i] for i in range(len(pairs))]
