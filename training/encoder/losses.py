"""What the encoder is trained by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

SCALE = 30.0
"""Of cosines before the softmax: a temperature of 1/30."""
PAIR_SCALE = 25.0
"""The same for translations."""


def retrieval_loss(
    questions: torch.Tensor, candidates: torch.Tensor, gold: torch.Tensor, scale: float = SCALE
) -> torch.Tensor:
    """Each question finds its passage among the candidates (sampled softmax).

    ``questions`` is (n, d), ``candidates`` (m, d), unit vectors; ``gold`` the n places of the
    passages among the candidates.
    """
    from torch.nn.functional import cross_entropy

    return cross_entropy(scale * questions @ candidates.T, gold)


def distance(vectors: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """One minus the mean cosine of unit vectors, both (n, d) (Reimers & Gurevych 2020)."""
    return 1 - (vectors * wanted).sum(1).mean()
