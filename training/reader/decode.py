"""Spans of many questions and passages, decoded as the product does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rag.models.reading import Reading, reading_of_row
from training import lengths, loop
from training.data.files import Row
from training.reader import model as span_model

if TYPE_CHECKING:
    import torch

BATCH = 32


def read(
    reader: Any,
    tokenizer: Any,
    rows: Sequence[Row],
    longest: int,
    device: torch.device,
) -> list[Reading]:
    """What is read in each row's passage, in their order."""
    import torch

    order = sorted(range(len(rows)), key=lambda i: size(rows[i]))
    found: dict[int, Reading] = {}
    reader.to(device).eval()
    with torch.inference_mode(), loop.autocast(device):
        for at in range(0, len(order), BATCH):
            chosen = order[at : at + BATCH]
            questions = [rows[i].question for i in chosen]
            excerpts = [span_model.excerpt(rows[i]) for i in chosen]
            encoded = span_model.encode(tokenizer, questions, excerpts, longest, device)
            start, end = (x.cpu().numpy() for x in span_model.logits(reader, encoded))
            for row, i in enumerate(chosen):
                encoding = encoded.encodings[row]
                found[i] = reading_of_row(excerpts[row], encoding, start[row], end[row])
    return [found[i] for i in range(len(rows))]


def answer(reading: Reading) -> str:
    """The text of the best span; empty where there is none."""
    best = reading.best()
    return reading.passage[best.start : best.end] if best else ""


def items(reading: Reading) -> str:
    """The texts of all items of a list, one after the other."""
    return " ".join(reading.passage[span.start : span.end] for span in reading.items())


def size(row: Row) -> int:
    """About how many word pieces are read of a row."""
    context = span_model.excerpt(row).context
    asked = lengths.pieces(row.question, row.question_lang)
    return asked + lengths.pieces(context + row.passage, row.lang)
