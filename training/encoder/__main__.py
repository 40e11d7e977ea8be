"""Train the encoder: distillation and retrieval in one stage.

    python -m training.encoder --config training/config.toml --minutes 60 --resume
    python -m training.encoder --config training/config.toml --export FOLDER

A checkpoint is kept below the folder that the configuration names.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training import loop, settings
from training.encoder import examples, losses, model

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

PARTS = 2
"""Parts of like length that passages and translations go through in: less is padded."""


def main() -> None:
    """Train within the minutes given, or write the checkpoint's model as a folder."""
    parser = argparse.ArgumentParser(prog="training.encoder", description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("training/config.toml"))
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--export", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    config = settings.load(arguments.config)
    if arguments.export:
        export(config, arguments.export)
    else:
        progress = train(config, arguments.minutes, arguments.resume)
        print(f"stopped at step {progress.step} after {progress.seconds / 60:.1f} minutes")


def train(config: settings.TrainingSettings, minutes: float, resume: bool) -> loop.Progress:
    """Train until the minutes or the steps are used up; returns where it stands."""
    own = config.encoder
    device, machine = loop.device_of(config)
    student = model.load(own.start, device, machine.dropout)
    teacher = model.load(own.teacher, device).eval()
    sets = examples.read_sets(config.data, config.checkpoints, own)
    job = loop.Job(
        name="encoder",
        model=student,
        groups=_groups(student, own.learning_rate, own.embedding_rate),
        steps=own.steps,
        warmup=own.warmup,
        batches=lambda number: examples.epoch(sets, own, machine.batch, config.seed, number),
        loss=lambda step: _loss(student, teacher, step, own),
    )
    return loop.run(job, config.checkpoints, device, minutes, resume)


def export(config: settings.TrainingSettings, folder: Path) -> None:
    """Write the checkpoint's encoder to ``folder``."""
    import torch

    student = model.load(config.encoder.start, torch.device("cpu"))
    state = torch.load(config.checkpoints / "encoder.pt", map_location="cpu", weights_only=True)
    student.load_state_dict(state["model"])
    model.save(student, folder)


def _loss(
    student: SentenceTransformer,
    teacher: SentenceTransformer,
    step: examples.Step,
    own: settings.EncoderSettings,
) -> tuple[torch.Tensor, int]:
    import torch

    texts = [*step.passages, *step.negatives]
    questions = model.vectors(student, step.questions, own.longest_question)
    passages = model.vectors(student, texts, own.longest_passage, PARTS)
    english = [pair.en for pair in step.pairs]
    with torch.no_grad():
        target = model.vectors(teacher, english, own.longest_question, PARTS)
    held = model.vectors(student, english, own.longest_question, PARTS)
    arabic = [pair.ar for pair in step.pairs]
    other = model.vectors(student, arabic, own.longest_question, PARTS)
    loss = losses.retrieval_loss(questions, passages, texts)
    return loss + own.distillation * losses.distillation_loss(held, other, target), len(questions)


def _groups(student: Any, rate: float, embedding_rate: float) -> list[dict[str, Any]]:
    words = student.transformers_model.get_input_embeddings().weight
    body = [p for p in student.parameters() if p is not words]
    return [
        {"params": body, "lr": rate},
        {"params": [words], "lr": embedding_rate, "weight_decay": 0.0},
    ]


if __name__ == "__main__":
    main()
