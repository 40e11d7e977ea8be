"""The reader: where in a passage the answer stands, and whether it stands there at all.

A span model: question and passage are read together, every word piece is scored as the start and
as the end of the answer, and "no answer" is the span of the first position (Devlin et al. 2019,
"BERT", as for SQuAD 2.0). The shipped one is a transformers folder of our own making.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import ReaderError
from rag.models.compute import precision, traced, workers
from rag.models.excerpt import Excerpt
from rag.models.reading import Reading, Scores, reading_of_row

if TYPE_CHECKING:
    import torch
    from transformers import BatchEncoding

LONGEST_QUESTION = 96
"""Word pieces of a question that are read, at most; passages are cut to what is left."""

MULTIPLE = 32
"""Padded lengths are multiples of this: torch prepares itself anew for every new length."""

TOGETHER = 2
"""Passages read in one batch, of similar length: so little is padded and the cache holds them."""


READS_AROUND = "reads_around"
"""In a reader's config.json: whether it has learnt to read what stands around a passage."""


class Reader(Protocol):
    """What the rest of Sanad needs of a reader."""

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> list[Reading]:
        """Read ``question`` in each of ``excerpts``; the readings are in their order."""
        ...


class SpanReader:
    """A :class:`Reader` over a transformers model; may be shared by threads.

    ``threads`` groups of passages are read at the same time, each on one thread of its own: that
    keeps the cores busier than splitting the work within a group. One that has not learnt to read
    what stands around a passage (:data:`READS_AROUND`) gets the passage alone.
    """

    def __init__(self, model: Any, tokenizer: Any, threads: int = 1) -> None:
        self._tokenizer = tokenizer
        self._reads_around = bool(getattr(model.config, READS_AROUND, False))
        longest = min(tokenizer.model_max_length, model.config.max_position_embeddings)
        self._longest = longest // MULTIPLE * MULTIPLE
        self._lock = threading.Lock()  # a tokenizer must not be set and used at the same time
        self._computing = workers(threads, "reader")
        model.config.return_dict = False
        one, two = self._batch("?", ["?"]), self._batch("?", ["?", "? " * 50])
        self._model = traced(model, dict(one), dict(two))

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> list[Reading]:
        """As in :class:`Reader`."""
        asked = self._cut(question.encode("utf-8", "replace").decode())
        if not self._reads_around:
            excerpts = [Excerpt(excerpt.text) for excerpt in excerpts]
        texts = [excerpt.context + excerpt.text for excerpt in excerpts]
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        groups = [order[at : at + TOGETHER] for at in range(0, len(order), TOGETHER)]
        batches = [self._batch(asked, [texts[i] for i in group]) for group in groups]
        scored = self._computing.map(self._score, map(dict, batches))
        readings: dict[int, Reading] = {}
        for group, batch, (start, end) in zip(groups, batches, scored, strict=True):
            for row, i in enumerate(group):
                readings[i] = reading_of_row(excerpts[i], batch[row], start[row], end[row])
        return [readings[i] for i in range(len(excerpts))]

    def _batch(self, question: str, texts: Sequence[str]) -> BatchEncoding:
        """The question beside each of the texts, in word pieces: shape (texts, pieces)."""
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

    def _cut(self, question: str) -> str:
        """The beginning of a question too long to leave room for a passage."""
        with self._lock:
            encoded = self._tokenizer(
                question, add_special_tokens=False, truncation=False, verbose=False
            )
        offsets = encoded.encodings[0].offsets
        return question[: offsets[LONGEST_QUESTION][0]] if offsets[LONGEST_QUESTION:] else question

    def _score(self, inputs: dict[str, torch.Tensor]) -> tuple[Scores, Scores]:
        """Start and end logits: float32, shape (passages, pieces)."""
        import torch

        with torch.inference_mode():
            start, end = self._model(**inputs)[:2]
        return start.float().numpy(), end.float().numpy()


def reader_label(name: str) -> str:
    """What to call the reader ``name`` in a report: its folder and a hash of its weights, or none.

    >>> reader_label("none")
    'none'
    """
    folder = Path(name)
    if name == "none" or not folder.is_dir():
        return name
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.safetensors")):
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return f"{folder.resolve().name} ({digest.hexdigest()[:16]})"


def load_reader(folder: Path, threads: int | None = None) -> SpanReader:
    """Load the transformers model for question answering in ``folder`` on the CPU.

    It reads on ``threads`` cores, by default all, in the precision that
    :func:`rag.models.compute.precision` says, and as a graph where
    :func:`rag.models.compute.traced` can make one.

    Raises:
        ReaderError: the model is not there or cannot be loaded.
    """
    if not (folder / "config.json").is_file():
        raise ReaderError(
            f"There is no reader in {folder}. Point SANAD_READER at a transformers folder, set it "
            "to none, or unset it for the shipped reader."
        )
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    from rag.models.quiet import quiet_loading

    try:
        with quiet_loading():
            model = AutoModelForQuestionAnswering.from_pretrained(
                folder, dtype=precision(folder), local_files_only=True
            )
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            return SpanReader(model.eval(), tokenizer, threads or torch.get_num_threads())
    except Exception as error:  # each file format has its own kinds
        raise ReaderError(
            f"The reader in {folder} cannot be loaded: {error}. Point SANAD_READER at a complete "
            "transformers folder, set it to none, or unset it for the shipped reader."
        ) from error
