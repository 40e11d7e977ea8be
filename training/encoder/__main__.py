"""Train the encoder: questions find passages, translations and passages stay where they belong.

    python -m training.encoder --config training/config.toml --minutes 60 --resume
    python -m training.encoder --config training/config.toml --export FOLDER

A checkpoint is kept below the folder that the configuration names.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training import loop, settings
from training.encoder import bank, examples, join, losses, model
from training.encoder.word_vectors import WordVectors
from training.vocabulary.words import Words

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

PARTS = 2
"""Parts of like length that questions and translations go through in: less is padded."""


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
    import torch

    own = config.encoder
    device, machine = loop.device_of(config)
    words = Words.load(Path(own.start))
    student = model.load(own.start, device, machine.dropout)
    sets = examples.read_sets(config.data, config.checkpoints, own)
    teacher = model.load(own.teacher, device).eval().to(torch.bfloat16)
    vectors = WordVectors(words.codes(own.word_dimension, config.seed), words.rarity)
    known = bank.build(config, sets, teacher, vectors, student.tokenizer)
    del teacher
    job = loop.Job(
        name="encoder",
        model=student,
        groups=_groups(student, own.learning_rate, own.embedding_rate),
        steps=own.steps,
        warmup=own.warmup,
        batches=lambda number: examples.epoch(sets, own, machine.batch, config.seed, number),
        loss=lambda step: _loss(student, known, step, own),
    )
    return loop.run(job, config.checkpoints, device, minutes, resume)


def export(config: settings.TrainingSettings, folder: Path) -> None:
    """Write the checkpoint's encoder to ``folder``, its words beside it."""
    import torch

    own = config.encoder
    student = model.load(own.start, torch.device("cpu"))
    state = torch.load(config.checkpoints / "encoder.pt", map_location="cpu", weights_only=True)
    student.load_state_dict(state["model"])
    join.write(student, Words.load(Path(own.start)), config, folder)


def _loss(
    student: SentenceTransformer,
    known: bank.Bank,
    step: examples.Step,
    own: settings.EncoderSettings,
) -> tuple[torch.Tensor, int]:
    import torch

    device = student.device
    count, english = len(step.questions), [pair.en for pair in step.pairs]
    arabic, held = [pair.ar for pair in step.pairs], english[: own.batch_held]
    short = [*step.questions, *arabic, *held]
    read = model.vectors(student, short, own.longest_question, PARTS)
    questions, others, kept = torch.split(read, [count, len(arabic), len(held)])
    written, meant = zip(*step.passages, strict=True)
    passages = model.vectors(student, written, own.longest_passage)

    def with_words(vectors: torch.Tensor, texts: list[str]) -> torch.Tensor:
        return losses.beside(vectors, known.words(texts, device), own.word_weight)

    gold = torch.tensor(step.gold, device=device)
    found = known.meaning(step.candidates, device)
    alone = losses.retrieval_loss(questions, found, gold)
    helped = losses.retrieval_loss(
        with_words(questions, step.questions), with_words(found, step.candidates), gold
    )
    wanted = known.meaning(english, device)
    sides = [*english, *step.against]
    contrast = losses.retrieval_loss(
        with_words(others, arabic),
        with_words(known.meaning(sides, device), sides),
        torch.arange(len(arabic), device=device),
        losses.PAIR_SCALE,
    )
    same = losses.distance(questions, known.meaning(step.asked, device))
    stay = losses.distance(kept, wanted[: len(held)])
    whole = losses.distance(passages, known.meaning(meant, device))
    loss = (alone + helped + same + contrast) / 2 + losses.distance(others, wanted)
    return loss + 2 * stay + 2 * whole, count


def _groups(student: Any, rate: float, embedding_rate: float) -> list[dict[str, Any]]:
    words = student.transformers_model.get_input_embeddings().weight
    body = [p for p in student.parameters() if p is not words]
    return [
        {"params": body, "lr": rate},
        {"params": [words], "lr": embedding_rate, "weight_decay": 0.0},
    ]


if __name__ == "__main__":
    main()
