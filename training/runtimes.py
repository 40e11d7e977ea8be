"""A model beside its likes in onnxruntime: in float32, and with weights in int8.

Needs the packages onnx and onnxscript, which Sanad does not install.
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
    """Milliseconds of one call: the median of some, after the first two."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times[WARM_UP:])


def to_onnx(
    model: torch.nn.Module, inputs: dict[str, torch.Tensor], outputs: Sequence[str], file: Path
) -> Path:
    """Write ``model`` to ``file`` in float32, for ``inputs`` of any (rows, pieces)."""
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
    """Write the ONNX model ``full`` to ``file`` with weights in int8, a scale for each column.

    Activations are quantised as they come ("dynamic"), so no data is needed to calibrate.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(full, file, weight_type=QuantType.QInt8, per_channel=True)
    return file


def open_onnx(file: Path, threads: int) -> Any:
    """An onnxruntime session on ``threads`` cores."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
