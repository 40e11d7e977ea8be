"""One training loop for every stage: device, schedule, time budget, checkpoints.

A stage hands in a :class:`Job`. The loop runs on a GPU where there is one and on the CPU otherwise,
in bfloat16 either way, ends at its last step or when its minutes are up, and goes on from its
checkpoint as if it had never stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.settings import Machine, TrainingSettings

if TYPE_CHECKING:
    import torch

REPORT_EVERY = 50
SAVE_EVERY_SECONDS = 240.0


@dataclass
class Progress:
    """Where a stage stands: optimiser steps, place in the data, seconds and rows so far."""

    step: int = 0
    epoch: int = 0
    batch: int = 0
    seconds: float = 0.0
    rows: int = 0


@dataclass(frozen=True)
class Job:
    """What the loop needs of a stage.

    ``batches(epoch)`` yields an epoch's batches, the same each time it is asked; ``loss`` turns one
    into (loss, rows). ``groups`` are the optimiser's parameter groups, each with its ``lr``.
    """

    name: str
    model: torch.nn.Module
    groups: list[dict[str, Any]]
    steps: int
    warmup: float
    batches: Callable[[int], Iterator[Any]]
    loss: Callable[[Any], tuple[torch.Tensor, int]]


def device_of(config: TrainingSettings) -> tuple[torch.device, Machine]:
    """The GPU where there is one, else the CPU; with what suits it."""
    import torch

    cuda = torch.cuda.is_available()
    machine = config.cuda if cuda else config.cpu
    torch.set_num_threads(machine.threads)
    return torch.device("cuda" if cuda else "cpu"), machine


def run(job: Job, folder: Path, device: torch.device, minutes: float, resume: bool) -> Progress:
    """Train ``job`` for at most ``minutes``; its checkpoint is ``folder/NAME.pt``."""
    import torch

    torch.manual_seed(0)
    job.model.to(device).train()
    optimizer = torch.optim.AdamW(job.groups, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    rates = [group["lr"] for group in optimizer.param_groups]
    file, progress = folder / f"{job.name}.pt", Progress()
    if resume and file.is_file():
        progress = _restore(file, job.model, optimizer, device)
    started = saved = time.monotonic()
    before, losses = progress.seconds, []
    for batch in _from(job, progress):
        share = _schedule(progress.step, job.steps, job.warmup)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * share
        with torch.autocast(device.type, torch.bfloat16):
            loss, rows = job.loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(job.model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.detach())
        progress.step, progress.rows = progress.step + 1, progress.rows + rows
        now = time.monotonic()
        progress.seconds = before + now - started
        if progress.step % REPORT_EVERY == 0:
            _report(job, progress, float(torch.stack(losses).mean()))
            losses = []
        over = now - started > 60 * minutes or progress.step >= job.steps
        if over or now - saved > SAVE_EVERY_SECONDS:
            _save(file, job.model, optimizer, progress)
            saved = now
        if over:
            break
    return progress


def _from(job: Job, progress: Progress) -> Iterator[Any]:
    """Batches from where ``progress`` stands, which is kept up to date; endless."""
    while progress.step < job.steps:
        for index, batch in enumerate(job.batches(progress.epoch)):
            if index < progress.batch:
                continue
            progress.batch = index + 1
            yield batch
        progress.epoch, progress.batch = progress.epoch + 1, 0


def _schedule(step: int, steps: int, warmup: float) -> float:
    """Linear warm-up, then linear decay to a twentieth."""
    done = (step + 1) / steps
    return done / warmup if done < warmup else max(0.05, (1 - done) / (1 - warmup))


def _report(job: Job, progress: Progress, loss: float) -> None:
    print(
        f"{job.name} step {progress.step}/{job.steps} epoch {progress.epoch} loss {loss:.3f} "
        f"rows {progress.rows} minutes {progress.seconds / 60:.1f} "
        f"(processor {time.process_time() / 60:.1f})",
        flush=True,
    )


def _save(
    file: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, progress: Progress
) -> None:
    import torch

    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save({**state, "progress": asdict(progress)}, partial)
    partial.replace(file)


def _restore(
    file: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, device: torch.device
) -> Progress:
    import torch

    state = torch.load(file, map_location=device, weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return Progress(**state["progress"])
