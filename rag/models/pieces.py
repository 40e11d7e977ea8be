"""Static vectors of word pieces, near each other where the pieces mean the same in two languages.

They are the input embeddings of a model whose Arabic pieces began as mixtures of the English pieces
they translate. No pass through a model is needed, and no model but that table is loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import ReaderError
from rag.models.compute import unit
from rag.models.recent import Recent
from rag.models.table import Table

Vectors = NDArray[np.float32]
Ids = NDArray[np.int32]

SHIPPED = Path(__file__).parent / "weights" / "pieces"

TOKENIZED = 4096
"""Texts whose word pieces are kept for the next question, a kilobyte or two each."""

EMBEDDINGS = "word_embeddings.weight"


class PieceVectors:
    """The input embeddings in ``folder``, by default the shipped ones.

    May be shared by threads. Files are read when the first text is looked up.
    """

    def __init__(self, folder: Path = SHIPPED) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._ids: Recent[Ids] = Recent(TOKENIZED)

    def of(self, texts: Sequence[str]) -> list[Vectors]:
        """Vectors of each text's word pieces: float32, (pieces, dimension), unit length.

        Raises:
            ReaderError: the folder holds no tokenizer or no word embeddings.
        """
        table = self._table
        return [unit(table.rows(ids)) for ids in self._ids.look_up(texts, self._tokenize)]

    def _tokenize(self, texts: Sequence[str]) -> list[Ids]:
        some = [text.encode("utf-8", "replace").decode() for text in texts]
        with self._lock:
            found = self._tokenizer.encode_batch_fast(some, add_special_tokens=False)
        return [np.asarray(row.ids, dtype=np.int32) for row in found]

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        try:
            tokenizer: Any = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        except Exception as error:  # the library raises nothing more telling
            raise self._incomplete(error) from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _table(self) -> Table:
        try:
            return Table(self._folder / "model.safetensors", EMBEDDINGS)
        except (OSError, ValueError, KeyError) as error:
            raise self._incomplete(error) from error

    def _incomplete(self, error: Exception) -> ReaderError:
        return ReaderError(
            f"The word pieces of {self._folder} cannot be read: {error}. Install Sanad again: "
            "the folder ships with it."
        )
