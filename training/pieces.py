"""Write the word pieces of a model as a folder of their own: tokenizer and input embeddings.

    python -m training.pieces FOLDER --export FOLDER

The soft match looks words up in such a folder (:mod:`rag.models.pieces`). The one that ships is of
the reader before the present one, whose Arabic pieces began as mixtures of the English pieces that
they translate; no other table seen lies as close across languages.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from rag.models.pieces import EMBEDDINGS

WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"


def export(model: Path, folder: Path) -> None:
    """Write the pieces of the folder ``model`` to ``folder``, kept as precisely as there.

    Raises:
        FileExistsError: ``folder`` is there already.
        ValueError: the model has no word embeddings, or several.
    """
    from safetensors.torch import load_file, save_file

    found = {
        name: weight
        for name, weight in load_file(model / WEIGHTS).items()
        if name.endswith(EMBEDDINGS)
    }
    if len(found) != 1:
        raise ValueError(f"{model} holds {len(found)} tables of word embeddings, not one.")
    folder.mkdir(parents=True)
    (table,) = found.values()
    save_file({EMBEDDINGS: table}, folder / WEIGHTS)
    shutil.copy(model / TOKENIZER, folder / TOKENIZER)


def main() -> None:
    """Export the folder given."""
    parser = argparse.ArgumentParser(prog="training.pieces", description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--export", type=Path, required=True, metavar="FOLDER")
    arguments = parser.parse_args()
    export(arguments.model, arguments.export)


if __name__ == "__main__":
    main()
