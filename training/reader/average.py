"""Average readers of one run or of runs from the same start, weight by weight.

    python -m training.reader.average FOLDER FOLDER ... --export FOLDER

Checkpoints that lie in one valley of the loss are better in their middle than each by itself
(Wortsman et al. 2022, "Model soups"). The tokenizer and the configuration are the first folder's.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

WEIGHTS = "model.safetensors"


def average(folders: Sequence[Path], export: Path) -> None:
    """Write the mean of the readers in ``folders`` to ``export``, each weight as it was kept.

    Raises:
        ValueError: their weights differ in name or shape, or there is none.
        FileExistsError: ``export`` is there already.
    """
    import torch
    from safetensors.torch import load_file, save_file

    readers = [load_file(folder / WEIGHTS) for folder in folders]
    shapes = [{name: weight.shape for name, weight in reader.items()} for reader in readers]
    if not readers or any(shape != shapes[0] for shape in shapes):
        raise ValueError(f"Not readers of one make: {', '.join(map(str, folders))}.")
    shutil.copytree(folders[0], export)
    mean = {
        name: torch.stack([reader[name].float() for reader in readers]).mean(0).to(weight.dtype)
        for name, weight in readers[0].items()
    }
    save_file(mean, export / WEIGHTS, metadata={"format": "pt"})


def main() -> None:
    """Average the folders given."""
    parser = argparse.ArgumentParser(prog="training.reader.average", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--export", type=Path, required=True, metavar="FOLDER")
    arguments = parser.parse_args()
    average(arguments.folders, arguments.export)


if __name__ == "__main__":
    main()
