"""Models in onnxruntime, in float32 and in int8, and how long a call takes.

Writing them needs the packages onnx and onnxscript, which Sanad does not install.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

RUNS = 15
WARM_UP = 2


def median_ms(run: Callable[[], object]) -> float:
    """Milliseconds of a call of ``run``: the median of ``RUNS``, less the first ``WARM_UP``."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times[WARM_UP:])


def to_onnx(
    model: torch.nn.Module, inputs: dict[str, torch.Tensor], outputs: Sequence[str], file: Path
) -> Path:
    """Write ``model`` to ``file`` in float32, and return ``file``.

    ``inputs`` is an example: tensors of shape (rows, pieces) by the names that ``forward`` has for
    them; both sizes stay free. ``outputs`` names what it returns.

    Raises:
        ModuleNotFoundError: onnx or onnxscript is not installed.
    """
    import torch

    dynamic = {0: torch.export.Dim("rows"), 1: torch.export.Dim("pieces")}
    torch.onnx.export(
        model,
        kwargs=inputs,
        f=file,
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_shapes=dict.fromkeys(inputs, dynamic),
        dynamo=True,
        external_data=False,
    )
    return file


def to_int8(full: Path, file: Path) -> Path:
    """Write the ONNX model ``full`` to ``file`` with its matrices in int8, and return ``file``.

    A scale for each column, and seven of the eight bits, as onnxruntime's manual advises for
    processors without VNNI, where sums of full int8 products saturate. Activations are quantised
    as they come ("dynamic"), so no data is needed to calibrate; word embeddings stay float32.

    Raises:
        ModuleNotFoundError: onnx is not installed.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        full,
        file,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        op_types_to_quantize=["MatMul"],
    )
    return file


def open_onnx(file: Path, threads: int) -> Any:
    """``file`` opened in onnxruntime, on the processor; each operation on ``threads`` threads."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
