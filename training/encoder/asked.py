"""Teach an encoder what is asked in Arabic: questions find English passages, which stay.

    python -m training.encoder.asked --config training/config.toml --minutes 60 --resume
    python -m training.encoder.asked --config training/config.toml --export FOLDER

Each Arabic question is to tell its passage from all others, and its English wording from all
others, where the start put them; so are questions on Arabic passages, and translations. Passages of
both languages and English questions are held where they are: only what is asked in Arabic moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from training import arguments, loop, settings
from training.encoder import bank, export, losses, model
from training.encoder.asked_examples import Step, epoch, held_texts, read

if TYPE_CHECKING:
    import torch

STAGE = "encoder-asked"
PARTS = 4
"""Parts of like length that short texts go through in: less is padded."""


def main() -> None:
    """Train within the minutes given, or write the checkpoint's model as a folder."""
    parser = arguments.training_parser("training.encoder.asked", __doc__)
    given = parser.parse_args()
    config = settings.load(given.config)
    if given.export:
        own = config.asked
        export.write(config, STAGE, own.start, own.of_start, given.export)
    else:
        progress = train(config, given.minutes, given.resume)
        print(f"stopped at step {progress.step} after {progress.seconds / 60:.1f} minutes")


def train(config: settings.TrainingSettings, minutes: float, resume: bool) -> loop.Progress:
    """Train until the minutes or the steps are used up; returns where it stands."""
    import torch

    own = config.asked
    device, machine = loop.device_of(config)
    examples = read(config)
    student = model.load(own.start, device, machine.dropout)
    still = model.load(own.start, device).eval().to(loop.precision(device))
    known = bank.build(config, held_texts(examples), still, own.start)
    del still
    passages = _Found(known, [passage for _, passage in examples.questions], device)
    english = _Found(known, [pair.en for pair, _ in examples.questions], device)
    arabic = _Found(known, [passage for _, passage in examples.arabic], device)
    others = _Found(known, [pair.en for pair in examples.pairs], device)

    def loss(step: Step) -> tuple[torch.Tensor, int]:
        asked = [pair.ar for pair, _ in step.questions]
        on_arabic = [question for question, _ in step.arabic]
        translations = [pair.ar for pair in step.pairs]
        short = [*asked, *on_arabic, *translations, *step.short]
        read = model.vectors(student, short, config.encoder.longest_question, PARTS)
        questions, in_arabic, translated, short_held = torch.split(
            read, [len(asked), len(on_arabic), len(translations), len(step.short)]
        )
        long = model.vectors(student, step.long, config.encoder.longest_passage, len(step.long))
        wordings = [pair.en for pair, _ in step.questions]
        meant = [pair.en for pair in step.pairs]
        finding = (
            passages.loss(questions, [passage for _, passage in step.questions])
            + english.loss(questions, wordings, losses.PAIR_SCALE) / 2
            + arabic.loss(in_arabic, [passage for _, passage in step.arabic]) / 2
            + others.loss(translated, meant, losses.PAIR_SCALE) / 2
        )
        meaning = losses.distance(questions, english.of(wordings)) + losses.distance(
            translated, others.of(meant)
        )
        held = losses.distance(short_held, known.vectors(step.short, device))
        held = held + losses.distance(long, known.vectors(step.long, device))
        return finding + meaning + own.hold * held, len(asked)

    job = loop.Job(
        name=STAGE,
        start=loop.identity(own.start),
        seed=config.seed,
        model=student,
        groups=model.groups(student, own.learning_rate, own.frozen),
        steps=own.steps,
        warmup=own.warmup,
        batches=lambda number: epoch(examples, own, machine.batch, config.seed, number),
        loss=loss,
    )
    return loop.run(job, config.checkpoints, device, minutes, resume)


class _Found:
    """Texts that are told from one another where the start put them."""

    def __init__(self, known: bank.Bank, texts: Sequence[str], device: torch.device) -> None:
        distinct = list(dict.fromkeys(texts))
        self._vectors = known.vectors(distinct, device)
        self._place = {text: i for i, text in enumerate(distinct)}

    def of(self, texts: Sequence[str]) -> torch.Tensor:
        """Their unit vectors, (texts, dimension)."""
        return self._vectors[[self._place[text] for text in texts]]

    def loss(
        self, vectors: torch.Tensor, texts: Sequence[str], scale: float = losses.SCALE
    ) -> torch.Tensor:
        """Of finding each of ``texts`` among all by the ``vectors`` in step with them."""
        import torch

        gold = torch.tensor([self._place[text] for text in texts], device=vectors.device)
        return losses.retrieval_loss(vectors, self._vectors, gold, scale)


if __name__ == "__main__":
    main()
