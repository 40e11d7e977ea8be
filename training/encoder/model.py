"""The encoder while it is trained: a transformer with mean pooling."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training import loop
from training.lengths import MULTIPLE, SMALL_MULTIPLE
from training.narrow import narrow

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer


def load(folder: str, device: torch.device, dropout: float = 0.0) -> SentenceTransformer:
    """What of the encoder in ``folder`` is learnt, in float32 on ``device``.

    Mean pooling of its first transformer; what an encoder has beside that is left out.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules

    whole = SentenceTransformer(
        folder,
        device=str(device),
        local_files_only=True,
        model_kwargs={"dtype": torch.float32, "attn_implementation": loop.attention(device)},
        config_kwargs={"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout},
    )
    first: Any = whole[0]
    pooling = modules.Pooling(first.get_embedding_dimension(), "mean")
    return SentenceTransformer(modules=[first, pooling, modules.Normalize()], device=str(device))


def vectors(
    model: SentenceTransformer, texts: Sequence[str], longest: int, parts: int = 1
) -> torch.Tensor:
    """Unit vectors of ``texts``, float32, shape (texts, dimension), with gradients.

    They go through in ``parts`` of like length, so that less is padded.
    """
    import torch
    from torch.nn.functional import normalize

    tokenizer: Any = model.tokenizer
    ids = tokenizer(list(texts), truncation=True, max_length=longest)["input_ids"]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    found: list[torch.Tensor] = []
    for part in range(parts):
        chosen = order[len(order) * part // parts : len(order) * (part + 1) // parts]
        if chosen:
            found.append(_pooled(model, [ids[i] for i in chosen]))
    place = torch.empty(len(order), dtype=torch.long)
    place[torch.tensor(order)] = torch.arange(len(order))
    return normalize(torch.cat(found)[place.to(model.device)], dim=-1)


def _pooled(model: SentenceTransformer, ids: list[list[int]]) -> torch.Tensor:
    """Means of the last layer over the pieces of each text: (texts, dimension)."""
    import torch

    tokenizer: Any = model.tokenizer
    shaped = model.device.type == "cpu" and loop.precision(model.device) is torch.bfloat16
    multiple = MULTIPLE if shaped else SMALL_MULTIPLE
    batch = tokenizer.pad(
        {"input_ids": ids}, padding=True, pad_to_multiple_of=multiple, return_tensors="pt"
    ).to(model.device)
    body: Any = model.transformers_model
    hidden = body(**batch).last_hidden_state.float()
    mask = batch["attention_mask"].unsqueeze(-1).float()
    means: torch.Tensor = (hidden * mask).sum(1) / mask.sum(1)
    return means


def groups(model: SentenceTransformer, rate: float, frozen: int) -> list[dict[str, Any]]:
    """What the optimiser trains at ``rate``.

    The embeddings and the lowest ``frozen`` layers stay as they are, at no cost.
    """
    transformer: Any = model.transformers_model
    still = [*transformer.embeddings.parameters()]
    for layer in transformer.encoder.layer[:frozen]:
        still += layer.parameters()
    for parameter in still:
        parameter.requires_grad_(False)
    return [{"params": [p for p in model.parameters() if p.requires_grad], "lr": rate}]


def save(model: SentenceTransformer, folder: Path) -> None:
    """Write a folder that sentence-transformers loads as it is.

    Weights in half precision; word embeddings and the first transformer's matrices, most of them,
    in quarter precision.
    """
    import copy

    import torch

    half = copy.deepcopy(model).to("cpu")
    body: Any = half.transformers_model
    body.config.update({"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1})
    half.to(torch.float16).save(str(folder), create_model_card=False)
    narrow(folder, matrices=True)
