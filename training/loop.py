"""One training loop for every stage: device, schedule, time budget, checkpoints.

A stage hands in a :class:`Job`. The loop runs on a GPU where there is one and on the CPU otherwise,
in bfloat16 where the device computes in it, ends at its last step or when its minutes are up, and
goes on from its checkpoint as if it had never stopped.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.models.torch_compute import computes_bfloat16
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
    ``start`` says what the model was before its first step; a checkpoint of another is refused.
    """

    name: str
    start: str
    seed: int
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


def precision(device: torch.device) -> torch.dtype:
    """bfloat16 on a GPU and on a processor that computes in it, float32 on others."""
    import torch

    return torch.bfloat16 if device.type == "cuda" or computes_bfloat16() else torch.float32


def autocast(device: torch.device) -> torch.autocast:
    """Computes in :func:`precision`."""
    import torch

    reduced = precision(device)
    return torch.autocast(device.type, torch.bfloat16, enabled=reduced is torch.bfloat16)


def attention(device: torch.device) -> str:
    """The kind of attention that is fastest: "eager" in bfloat16 on a processor, else "sdpa"."""
    import torch

    return "eager" if device.type == "cpu" and precision(device) is torch.bfloat16 else "sdpa"


def run(job: Job, folder: Path, device: torch.device, minutes: float, resume: bool) -> Progress:
    """Train ``job`` for at most ``minutes``; its checkpoint is ``folder/NAME.pt``.

    Raises:
        ValueError: ``resume`` finds a checkpoint that began from something else.
        RuntimeError: a gradient is no number; the last checkpoint stays.
    """
    import torch

    job.model.to(device).train()
    optimizer = torch.optim.AdamW(job.groups, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    rates = [group["lr"] for group in optimizer.param_groups]
    file, progress = folder / f"{job.name}.pt", Progress()
    if resume and file.is_file():
        progress = _restore(file, job, optimizer, device)
    started = saved = time.monotonic()
    before, losses = progress.seconds, []
    for batch in _from(job, progress):
        share = schedule(progress.step, job.steps, job.warmup)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * share
        torch.manual_seed(job.seed + progress.step)
        with autocast(device):
            loss, rows = job.loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(job.model.parameters(), 1.0, error_if_nonfinite=True)
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
            _save(file, job, optimizer, progress)
            saved = now
        if over:
            break
    return progress


def _from(job: Job, progress: Progress) -> Iterator[Any]:
    """Batches from where ``progress`` stands, which is kept up to date."""
    while progress.step < job.steps:
        for index, batch in enumerate(job.batches(progress.epoch)):
            if index < progress.batch:
                continue
            progress.batch = index + 1
            yield batch
        progress.epoch, progress.batch = progress.epoch + 1, 0


def schedule(step: int, steps: int, warmup: float) -> float:
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


def identity(folder: str) -> str:
    """A digest of the weights in a model's folder, by which a checkpoint knows its start.

    Raises:
        ValueError: there are none.
    """
    digest, files = hashlib.sha256(), sorted(Path(folder).rglob("*.safetensors"))
    if not files:
        raise ValueError(f"{folder} holds no weights: make it, or change start in config.toml.")
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def trained(file: Path, start: str) -> dict[str, torch.Tensor]:
    """The weights by name in the checkpoint ``file`` of what began as ``start``.

    Raises:
        ValueError: there is none, or it began from something else.
    """
    if not file.is_file():
        raise ValueError(f"{file} is not there: train first.")
    found: dict[str, torch.Tensor] = _checkpoint(file, start, "cpu")["model"]
    return found


def _checkpoint(file: Path, start: str, device: torch.device | str) -> dict[str, Any]:
    import torch

    state: dict[str, Any] = torch.load(file, map_location=device, weights_only=True)
    if state["start"] != start:
        raise ValueError(f"{file} began from other weights: train anew, or give its start again.")
    return state


def _save(file: Path, job: Job, optimizer: torch.optim.Optimizer, progress: Progress) -> None:
    import torch

    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    state = {"model": job.model.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save({**state, "start": job.start, "progress": asdict(progress)}, partial)
    partial.replace(file)


def _restore(
    file: Path, job: Job, optimizer: torch.optim.Optimizer, device: torch.device
) -> Progress:
    state = _checkpoint(file, job.start, device)
    job.model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return Progress(**state["progress"])
