"""The span model: a body of two languages with two more outputs per word piece, start and end.

"No answer" is the span of the first position ([CLS]), as in Devlin et al. 2019 for SQuAD 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.models.excerpt import Excerpt
from rag.models.reader import READS_AROUND
from rag.models.reading import MARKS
from training import lengths, loop
from training.data.files import Row
from training.narrow import narrow

if TYPE_CHECKING:
    import torch

FAR_BELOW = -1e4


@dataclass(frozen=True)
class Encoded:
    """Questions with passages as the model takes them, shape (rows, pieces).

    ``allowed`` marks where a span may begin or end: the passage, the title, the first position.
    ``places`` are the offsets, in what is read beside the question, at which each passage begins.
    """

    inputs: dict[str, torch.Tensor]
    allowed: torch.Tensor
    encodings: Sequence[Any]
    places: Sequence[int]


def load(folder: str, device: torch.device, dropout: float = 0.0) -> tuple[Any, Any]:
    """The span model on the body in ``folder``, in float32 on ``device``, and the tokenizer."""
    import torch
    from transformers import AutoTokenizer, BertForQuestionAnswering

    torch.manual_seed(0)
    model: Any = BertForQuestionAnswering.from_pretrained(
        folder,
        dtype=torch.float32,
        attn_implementation=loop.attention(device),
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        local_files_only=True,
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return model.to(device), tokenizer


def excerpt(row: Row) -> Excerpt:
    """What is read of a row beside its question."""
    return Excerpt(row.passage, row.title, row.date, row.before)


def encode(
    tokenizer: Any,
    questions: Sequence[str],
    excerpts: Sequence[Excerpt],
    longest: int,
    device: torch.device,
) -> Encoded:
    """Pairs as tensors; what is longer than ``longest`` pieces loses the end of its passage."""
    import torch

    contexts = [excerpt.context for excerpt in excerpts]
    batch = tokenizer(
        list(questions),
        [context + excerpt.text for context, excerpt in zip(contexts, excerpts, strict=True)],
        truncation="only_second",
        max_length=longest,
        padding=True,
        pad_to_multiple_of=lengths.MULTIPLE,
        return_tensors="pt",
    )
    allowed = torch.zeros(batch["input_ids"].shape, dtype=torch.bool)
    places = list(map(len, contexts))
    for i, encoding in enumerate(batch.encodings):
        titled = len(excerpts[i].heading)
        allowed[i] = torch.tensor(
            [
                part == 1 and (end > places[i] or end <= titled)
                for part, (_, end) in zip(encoding.sequence_ids, encoding.offsets, strict=True)
            ]
        )
    allowed[:, 0] = True
    inputs = {name: tensor.to(device) for name, tensor in batch.items()}
    return Encoded(inputs, allowed.to(device), batch.encodings, places)


def logits(model: Any, encoded: Encoded) -> tuple[torch.Tensor, torch.Tensor]:
    """Start and end logits in float32, far below where no span may be."""
    out = model(**encoded.inputs)
    start, end = out.start_logits.float(), out.end_logits.float()
    return (
        start.masked_fill(~encoded.allowed, FAR_BELOW),
        end.masked_fill(~encoded.allowed, FAR_BELOW),
    )


def span_loss(
    model: Any, tokenizer: Any, rows: Sequence[Row], longest: int, device: torch.device
) -> tuple[torch.Tensor, int]:
    """Cross-entropy of the answer's start and end; of [CLS] where there is none.

    The items of a list share the probability.
    """
    import torch

    excerpts = list(map(excerpt, rows))
    encoded = encode(tokenizer, [r.question for r in rows], excerpts, longest, device)
    goal = torch.zeros((2, *encoded.allowed.shape), device=device)
    for i, row in enumerate(rows):
        for span in _spans(row, encoded.encodings[i], encoded.places[i]):
            goal[0, i, span[0]] += 1
            goal[1, i, span[1]] += 1
    goal /= goal.sum(-1, keepdim=True)
    scores = torch.stack(logits(model, encoded)).log_softmax(-1)
    return -(goal * scores).sum() / (2 * len(rows)), len(rows)


def _spans(row: Row, encoding: Any, place: int) -> list[tuple[int, int]]:
    """First and last piece of the answer, or of each item; [(0, 0)] for none, or all cut off."""
    answers = row.answers if row.listed else row.answers[:1]
    found = (
        _span(text, start if row.in_title else place + start, encoding) for text, start in answers
    )
    return [span for span in found if span] or [(0, 0)]


def _span(text: str, begin: int, encoding: Any) -> tuple[int, int] | None:
    """Positions of the first and last piece of a text that begins at ``begin``."""
    # some sets leave marks at the ends of theirs
    lead, trail = len(text) - len(text.lstrip(MARKS)), len(text) - len(text.rstrip(MARKS))
    first = encoding.char_to_token(begin + lead, 1)
    last = encoding.char_to_token(begin + len(text) - trail - 1, 1)
    return (first, last) if first is not None and last is not None else None


def save(model: Any, tokenizer: Any, folder: Path, longest: int) -> None:
    """Write a folder that transformers loads as it is: tokenizer, weights in half precision.

    Word embeddings are kept in quarter precision.
    """
    import copy

    import torch

    half = copy.deepcopy(model).to("cpu", torch.float16)
    half.config.update(
        {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, READS_AROUND: True}
    )
    half.save_pretrained(folder)
    narrow(folder)
    tokenizer.model_max_length = longest
    tokenizer.save_pretrained(folder)
