from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from training import loop


def job(steps: int = 12) -> loop.Job:
    torch.manual_seed(3)
    model = torch.nn.Linear(4, 1)

    def batches(epoch: int) -> Iterator[torch.Tensor]:
        generator = torch.Generator().manual_seed(epoch)
        for _ in range(5):
            yield torch.randn(8, 4, generator=generator)

    def loss(batch: torch.Tensor) -> tuple[torch.Tensor, int]:
        return (model(batch) - batch.sum(1, keepdim=True)).square().mean(), len(batch)

    groups = [{"params": list(model.parameters()), "lr": 0.1}]
    return loop.Job("job", model, groups, steps, 0.1, batches, loss)


def test_resumed_training_ends_where_uninterrupted_training_does(tmp_path: Path) -> None:
    cpu = torch.device("cpu")
    whole, parts = job(), job()
    progress = loop.run(whole, tmp_path / "whole", cpu, minutes=1, resume=False)
    assert (progress.step, progress.epoch, progress.batch, progress.rows) == (12, 2, 2, 96)
    stopped = loop.run(parts, tmp_path / "parts", cpu, minutes=0, resume=True)
    assert stopped.step == 1
    for _ in range(11):
        parts = job()
        stopped = loop.run(parts, tmp_path / "parts", cpu, minutes=0, resume=True)
    assert (stopped.step, stopped.epoch, stopped.batch) == (12, 2, 2)
    for one, other in zip(whole.model.parameters(), parts.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_finished_stage_does_nothing_more(tmp_path: Path) -> None:
    cpu = torch.device("cpu")
    loop.run(job(), tmp_path, cpu, minutes=1, resume=True)
    again = loop.run(job(), tmp_path, cpu, minutes=1, resume=True)
    assert again.step == 12


def test_the_rate_rises_then_falls() -> None:
    shares = [loop._schedule(step, 100, 0.1) for step in range(100)]
    assert max(shares) == shares[9] == 1.0
    assert shares == sorted(shares[:10]) + sorted(shares[10:], reverse=True)
    assert shares[-1] == 0.05
