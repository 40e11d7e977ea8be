"""The encoder while it is trained: a transformer with mean pooling, as its folder says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.lengths import MULTIPLE

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer


def load(folder: str, device: torch.device, dropout: float = 0.0) -> SentenceTransformer:
    """The sentence-transformers model in ``folder``, in float32 on ``device``."""
    import torch
    from sentence_transformers import SentenceTransformer

    attention = "sdpa" if device.type == "cuda" else "eager"  # eager is faster in bf16 on a CPU
    return SentenceTransformer(
        folder,
        device=str(device),
        local_files_only=True,
        model_kwargs={"dtype": torch.float32, "attn_implementation": attention},
        config_kwargs={"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout},
    )


def vectors(model: SentenceTransformer, texts: Sequence[str], longest: int) -> torch.Tensor:
    """Unit vectors of ``texts``, float32, shape (texts, dimension), with gradients."""
    from torch.nn.functional import normalize

    tokenizer: Any = model.tokenizer
    batch = tokenizer(
        list(texts),
        truncation=True,
        max_length=longest,
        padding=True,
        pad_to_multiple_of=MULTIPLE,
        return_tensors="pt",
    ).to(model.device)
    body: Any = model.transformers_model
    hidden = body(**batch).last_hidden_state.float()
    mask = batch["attention_mask"].unsqueeze(-1).float()
    return normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)


def save(model: SentenceTransformer, folder: Path) -> None:
    """Write a folder that sentence-transformers loads as it is, weights in half precision."""
    import copy

    import torch

    half = copy.deepcopy(model).to("cpu")
    body: Any = half.transformers_model
    body.config.update({"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1})
    half.to(torch.float16).save(str(folder), create_model_card=False)
