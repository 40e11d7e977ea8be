"""BERT in the operations that onnxruntime computes fastest, in float32 or in whole numbers.

In whole numbers a matrix has eight bits with a scale for each column. So has what goes in, with a
scale for each word piece: a text's scores do not depend on what is read beside it.

Processors without VNNI add products of neighbouring rows in 16 bits, which may be too few. So the
scale leaves room for the largest sum of two neighbours: half a bit is lost, and all processors
compute the same.
"""

from __future__ import annotations

from typing import Any

from rag.models.table import float8
from training.graph.nodes import MICROSOFT, Graph

STEPS = 127.0
MIDDLE = 128

DIP = 0.17
"""How far below zero a gelu goes, at most: .16997."""


def body(graph: Graph, config: dict[str, Any], *, whole: bool = False) -> str:
    """Hidden states, shape (rows, pieces, hidden), of ``input_ids`` and ``attention_mask``.

    With ``whole`` matrices are multiplied in whole numbers.
    """
    from onnx import TensorProto

    if config["hidden_act"] != "gelu":
        raise ValueError(f"only gelu is known here, not {config['hidden_act']}")
    hidden = _embedded(graph, config["layer_norm_eps"])
    mask = graph.add("Cast", "attention_mask", to=TensorProto.INT32)
    for number in range(config["num_hidden_layers"]):
        hidden = _layer(graph, f"encoder.layer.{number}", hidden, mask, config, whole)
    return hidden


def _layer(
    graph: Graph, at: str, hidden: str, mask: str, config: dict[str, Any], whole: bool
) -> str:
    parts = [f"{at}.attention.self.{part}" for part in ("query", "key", "value")]
    bias = graph.add("Concat", *(graph.weight(f"{part}.bias") for part in parts), axis=0)
    mixed = graph.add(
        "MultiHeadAttention", *times(graph, hidden, *parts, whole=whole), bias, mask,
        domain=MICROSOFT, num_heads=config["num_attention_heads"],
    )  # fmt: skip
    [out] = times(graph, mixed, f"{at}.attention.output.dense", whole=whole)
    bias = graph.weight(f"{at}.attention.output.dense.bias")
    hidden = _normal_sum(graph, out, hidden, f"{at}.attention.output", bias, config)
    [inner] = times(graph, hidden, f"{at}.intermediate.dense", whole=whole)
    inner = graph.add("Add", inner, graph.weight(f"{at}.intermediate.dense.bias"))
    inner = graph.add("Gelu", inner, domain=MICROSOFT)
    out, bias = _mapped_down(graph, inner, f"{at}.output.dense", whole)
    return _normal_sum(graph, out, hidden, f"{at}.output", bias, config)


def _embedded(graph: Graph, epsilon: float) -> str:
    zero, one = graph.constant([0], "int64"), graph.constant([1], "int64")
    pieces = graph.add("Shape", "input_ids", start=1, end=2)
    table = graph.weight("embeddings.position_embeddings.weight")
    places = graph.add("Slice", table, zero, pieces, zero)
    kinds = graph.weight("embeddings.token_type_embeddings.weight")
    kind = graph.add("Slice", kinds, zero, one, zero)
    words = looked_up(graph, "embeddings.word_embeddings.weight", "input_ids")
    hidden = graph.add("Add", words, graph.add("Add", places, kind))
    return graph.add(
        "LayerNormalization", hidden, graph.weight("embeddings.LayerNorm.weight"),
        graph.weight("embeddings.LayerNorm.bias"), axis=-1, epsilon=epsilon,
    )  # fmt: skip


def looked_up(graph: Graph, name: str, ids: str) -> str:
    """Rows of a table that stays as it is kept; only the rows are widened.

    onnxruntime gathers no float8: bytes are gathered, and then what each of them means.
    """
    from onnx import TensorProto

    rows = graph.add("Gather", graph.raw(name, as_bytes=True), ids)
    if graph.place(name).kind != "F8_E4M3":
        return graph.add("Cast", rows, to=TensorProto.FLOAT)
    meanings = graph.constant(float8())
    return graph.add("Gather", meanings, graph.add("Cast", rows, to=TensorProto.INT32))


