"""The encoder as a graph: what ships with Sanad."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import EncoderError
from rag.models.compute import FEW, cores, sliced, unit
from rag.models.encoder import Vectors
from rag.models.graph import Graph, open_graph
from rag.models.graph_pieces import cut, open_tokenizer, padded, written
from rag.models.identity import EncoderIdentity, family_prompts
from rag.models.pieces import PieceVectors


class GraphEncoder:
    """An :class:`~rag.models.encoder.Encoder` over an opened graph; may be shared by threads.

    Vectors are computed beside one another: those of a question on one core, many texts in slices
    of like length on ``threads`` cores, one a slice.
    """

    def __init__(
        self,
        graph: Graph,
        tokenizer: Any,
        identity: EncoderIdentity,
        *,
        longest: int,
        prompts: dict[str, str],
        threads: int,
    ) -> None:
        self._graph = graph
        self._tokenizer = tokenizer
        self._identity = identity
        self._longest = longest
        self._prompts = prompts
        self._threads = threads
        self._question = ThreadPoolExecutor(1, "question")
        self._slices = ThreadPoolExecutor(threads, "encoder")
        self._pieces = PieceVectors()
        empty, prompted = self.count_tokens(["", prompts.get("document", "")])
        self._prompt_tokens = prompted - empty

    @property
    def identity(self) -> EncoderIdentity:
        """As in :class:`~rag.models.encoder.Encoder`."""
        return self._identity

    @property
    def max_tokens(self) -> int:
        """As in :class:`~rag.models.encoder.Encoder`."""
        return self._longest - self._prompt_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As in :class:`~rag.models.encoder.Encoder`."""
        return [len(row.ids) for row in self._encodings(texts)]

    def piece_vectors(self, texts: Sequence[str]) -> list[Vectors]:
        """As in :class:`~rag.models.encoder.Encoder`."""
        return self._pieces.of(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """As in :class:`~rag.models.encoder.Encoder`."""
        return self._vectors("query", texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """As in :class:`~rag.models.encoder.Encoder`."""
        return self._vectors("document", texts)

    def _vectors(self, kind: str, texts: Sequence[str]) -> Vectors:
        prompt = self._prompts.get(kind, "")
        vectors = np.zeros((len(texts), self._identity.dimension), dtype=np.float32)
        slices = sliced(texts, self._threads)
        pool = self._question if len(texts) <= FEW else self._slices
        computing = pool.map(lambda rows: self._slice([prompt + texts[i] for i in rows]), slices)
        for rows, found in zip(slices, computing, strict=True):
            vectors[rows] = found
        return unit(vectors)  # a model need not do that itself

    def _slice(self, texts: Sequence[str]) -> Vectors:
        rows = [cut(row.ids, self._longest) for row in self._encodings(texts)]
        return self._graph.run(*padded(rows))[0]

    def _encodings(self, texts: Sequence[str]) -> list[Any]:
        encodings: list[Any] = self._tokenizer.encode_batch_fast([written(text) for text in texts])
        return encodings


def open_encoder(
    name: str, folder: Path, identity: EncoderIdentity, threads: int | None
) -> GraphEncoder:
    """As :func:`rag.models.encoder.load_encoder`, for a folder with a graph.

    Raises:
        EncoderError: the graph or what belongs to it cannot be opened.
    """
    try:
        graph = open_graph(folder)
        if graph.width != identity.dimension:
            raise ValueError(
                f"its vectors have {graph.width} dimensions, but its config.json states "
                f"{identity.dimension}"
            )
        tokenizer, longest = open_tokenizer(folder)
        return GraphEncoder(
            graph,
            tokenizer,
            identity,
            longest=longest,
            prompts=_prompts(folder) or family_prompts(name),
            threads=threads or cores(),
        )
    except Exception as error:  # each file format has its own kinds
        raise EncoderError(
            f"The encoder {name!r} cannot be loaded: {error}. Point SANAD_ENCODER at a "
            "complete sentence-transformers folder, or unset it for the shipped encoder."
        ) from error


def _prompts(folder: Path) -> dict[str, str]:
    """The model's own prompts; empty where it has none."""
    config = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))
    return {kind: prompt for kind, prompt in config.get("prompts", {}).items() if prompt}
