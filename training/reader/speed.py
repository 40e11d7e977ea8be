"""How fast a reader reads: PyTorch in float32, and onnxruntime in int8, side by side.

    python -m training.reader.speed FOLDER [--onnx FILE]

Eight passages of about 160 pieces with one question, all at once on all threads; the median of some
runs. The product reads them two by two, each pair on one thread.
With ``--onnx`` the int8 model is written there too (needs the packages onnx and onnxscript).
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag.types import LANGS
from training.reader import model
from training.reader.evaluate import questions

PASSAGES = 8
PIECES = 160
RUNS = 15


def main() -> None:
    """Print milliseconds a question."""
    parser = argparse.ArgumentParser(prog="training.reader.speed", description=__doc__)
    parser.add_argument("reader", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--onnx", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    import torch

    torch.set_num_threads(arguments.threads)
    device = torch.device("cpu")
    reader, tokenizer = model.load(str(arguments.reader), device)
    inputs = _inputs(tokenizer, arguments.data, device)
    print(
        f"{PASSAGES} passages, {inputs['input_ids'].shape[1]} pieces, {arguments.threads} threads"
    )
    reader.eval()
    with torch.inference_mode():
        print(f"torch float32: {_median(lambda: reader(**inputs)):.0f} ms")
        with torch.autocast("cpu", torch.bfloat16):
            print(f"torch bfloat16: {_median(lambda: reader(**inputs)):.0f} ms")
    if arguments.onnx:
        session = to_onnx(reader, inputs, arguments.onnx, arguments.threads)
        arrays = {name: tensor.numpy() for name, tensor in inputs.items()}
        milliseconds = _median(lambda: session.run(None, arrays))
        size = arguments.onnx.stat().st_size / 1e6
        print(f"onnxruntime int8: {milliseconds:.0f} ms, {size:.0f} MB")


def to_onnx(reader: Any, inputs: dict[str, Any], file: Path, threads: int) -> Any:
    """Write ``reader`` to ``file`` with weights in int8, and open it.

    Activations are quantised as they come ("dynamic"), so no data is needed to calibrate.
    """
    import onnxruntime
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    full = file.with_suffix(".float.onnx")
    names = ["input_ids", "attention_mask", "token_type_ids"]
    dynamic = {0: torch.export.Dim("rows"), 1: torch.export.Dim("pieces")}
    torch.onnx.export(
        reader,
        kwargs={name: inputs[name] for name in names},
        f=full,
        input_names=names,
        output_names=["start", "end"],
        dynamic_shapes=dict.fromkeys(names, dynamic),
        dynamo=True,
        external_data=False,
    )
    quantize_dynamic(full, file, weight_type=QuantType.QInt8, per_channel=True)
    full.unlink()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def _inputs(tokenizer: Any, folder: Path, device: Any) -> dict[str, Any]:
    asked = questions(folder)[:: 320 // PASSAGES][:PASSAGES]
    langs = (LANGS * PASSAGES)[:PASSAGES]
    passages = [a.passage[lang] for a, lang in zip(asked, langs, strict=True)]
    question = [asked[0].question["en"]] * len(passages)
    encoded = model.encode(tokenizer, question, passages, PIECES, device)
    return dict(encoded.inputs)


def _median(run: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times[2:])


if __name__ == "__main__":
    main()
