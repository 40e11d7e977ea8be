"""What the encoder is trained by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

SCALE = 20.0
"""Of cosines before the softmax: a temperature of 0.05."""


def retrieval_loss(
    questions: torch.Tensor, passages: torch.Tensor, texts: Sequence[str]
) -> torch.Tensor:
    """Each question finds its passage among all, each passage its question (in-batch negatives).

    ``questions`` is (n, d), ``passages`` (m, d) with m >= n: the first n are the answers in order,
    the rest are hard negatives. Where a passage of the batch is the same text as a question's own,
    it does not count against it.
    """
    import torch
    from torch.nn.functional import cross_entropy

    count = len(questions)
    scores = SCALE * questions @ passages.T
    same = torch.tensor([[a == b for b in texts] for a in texts[:count]], device=scores.device)
    same[torch.arange(count), torch.arange(count)] = False
    scores = scores.masked_fill(same, -1e4)
    target = torch.arange(count, device=scores.device)
    forth = cross_entropy(scores, target)
    back = cross_entropy(scores[:, :count].T, target)
    return forth + back / 2


def distillation_loss(
    english: torch.Tensor, other: torch.Tensor, teacher: torch.Tensor
) -> torch.Tensor:
    """Both sides of a pair go where the frozen teacher puts the English side; all are (n, d).

    Cosine to the teacher's vector (Reimers & Gurevych 2020), and in-batch contrast so that pairs
    stay apart; the English side is only held where it is.
    """
    import torch
    from torch.nn.functional import cross_entropy

    target = torch.arange(len(teacher), device=teacher.device)
    scores = SCALE * other @ teacher.T
    contrast = (cross_entropy(scores, target) + cross_entropy(scores.T, target)) / 2
    near = 1 - (other * teacher).sum(1).mean()
    anchored = 1 - (english * teacher).sum(1).mean()
    return contrast + 2 * near + 2 * anchored
