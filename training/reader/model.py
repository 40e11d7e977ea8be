"""The span model: a body of two languages with two more outputs per word piece, start and end.

"No answer" is the span of the first position ([CLS]), as in Devlin et al. 2019 for SQuAD 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

    ``allowed`` marks where a span may begin or end: the passage, and the first position.
    """

    inputs: dict[str, torch.Tensor]
    allowed: torch.Tensor
    encodings: Sequence[Any]


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


def encode(
    tokenizer: Any,
    questions: Sequence[str],
    passages: Sequence[str],
    longest: int,
    device: torch.device,
) -> Encoded:
    """Pairs as tensors; what is longer than ``longest`` pieces loses the end of its passage."""
    import torch

    batch = tokenizer(
        list(questions),
        list(passages),
        truncation="only_second",
        max_length=longest,
        padding=True,
        pad_to_multiple_of=lengths.MULTIPLE,
        return_tensors="pt",
    )
    allowed = torch.zeros(batch["input_ids"].shape, dtype=torch.bool)
    for i, encoding in enumerate(batch.encodings):
        allowed[i] = torch.tensor([part == 1 for part in encoding.sequence_ids])
    allowed[:, 0] = True
    inputs = {name: tensor.to(device) for name, tensor in batch.items()}
    return Encoded(inputs, allowed.to(device), batch.encodings)


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
    """Cross-entropy of the first answer's start and end; of [CLS] where there is none."""
    import torch
    from torch.nn.functional import cross_entropy

    encoded = encode(
        tokenizer, [r.question for r in rows], [r.passage for r in rows], longest, device
    )
    spans = [_span(row, e) for row, e in zip(rows, encoded.encodings, strict=True)]
    target = torch.tensor(spans, device=device)
    start, end = logits(model, encoded)
    return (cross_entropy(start, target[:, 0]) + cross_entropy(end, target[:, 1])) / 2, len(rows)


def _span(row: Row, encoding: Any) -> tuple[int, int]:
    """Positions of the first and last piece of the answer; (0, 0) for none, or one cut off."""
    if not row.answers:
        return 0, 0
    text, begin = row.answers[0]  # some sets leave marks at the ends of theirs
    lead, trail = len(text) - len(text.lstrip(MARKS)), len(text) - len(text.rstrip(MARKS))
    first = encoding.char_to_token(begin + lead, 1)
    last = encoding.char_to_token(begin + len(text) - trail - 1, 1)
    return (first, last) if first is not None and last is not None else (0, 0)


def save(model: Any, tokenizer: Any, folder: Path, longest: int) -> None:
    """Write a folder that transformers loads as it is: tokenizer, weights in half precision.

    Word embeddings are kept in quarter precision.
    """
    import copy

    import torch

    half = copy.deepcopy(model).to("cpu", torch.float16)
    half.config.update({"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1})
    half.save_pretrained(folder)
    narrow(folder)
    tokenizer.model_max_length = longest
    tokenizer.save_pretrained(folder)
