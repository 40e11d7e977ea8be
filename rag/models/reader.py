"""The reader: where in a passage the answer stands, and whether it stands there at all.

A span model: question and passage are read together, every word piece is scored as the start and
as the end of the answer, and "no answer" is the span of the first position (Devlin et al. 2019,
"BERT", as for SQuAD 2.0). The shipped one is a transformers folder of our own making with a graph
beside its weights, which is what is computed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from rag.errors import ReaderError
from rag.models.compute import cores
from rag.models.excerpt import Excerpt
from rag.models.graph import has_graph
from rag.models.reading import Reading, Scores, reading_of_row

LONGEST_QUESTION = 96
"""Word pieces of a question that are read, at most; passages are cut to what is left."""

TOGETHER = 2
"""Passages read in one batch, of similar length: so little is padded and the cache holds them."""

READS_AROUND = "reads_around"
"""In a reader's config.json: whether it has learnt to read what stands around a passage."""


class Reader(Protocol):
    """What the rest of Sanad needs of a reader."""

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> list[Reading]:
        """Read ``question`` in each of ``excerpts``; the readings are in their order."""
        ...


class SpanModel(Protocol):
    """What a reader needs of a span model, whatever computes it; may be shared by threads."""

    @property
    def reads_around(self) -> bool:
        """Whether it has learnt to read what stands around a passage."""
        ...

    def offsets(self, question: str) -> Sequence[tuple[int, int]]:
        """Where the word pieces of ``question`` begin and end in it."""
        ...

    def batch(self, question: str, texts: Sequence[str]) -> Any:
        """The question beside each of the texts; a row of it has ``offsets``, ``sequence_ids``.

        A text too long for the model is cut.
        """
        ...

    def score(self, batch: Any) -> tuple[Scores, Scores]:
        """Start and end logits: float32, shape (texts, pieces)."""
        ...


class SpanReader:
    """A :class:`Reader` over a span model; may be shared by threads.

    Groups of passages are read at the same time, each on a thread of ``computing``: that keeps the
    cores busier than splitting the work within a group. A model that has not learnt to read what
    stands around a passage gets the passage alone.
    """

    def __init__(self, model: SpanModel, computing: ThreadPoolExecutor) -> None:
        self._model = model
        self._computing = computing

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> list[Reading]:
        """As in :class:`Reader`."""
        asked = self._cut(question.encode("utf-8", "replace").decode())
        if not self._model.reads_around:
            excerpts = [Excerpt(excerpt.text) for excerpt in excerpts]
        texts = [excerpt.context + excerpt.text for excerpt in excerpts]
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        groups = [order[at : at + TOGETHER] for at in range(0, len(order), TOGETHER)]
        batches = [self._model.batch(asked, [texts[i] for i in group]) for group in groups]
        scored = self._computing.map(self._model.score, batches)
        readings: dict[int, Reading] = {}
        for group, batch, (start, end) in zip(groups, batches, scored, strict=True):
            for row, i in enumerate(group):
                readings[i] = reading_of_row(
                    excerpts[i],
                    batch[row],
                    start[row],
                    end[row],
                    lists=self._model.reads_around,
                )
        return [readings[i] for i in range(len(excerpts))]

    def _cut(self, question: str) -> str:
        """The beginning of a question too long to leave room for a passage."""
        offsets = self._model.offsets(question)
        return question[: offsets[LONGEST_QUESTION][0]] if offsets[LONGEST_QUESTION:] else question


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

    It reads on ``threads`` cores, by default all. One with a graph is opened in a fraction of a
    second; another needs libraries whose import takes seconds.

    Raises:
        ReaderError: the model is not there or cannot be loaded.
    """
    if not (folder / "config.json").is_file():
        raise ReaderError(
            f"There is no reader in {folder}. Point SANAD_READER at a transformers folder, set it "
            "to none, or unset it for the shipped reader."
        )
    try:
        if has_graph(folder):
            from rag.models.graph_reader import GraphModel

            return SpanReader(GraphModel(folder), ThreadPoolExecutor(threads or cores(), "reader"))
        from rag.models.torch_reader import load_with_torch

        return load_with_torch(folder, threads)
    except Exception as error:  # each file format has its own kinds
        raise ReaderError(
            f"The reader in {folder} cannot be loaded: {error}. Point SANAD_READER at a complete "
            "transformers folder, set it to none, or unset it for the shipped reader."
        ) from error
