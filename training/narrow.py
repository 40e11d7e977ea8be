"""Keep word embeddings, most of what a small model weighs, in quarter precision.

    python -m training.narrow FOLDER [--matrices]

A number of float8 (e4m3) has three bits after its first one: it is off by a sixteenth at most, and
below 2^-6 by 2^-10. What many of them lead to is off by far less. Loading turns them back.
"""

from __future__ import annotations

import argparse
from pathlib import Path

EMBEDDINGS = "word_embeddings.weight"


def narrow(folder: Path, matrices: bool = False) -> None:
    """Rewrite the word embeddings of every ``safetensors`` file below ``folder``.

    With ``matrices`` all matrices of the folder's own model as well, and those that stay exact of
    models in folders below, which may hold set values.

    Raises:
        ValueError: there is no such file.
    """
    import torch
    from safetensors.torch import load_file, save_file

    files = sorted(folder.rglob("*.safetensors"))
    if not files:
        raise ValueError(f"No weights below {folder}: give a folder with *.safetensors in it.")
    for file in files:
        weights = load_file(file)
        for name, weight in weights.items():
            less = weight.to(torch.float8_e4m3fn)
            fit = file.parent == folder or torch.equal(less.to(weight.dtype), weight)
            if (matrices and weight.ndim == 2 and fit) or name.endswith(EMBEDDINGS):
                weights[name] = less
        partial = file.with_suffix(".partial")
        save_file(weights, partial, metadata={"format": "pt"})
        partial.replace(file)


def main() -> None:
    """Narrow the models of a folder."""
    parser = argparse.ArgumentParser(prog="training.narrow", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--matrices", action="store_true", help="of its own model, all of them")
    arguments = parser.parse_args()
    narrow(arguments.folder, arguments.matrices)


if __name__ == "__main__":
    main()
