"""Train the reader.

    python -m training.reader --config training/config.toml --minutes 60 --resume
    python -m training.reader --config training/config.toml --export FOLDER

A checkpoint is kept below the folder that the configuration names.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training import arguments, lengths, loop, settings
from training.data.files import Row
from training.reader import decode, examples, learnt, model


def main() -> None:
    """Train within the minutes given, or write the checkpoint's model as a folder."""
    parser = arguments.training_parser("training.reader", __doc__)
    given = parser.parse_args()
    config = settings.load(given.config)
    if given.export:
        export(config, given.export)
    else:
        progress = train(config, given.minutes, given.resume)
        print(f"stopped at step {progress.step} after {progress.seconds / 60:.1f} minutes")


def train(config: settings.TrainingSettings, minutes: float, resume: bool) -> loop.Progress:
    """Train until the minutes or the steps are used up; returns where it stands."""
    own = config.reader
    device, machine = loop.device_of(config)
    reader, tokenizer = model.load(own.start, device, machine.dropout)
    learnt.add(reader, Path(own.learnt))
    sets = examples.read_sets(config)

    def batches(number: int) -> Iterator[list[Row]]:
        rows = examples.epoch(sets, own, config.seed, number)
        print(f"epoch {number}: {len(rows)} rows, {examples.languages(rows)}", flush=True)
        sizes = list(map(decode.size, rows))
        yield from lengths.batches(
            rows, sizes, machine.tokens, random.Random(f"{config.seed} {number}")
        )

    job = loop.Job(
        name="reader",
        start=learnt.identity(config),
        seed=config.seed,
        model=reader,
        groups=_groups(reader, own),
        steps=own.steps,
        warmup=own.warmup,
        batches=batches,
        loss=lambda rows: model.span_loss(reader, tokenizer, rows, own.longest, device),
    )
    return loop.run(job, config.checkpoints, device, minutes, resume)


def export(config: settings.TrainingSettings, folder: Path) -> None:
    """Write the checkpoint's reader to ``folder``; without one, what was learnt before.

    Raises:
        ValueError: there is no checkpoint, or one of another start.
    """
    import torch

    reader, tokenizer = model.load(config.reader.start, torch.device("cpu"))
    learnt.add(reader, Path(config.reader.learnt))
    checkpoint = config.checkpoints / "reader.pt"
    if checkpoint.is_file() or not Path(config.reader.learnt).is_file():
        reader.load_state_dict(loop.trained(checkpoint, learnt.identity(config)))
    model.save(reader, tokenizer, folder, config.reader.longest)


def trainable(reader: Any, own: settings.ReaderSettings) -> list[str]:
    """The names of the weights that training changes."""
    _groups(reader, own)
    return [name for name, parameter in reader.named_parameters() if parameter.requires_grad]


def _groups(reader: Any, own: settings.ReaderSettings) -> list[dict[str, Any]]:
    """The new outputs learn faster than the body; embeddings at their own rate, or not at all.

    The lowest layers stay as they are.
    """
    words = list(reader.bert.embeddings.parameters())
    lowest = [p for layer in reader.bert.encoder.layer[: own.frozen] for p in layer.parameters()]
    for parameter in lowest if own.embedding_rate else [*lowest, *words]:
        parameter.requires_grad_(False)
    kept = {id(parameter) for parameter in [*words, *lowest]}
    body = [p for p in reader.bert.parameters() if id(p) not in kept]
    groups = [
        {"params": body, "lr": own.learning_rate},
        {"params": list(reader.qa_outputs.parameters()), "lr": 5 * own.learning_rate},
    ]
    if own.embedding_rate:
        groups.append({"params": words, "lr": own.embedding_rate})
    return groups


if __name__ == "__main__":
    main()
