"""The reader as a graph: what ships with Sanad."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.models.graph import Graph, open_graph
from rag.models.graph_pieces import cut, open_tokenizer, padded, written
from rag.models.reader import READS_AROUND
from rag.models.reading import Scores


@dataclass(frozen=True, slots=True)
class GraphBatch:
    """Rows of word pieces, each with its offsets and with which of both texts a piece is of."""

    ids: list[Sequence[int]]
    encodings: list[Any]

    def __getitem__(self, row: int) -> CutEncoding:
        encoding, count = self.encodings[row], len(self.ids[row])
        # the last piece is of neither text, wherever a row is cut
        return CutEncoding(
            [*encoding.offsets[: count - 1], (0, 0)], [*encoding.sequence_ids[: count - 1], None]
        )


@dataclass(frozen=True, slots=True)
class CutEncoding:
    """A row as it is read: offsets of its pieces, and the text, 0 or 1, that each is of."""

    offsets: list[tuple[int, int]]
    sequence_ids: list[int | None]


class GraphModel:
    """A :class:`~rag.models.reader.SpanModel` over an opened graph; may be shared by threads."""

    def __init__(self, folder: Path) -> None:
        """Open the graph in ``folder``.

        Raises:
            OSError, RuntimeError, ValueError, KeyError: a file is missing or damaged.
        """
        self._graph: Graph = open_graph(folder)
        self._tokenizer, self._longest = open_tokenizer(folder)
        config = json.loads((folder / "config.json").read_text("utf-8"))
        self.reads_around = bool(config.get(READS_AROUND, False))

    def offsets(self, question: str) -> list[tuple[int, int]]:
        """As in :class:`~rag.models.reader.SpanModel`."""
        encoding = self._tokenizer.encode(written(question), add_special_tokens=False)
        return list(encoding.offsets)

    def batch(self, question: str, texts: Sequence[str]) -> GraphBatch:
        """As in :class:`~rag.models.reader.SpanModel`."""
        asked = written(question)
        encodings = self._tokenizer.encode_batch([(asked, written(text)) for text in texts])
        return GraphBatch([cut(row.ids, self._longest) for row in encodings], encodings)

    def score(self, batch: GraphBatch) -> tuple[Scores, Scores]:
        """As in :class:`~rag.models.reader.SpanModel`."""
        start, end = self._graph.run(*padded(batch.ids))
        return start, end
