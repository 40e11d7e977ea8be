from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from training import loop


def job(steps: int = 12, start: str = "start") -> loop.Job:
    torch.manual_seed(3)
    model = torch.nn.Sequential(torch.nn.Dropout(0.3), torch.nn.Linear(4, 1))

    def batches(epoch: int) -> Iterator[torch.Tensor]:
        generator = torch.Generator().manual_seed(epoch)
        for _ in range(5):
            yield torch.randn(8, 4, generator=generator)

    def loss(batch: torch.Tensor) -> tuple[torch.Tensor, int]:
        return (model(batch) - batch.sum(1, keepdim=True)).square().mean(), len(batch)

    groups = [{"params": list(model.parameters()), "lr": 0.1}]
    return loop.Job("job", start, 5, model, groups, steps, 0.1, batches, loss)


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
    shares = [loop.schedule(step, 100, 0.1) for step in range(100)]
    assert max(shares) == shares[9] == 1.0
    assert shares == sorted(shares[:10]) + sorted(shares[10:], reverse=True)
    assert shares[-1] == 0.05


def test_a_checkpoint_of_another_start_is_refused(tmp_path: Path) -> None:
    cpu = torch.device("cpu")
    loop.run(job(), tmp_path, cpu, minutes=0, resume=False)
    assert loop.trained(tmp_path / "job.pt", "start").keys() == job().model.state_dict().keys()
    with pytest.raises(ValueError, match="other weights"):
        loop.run(job(start="another"), tmp_path, cpu, minutes=0, resume=True)
    with pytest.raises(ValueError, match="train first"):
        loop.trained(tmp_path / "none.pt", "start")


def test_a_loss_that_is_no_number_leaves_the_checkpoint(tmp_path: Path) -> None:
    cpu = torch.device("cpu")
    loop.run(job(), tmp_path, cpu, minutes=0, resume=False)
    kept = (tmp_path / "job.pt").read_bytes()
    broken = job()
    with torch.no_grad():
        next(iter(broken.model.parameters())).fill_(float("nan"))
    with pytest.raises(RuntimeError, match="non-finite"):
        loop.run(broken, tmp_path, cpu, minutes=1, resume=False)
    assert (tmp_path / "job.pt").read_bytes() == kept
