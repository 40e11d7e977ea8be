"""What a reader has learnt beyond its start, in one file: another machine goes on from there.

    python -m training.reader.learnt --config training/config.toml

writes the checkpoint's weights that training changes, in half precision, to the file that
``[reader] learnt`` names. Where that file is, training and ``--export`` begin from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training import arguments, loop, settings

if TYPE_CHECKING:
    import torch


def write(weights: dict[str, torch.Tensor], names: Iterable[str], file: Path) -> None:
    """Write the ``names`` among ``weights`` to ``file``.

    Raises:
        KeyError: one of them is not among the weights.
    """
    import torch
    from safetensors.torch import save_file

    kept = {name: weights[name].to(torch.float16).contiguous() for name in names}
    partial = file.with_suffix(".partial")
    save_file(kept, partial, metadata={"format": "pt"})
    partial.replace(file)


def add(model: Any, file: Path) -> None:
    """Put what is in ``file`` into ``model``; a file that is not there adds nothing.

    Raises:
        ValueError: a weight has no place in the model.
    """
    from safetensors.torch import load_file

    if not file.is_file():
        return
    weights = load_file(file)
    own = {name: weight.shape for name, weight in model.state_dict().items()}
    unfit = [name for name, weight in weights.items() if own.get(name) != weight.shape]
    if unfit:
        raise ValueError(f"{file} is of another model: {', '.join(sorted(unfit)[:3])} do not fit.")
    model.load_state_dict(weights, strict=False)


def identity(config: settings.TrainingSettings) -> str:
    """What a checkpoint of the reader knows its start by."""
    start, file = loop.identity(config.reader.start), Path(config.reader.learnt)
    if not file.is_file():
        return start
    return f"{start}+{hashlib.sha256(file.read_bytes()).hexdigest()[:16]}"


def main() -> None:
    """Write the checkpoint's."""
    import torch

    from training.reader import model
    from training.reader.__main__ import trainable

    given = arguments.parser("training.reader.learnt", __doc__).parse_args()
    config = settings.load(given.config)
    reader, _ = model.load(config.reader.start, torch.device("cpu"))
    weights = loop.trained(config.checkpoints / "reader.pt", identity(config))
    write(weights, trainable(reader, config.reader), Path(config.reader.learnt))


if __name__ == "__main__":
    main()
