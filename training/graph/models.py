"""The graphs of a reader and of an encoder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rag.models.graph import GRAPH
from training.graph.bert import body, times
from training.graph.nodes import WEIGHTS, Graph


def write(folder: Path, *, whole: bool | None = None) -> Path:
    """Write the graph of the model in ``folder`` beside its weights, and return the file.

    Raises:
        ModuleNotFoundError, ValueError: as :func:`graph_of`.
    """
    file = folder / GRAPH
    file.write_bytes(graph_of(folder, whole=whole))
    return file


def graph_of(folder: Path, *, whole: bool | None = None) -> bytes:
    """The graph of the model in ``folder``; the same files give the same bytes.

    ``whole`` says whether it computes in whole numbers; by default a reader does.

    Raises:
        ModuleNotFoundError: the package onnx is not installed.
        ValueError: it is of a kind that is not known here.
    """
    if (folder / "modules.json").is_file():
        model = encoder(folder, whole=bool(whole))
    else:
        model = reader(folder, whole=whole is not False)
    written: bytes = model.SerializeToString(deterministic=True)
    return written


def reader(folder: Path, *, whole: bool = True) -> Any:
    """A span model: ``start`` and ``end``, shape (rows, pieces)."""
    graph = Graph(folder)
    graph.open(WEIGHTS, "bert.")
    hidden = body(graph, _json(folder / "config.json"), whole=whole)
    graph.open(WEIGHTS)
    both = graph.add("Add", *times(graph, hidden, "qa_outputs"), graph.weight("qa_outputs.bias"))
    start, end = (
        graph.add("Gather", both, graph.constant(column, "int64"), axis=2) for column in (0, 1)
    )
    shape: list[str | int] = ["rows", "pieces"]
    return graph.model(start=(start, shape), end=(end, shape))


def encoder(folder: Path, *, whole: bool = False) -> Any:
    """A sentence-transformers model: ``vector``, shape (rows, dimension), of unit length.

    What it consists of is read in modules.json. Two transformers read the same pieces: the second
    one's vector is appended to the first's, as ``training.encoder.join`` writes it.
    """
    graph = Graph(folder)
    config: dict[str, Any] = {}
    vector, first, pooled, hidden, width = "", "", "", "", 0
    for module in _json(folder / "modules.json"):
        own, kind = folder / module["path"], module["type"].rsplit(".", 1)[-1]
        if kind == "Transformer":
            graph.open((Path(module["path"]) / WEIGHTS).as_posix())
            config = _json(own / "config.json")
            hidden = body(graph, config, whole=whole and config["intermediate_size"] > 1)
        elif kind == "Pooling":
            modes = _json(own / "config.json")["pooling_mode"]
            pooled = _mean(graph, hidden)
            width += config["hidden_size"]
            if modes == "mean":
                vector = pooled
            elif modes == ["cls", "mean"] and first:
                vector = graph.add("Concat", first, pooled, axis=1)
            else:
                raise ValueError(f"pooling by {modes} is not known here")
        elif kind == "Normalize":
            vector = _unit(graph, vector)
            if _json(own / "config.json").get("module_output_name") == "cls_token_embeddings":
                first = vector
        else:
            raise ValueError(f"a module of the kind {kind} is not known here")
    return graph.model(vector=(vector, ["rows", width]))


def _mean(graph: Graph, hidden: str) -> str:
    """The mean of the hidden states of a row's pieces, padding left out."""
    from onnx import TensorProto

    last, pieces = graph.constant([2], "int64"), graph.constant([1], "int64")
    weights = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    counted = graph.add("Mul", hidden, graph.add("Unsqueeze", weights, last))
    total = graph.add("ReduceSum", counted, pieces, keepdims=0)
    return graph.add("Div", total, graph.add("ReduceSum", weights, pieces, keepdims=1))


def _unit(graph: Graph, vector: str) -> str:
    """Rows brought to unit length."""
    length = graph.add("ReduceL2", vector, graph.constant([1], "int64"), keepdims=1)
    return graph.add("Div", vector, graph.add("Max", length, graph.constant(1e-12)))


def _json(file: Path) -> Any:
    return json.loads(file.read_text("utf-8"))
