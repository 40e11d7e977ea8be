"""Spans of many questions and passages, decoded as the product does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rag.language.text import Lang
from rag.models.reading import LEAST_MARGIN, ReadSpan, reading_of_row
from training import lengths, loop
from training.reader import model as span_model

if TYPE_CHECKING:
    import torch

BATCH = 32


def read(
    reader: Any,
    tokenizer: Any,
    pairs: Sequence[tuple[str, str]],
    langs: Sequence[tuple[Lang, Lang]],
    longest: int,
    device: torch.device,
) -> list[ReadSpan]:
    """The answer of each (question, passage), in their order; empty where there is no text."""
    import torch

    sizes = [
        lengths.pieces(q, ql) + lengths.pieces(p, pl)
        for (q, p), (ql, pl) in zip(pairs, langs, strict=True)
    ]
    order = sorted(range(len(pairs)), key=lambda i: sizes[i])
    found: dict[int, ReadSpan] = {}
    reader.to(device).eval()
    with torch.inference_mode(), loop.autocast(device):
        for at in range(0, len(order), BATCH):
            chosen = order[at : at + BATCH]
            questions, passages = zip(*(pairs[i] for i in chosen), strict=True)
            encoded = span_model.encode(tokenizer, questions, passages, longest, device)
            start, end = (x.cpu().numpy() for x in span_model.logits(reader, encoded))
            for row, i in enumerate(chosen):
                encoding = encoded.encodings[row]
                reading = reading_of_row(passages[row], encoding, start[row], end[row])
                found[i] = reading.best() or ReadSpan(0, 0, LEAST_MARGIN)
    return [found[i] for i in range(len(pairs))]