def times(graph: Graph, hidden: str, *names: str, whole: bool = False) -> list[str]:
    """``hidden`` times each of the matrices called ``names``, without their biases."""
    if not whole:
        matrices = [graph.weight(f"{name}.weight") for name in names]
        return [
            graph.add("FusedMatMul", hidden, matrix, domain=MICROSOFT, transB=1)
            for matrix in matrices
        ]
    rounded, scale = _whole_rows(graph, hidden)
    one, middle = graph.constant(1.0), graph.constant(MIDDLE, "uint8")
    columns = [_whole_columns(graph, f"{name}.weight") for name in names]
    products = [
        graph.add("MatMulIntegerToFloat", rounded, numbers, one, scales, middle, domain=MICROSOFT)
        for numbers, scales in columns
    ]
    return [graph.add("Mul", product, scale) for product in products]


def _whole_columns(graph: Graph, name: str) -> tuple[str, str]:
    """A matrix, kept as (outputs, inputs), as int8 (inputs, outputs), and each column's scale.

    Scales are in half precision, so that the matrix need not be widened to be divided by them.
    """
    import numpy as np
    from onnx import TensorProto

    kept = np.abs(graph.values(name))
    largest = (kept[:, ::2] + kept[:, 1::2]).max(axis=1)
    # rounded up, that no number be larger than it may be
    scales = np.nextafter((largest / STEPS).astype("float16"), np.float16(np.inf))
    matrix = graph.add("Cast", graph.raw(name), to=TensorProto.FLOAT16)
    numbers = graph.add(
        "QuantizeLinear", matrix, graph.constant(scales, "float16"),
        graph.constant(np.zeros(len(scales)), "int8"), axis=0,
    )  # fmt: skip
    widened = graph.add("Cast", graph.constant(scales, "float16"), to=TensorProto.FLOAT)
    return graph.add("Transpose", numbers, perm=[1, 0]), widened


def _whole_rows(graph: Graph, hidden: str) -> tuple[str, str]:
    """Hidden states as uint8 around :data:`MIDDLE`, and the scale of each word piece."""
    last = graph.constant([2], "int64")
    largest = graph.add("ReduceMax", graph.add("Abs", hidden), last, keepdims=1)
    return _rounded(graph, hidden, largest, STEPS, MIDDLE)


def _rounded(graph: Graph, hidden: str, largest: str, steps: float, zero: int) -> tuple[str, str]:
    from onnx import TensorProto

    largest = graph.add("Max", largest, _tiny(graph))
    moved = graph.add("Mul", hidden, graph.add("Div", graph.constant(steps), largest))
    # a half more, as the cast cuts off what is behind the point
    moved = graph.add("Add", moved, graph.constant(zero + 0.5))
    numbers = graph.add("Cast", moved, to=TensorProto.UINT8)
    return numbers, graph.add("Div", largest, graph.constant(steps))


def _mapped_down(graph: Graph, inner: str, name: str, whole: bool) -> tuple[str, str]:
    """What a gelu gave times the matrix called ``name``, and the bias that is still to be added.

    A gelu gives at least -:data:`DIP`. In whole numbers that is added before, which leaves all
    eight bits to what is above, and what it comes to behind the matrix is taken from the bias.
    """
    from onnx import TensorProto

    bias = graph.weight(f"{name}.bias")
    if not whole:
        [out] = times(graph, inner, name)
        return out, bias
    dip, zero = graph.constant(DIP), graph.constant(0, "uint8")
    raised = graph.add("Add", inner, dip)
    largest = graph.add("ReduceMax", raised, graph.constant([2], "int64"), keepdims=1)
    rounded, scale = _rounded(graph, raised, largest, 2 * MIDDLE - 1.0, 0)
    numbers, scales = _whole_columns(graph, f"{name}.weight")
    product = graph.add(
        "MatMulIntegerToFloat", rounded, numbers, graph.constant(1.0), scales, zero,
        domain=MICROSOFT,
    )  # fmt: skip
    widened = graph.add("Cast", numbers, to=TensorProto.FLOAT)
    sums = graph.add("ReduceSum", widened, graph.constant([0], "int64"), keepdims=0)
    less = graph.add("Mul", graph.add("Mul", sums, scales), dip)
    return graph.add("Mul", product, scale), graph.add("Sub", bias, less)


def _tiny(graph: Graph) -> str:
    """What a scale is at least: nothing is divided by zero."""
    return graph.constant(1e-12)


def _normal_sum(
    graph: Graph, out: str, hidden: str, name: str, bias: str, config: dict[str, Any]
) -> str:
    """The layer norm of ``hidden`` and a map's output, whose bias is added here."""
    norm = f"{name}.LayerNorm"
    return graph.add(
        "SkipLayerNormalization", out, hidden, graph.weight(f"{norm}.weight"),
        graph.weight(f"{norm}.bias"), bias, domain=MICROSOFT, epsilon=config["layer_norm_eps"],
    )  # fmt: skip
