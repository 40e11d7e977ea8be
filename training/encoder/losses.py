"""What the encoder is trained by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

SCALE = 25.0
"""Of cosines before the softmax: a temperature of 0.04."""
PAIR_SCALE = 20.0
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


def beside(vectors: torch.Tensor, words: torch.Tensor, weight: float) -> torch.Tensor:
    """Unit vectors whose cosine is the mean of both parts', that of ``words`` times ``weight``."""
    import torch

    joined = torch.cat([vectors, weight**0.5 * words], dim=1)
    return torch.nn.functional.normalize(joined, dim=-1)
