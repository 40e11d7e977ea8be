"""Keep word embeddings, most of what a small model weighs, in quarter precision.

    python -m training.narrow FOLDER

A number of float8 (e4m3) has three bits after its first one: it is off by a sixteenth at most, and
below 2^-6 by 2^-10. What many of them lead to is off by far less. Loading turns them back.
"""

from __future__ import annotations

import argparse
from pathlib import Path

EMBEDDINGS = "word_embeddings.weight"


def narrow(folder: Path) -> None:
    """Rewrite the word embeddings of every ``safetensors`` file below ``folder``.

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
            if name.endswith(EMBEDDINGS):
                weights[name] = weight.to(torch.float8_e4m3fn)
        partial = file.with_suffix(".partial")
        save_file(weights, partial, metadata={"format": "pt"})
        partial.replace(file)


def main() -> None:
    """Narrow the models of a folder."""
    parser = argparse.ArgumentParser(prog="training.narrow", description=__doc__)
    parser.add_argument("folder", type=Path)
    narrow(parser.parse_args().folder)


if __name__ == "__main__":
    main()
