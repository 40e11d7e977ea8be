"""Texts as the word pieces that a graph takes.

A tokenizer is set once, when it is opened, and only used from then on, so that threads may share it
without a lock. Rows are cut and padded here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.models.graph import Ids
from rag.models.quiet import stay_offline


def open_tokenizer(folder: Path) -> tuple[Any, int]:
    """The tokenizer in ``folder``, which neither cuts nor pads, and the most pieces that are read.

    Raises:
        OSError, ValueError, KeyError: a file is missing or damaged.
    """
    stay_offline()
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    try:
        tokenizer: Any = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing more telling
        raise ValueError(f"{file} cannot be read: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    settings = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    return tokenizer, min(settings["model_max_length"], config["max_position_embeddings"])


def written(text: str) -> str:
    """``text`` as the tokenizer takes it: half a character becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def cut(ids: Sequence[int], longest: int) -> Sequence[int]:
    """A row without what is too much before its last piece, which ends every row."""
    return ids if len(ids) <= longest else [*ids[: longest - 1], ids[-1]]


def padded(rows: Sequence[Sequence[int]]) -> tuple[Ids, Ids]:
    """Rows of pieces as a graph takes them: pieces, and which of them are no padding."""
    shape = len(rows), max(map(len, rows))
    pieces, attended = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for row, ids in enumerate(rows):
        pieces[row, : len(ids)] = ids
        attended[row, : len(ids)] = 1
    return pieces, attended
