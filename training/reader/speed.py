"""How fast a reader reads: PyTorch in float32 and bfloat16, onnxruntime in int8, side by side.

    python -m training.reader.speed FOLDER [--onnx FILE]

Eight passages of about 160 pieces with one question, all at once on all threads; the median of some
runs. The product reads them two by two, each pair on one thread.
With ``--onnx`` the int8 model is written there too (needs the packages onnx and onnxscript).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from rag.language.text import LANGS
from rag.models.excerpt import Excerpt
from training.reader import model
from training.reader.evaluate import questions
from training.runtimes import median_ms, open_onnx, to_int8, to_onnx

PASSAGES = 8
PIECES = 160


def main() -> None:
    """Print milliseconds a question."""
    parser = argparse.ArgumentParser(prog="training.reader.speed", description=__doc__)
    parser.add_argument("reader", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--onnx", type=Path, help="file to write the int8 model to")
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
        expected = reader(**inputs).start_logits.numpy()
        print(f"torch float32: {median_ms(lambda: reader(**inputs)):.0f} ms")
        with torch.autocast("cpu", torch.bfloat16):
            print(f"torch bfloat16: {median_ms(lambda: reader(**inputs)):.0f} ms")
    if arguments.onnx:
        full = to_onnx(reader, inputs, ["start", "end"], arguments.onnx.with_suffix(".float.onnx"))
        try:
            session = open_onnx(to_int8(full, arguments.onnx), arguments.threads)
        finally:
            full.unlink()
        arrays = {name: tensor.numpy() for name, tensor in inputs.items()}
        milliseconds = median_ms(lambda: session.run(None, arrays))
        off = np.abs(session.run(["start"], arrays)[0] - expected).mean()
        size = arguments.onnx.stat().st_size / 1e6
        print(f"onnxruntime int8: {milliseconds:.0f} ms, {size:.0f} MB")
        print(f"its start logits are off by {off:.2f} on average")


def _inputs(tokenizer: Any, folder: Path, device: Any) -> dict[str, Any]:
    asked = questions(folder)[:: 320 // PASSAGES][:PASSAGES]
    langs = (LANGS * PASSAGES)[:PASSAGES]
    passages = [Excerpt(a.passage[lang]) for a, lang in zip(asked, langs, strict=True)]
    question = [asked[0].question["en"]] * len(passages)
    encoded = model.encode(tokenizer, question, passages, PIECES, device)
    return dict(encoded.inputs)


if __name__ == "__main__":
    main()
