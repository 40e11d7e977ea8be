"""Readers that transformers loads and torch computes: any that has no graph."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.models.reader import READS_AROUND, SpanReader
from rag.models.reading import Scores
from rag.models.torch_compute import precision, traced, workers

if TYPE_CHECKING:
    from transformers import BatchEncoding

MULTIPLE = 32
"""Padded lengths are multiples of this: torch prepares itself anew for every new length."""


class TorchModel:
    """A :class:`~rag.models.reader.SpanModel` over a transformers model, as a traced graph."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.reads_around = bool(getattr(model.config, READS_AROUND, False))
        longest = min(tokenizer.model_max_length, model.config.max_position_embeddings)
        self._longest = longest // MULTIPLE * MULTIPLE
        self._lock = threading.Lock()  # a tokenizer must not be set and used at the same time
        model.config.return_dict = False
        one, two = self.batch("?", ["?"]), self.batch("?", ["?", "? " * 50])
        self._model = traced(model, dict(one), dict(two))

    def offsets(self, question: str) -> list[tuple[int, int]]:
        """As in :class:`~rag.models.reader.SpanModel`."""
        with self._lock:
            encoded = self._tokenizer(
                question, add_special_tokens=False, truncation=False, verbose=False
            )
        return list(encoded.encodings[0].offsets)

    def batch(self, question: str, texts: Sequence[str]) -> BatchEncoding:
        """As in :class:`~rag.models.reader.SpanModel`."""
        with self._lock:
            batch: BatchEncoding = self._tokenizer(
                [question] * len(texts),
                list(texts),
                truncation="only_second",
                max_length=self._longest,
                padding=True,
                pad_to_multiple_of=MULTIPLE,
                return_tensors="pt",
            )
        return batch

    def score(self, batch: BatchEncoding) -> tuple[Scores, Scores]:
        """As in :class:`~rag.models.reader.SpanModel`."""
        import torch

        with torch.inference_mode():
            start, end = self._model(**batch)[:2]
        return start.float().numpy(), end.float().numpy()


def load_with_torch(folder: Path, threads: int | None) -> SpanReader:
    """As :func:`rag.models.reader.load_reader`.

    It computes in the precision that :func:`rag.models.torch_compute.precision` says, and as a
    graph where :func:`rag.models.torch_compute.traced` can make one.
    """
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    from rag.models.quiet import quiet_loading

    with quiet_loading():
        model = AutoModelForQuestionAnswering.from_pretrained(
            folder, dtype=precision(folder), local_files_only=True
        )
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        loaded = TorchModel(model.eval(), tokenizer)
    return SpanReader(loaded, workers(threads or torch.get_num_threads(), "reader"))
