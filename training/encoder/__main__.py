"""Train the encoder: questions find passages, translations and passages stay where they belong.

    python -m training.encoder --config training/config.toml --minutes 60 --resume
    python -m training.encoder --config training/config.toml --export FOLDER

A checkpoint is kept below the folder that the configuration names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from training import arguments, loop, settings
from training.encoder import bank, examples, export, losses, model

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

STAGE = "encoder"
PARTS = 4
"""Parts of like length that questions and translations go through in: less is padded."""


def main() -> None:
    """Train within the minutes given, or write the checkpoint's model as a folder."""
    parser = arguments.training_parser("training.encoder", __doc__)
    given = parser.parse_args()
    config = settings.load(given.config)
    if given.export:
        own = config.encoder
        export.write(config, STAGE, own.start, own.of_start, given.export)
    else:
        progress = train(config, given.minutes, given.resume)
        print(f"stopped at step {progress.step} after {progress.seconds / 60:.1f} minutes")


def train(config: settings.TrainingSettings, minutes: float, resume: bool) -> loop.Progress:
    """Train until the minutes or the steps are used up; returns where it stands."""
    own = config.encoder
    device, machine = loop.device_of(config)
    student = model.load(own.start, device, machine.dropout)
    sets = examples.read_sets(config.data, config.checkpoints, own)
    teacher = model.load(own.teacher, device).eval().to(loop.precision(device))
    known = bank.build(config, examples.english_texts(sets), teacher, own.teacher)
    del teacher
    job = loop.Job(
        name=STAGE,
        start=loop.identity(own.start),
        seed=config.seed,
        model=student,
        groups=model.groups(student, own.learning_rate, own.frozen),
        steps=own.steps,
        warmup=own.warmup,
        batches=lambda number: examples.epoch(sets, own, machine.batch, config.seed, number),
        loss=lambda step: _loss(student, known, step, own),
    )
    return loop.run(job, config.checkpoints, device, minutes, resume)


def _loss(
    student: SentenceTransformer,
    known: bank.Bank,
    step: examples.Step,
    own: settings.EncoderSettings,
) -> tuple[torch.Tensor, int]:
    import torch

    device = student.device
    english, arabic = [pair.en for pair in step.pairs], [pair.ar for pair in step.pairs]
    held = english[: step.held]
    short = [*step.questions, *arabic, *held, *step.arabic]
    read = model.vectors(student, short, own.longest_question, PARTS)
    questions, others, kept, asked = torch.split(
        read, [len(step.questions), len(arabic), len(held), len(step.arabic)]
    )
    written, meant = zip(*step.passages, strict=True)
    long = [*written, *step.arabic_candidates]
    passages, found = torch.split(
        model.vectors(student, long, own.longest_passage, PARTS),
        [len(written), len(step.arabic_candidates)],
    )

    gold = torch.tensor(step.gold, device=device)
    retrieval = losses.retrieval_loss(questions, known.vectors(step.candidates, device), gold)
    in_arabic = losses.retrieval_loss(asked, found, torch.arange(len(asked), device=device))
    wanted = known.vectors(english, device)
    contrast = losses.retrieval_loss(
        others,
        known.vectors([*english, *step.against], device),
        torch.arange(len(arabic), device=device),
        losses.PAIR_SCALE,
    )
    same = losses.distance(questions, known.vectors(step.asked, device))
    stay = losses.distance(kept, wanted[: len(held)])
    whole = losses.distance(passages, known.vectors(meant, device))
    finding = retrieval + in_arabic / 2
    meaning = contrast + same / 2 + losses.distance(others, wanted) + 2 * stay + 2 * whole
    return own.retrieval * finding + own.distillation * meaning, len(step.questions)


if __name__ == "__main__":
    main()
