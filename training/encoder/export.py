"""From a checkpoint to a folder that the product loads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from training import loop, settings
from training.encoder import join, model

if TYPE_CHECKING:
    import torch


def write(
    config: settings.TrainingSettings, stage: str, start: str, of_start: float, folder: Path
) -> None:
    """Write the encoder of the checkpoint of ``stage`` to ``folder``, its words beside it.

    ``of_start`` of each weight is that of ``start`` (Wortsman et al. 2022, "WiSE-FT"): what was
    learnt stays, and less of what the start knew is lost.

    Raises:
        ValueError: there is no checkpoint, or one of another start.
    """
    device, _ = loop.device_of(config)
    student = model.load(start, device)
    weights = loop.trained(config.checkpoints / f"{stage}.pt", loop.identity(start))
    before = {name: weight.cpu().clone() for name, weight in student.state_dict().items()}
    student.load_state_dict(mixed(weights, before, of_start))
    join.write(student, join.learn(student, config), config, folder)


def mixed(
    trained: dict[str, torch.Tensor], before: dict[str, torch.Tensor], share: float
) -> dict[str, torch.Tensor]:
    """Weights by name: ``share`` of ``before``, the rest of ``trained``; integers as trained."""
    return {
        name: weight.lerp(before[name], share) if weight.is_floating_point() else weight
        for name, weight in trained.items()
    }
