"""How fast an encoder encodes: PyTorch, and onnxruntime in float32 and in int8, side by side.

    python -m training.encoder.speed FOLDER --onnx FOLDER [--threads 1]

One question, and eight passages, by the first transformer, as :mod:`training.encoder.model`
loads it. Writes the ONNX models to a folder (needs the packages onnx and onnxscript).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.reading import load_set
from training.encoder import model
from training.runtimes import median_ms, open_onnx, to_int8, to_onnx

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

PASSAGES = 8
LONGEST = 256


def main() -> None:
    """Print milliseconds a call, and the mean cosine with what PyTorch computes."""
    parser = argparse.ArgumentParser(prog="training.encoder.speed", description=__doc__)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    import torch

    torch.set_num_threads(arguments.threads)
    encoder = model.load(str(arguments.encoder), torch.device("cpu")).eval()
    data = load_set(arguments.data)
    samples = {
        "a question": _inputs(encoder, [data.questions[0].text]),
        f"{PASSAGES} passages": _inputs(encoder, data.paragraphs["ar"][:PASSAGES]),
    }
    encode = _callable(encoder)
    arguments.onnx.mkdir(parents=True, exist_ok=True)
    with torch.inference_mode():
        widest = samples[f"{PASSAGES} passages"]
        full = to_onnx(encode, widest, ["vectors"], arguments.onnx / "float32.onnx")
        files = {"float32": full, "int8": to_int8(full, arguments.onnx / "int8.onnx")}
        sessions = {name: open_onnx(file, arguments.threads) for name, file in files.items()}
        for name, inputs in samples.items():
            print(f"{name}, {inputs['input_ids'].shape[1]} pieces, {arguments.threads} threads")
            _compare(encode, sessions, inputs)
    for kind, file in files.items():
        print(f"{kind}: {file.stat().st_size / 1e6:.0f} MB")


def _compare(
    encode: torch.nn.Module, sessions: dict[str, Any], inputs: dict[str, torch.Tensor]
) -> None:
    expected = encode(**inputs).numpy()
    print(f"  torch float32: {median_ms(lambda: encode(**inputs)):.1f} ms")
    arrays = {name: tensor.numpy() for name, tensor in inputs.items()}
    for kind, session in sessions.items():
        run = partial(session.run, None, arrays)
        cosine = (run()[0] * expected).sum(1).mean()
        print(f"  onnxruntime {kind}: {median_ms(run):.1f} ms, cosine {cosine:.4f}")


def _callable(encoder: SentenceTransformer) -> torch.nn.Module:
    """``encoder`` as a module of tensors by name, which an exporter can follow."""
    import torch

    class Called(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            vectors: torch.Tensor = self.encoder(features)["sentence_embedding"]
            return vectors

    return Called().eval()


def _inputs(encoder: SentenceTransformer, texts: Sequence[str]) -> dict[str, torch.Tensor]:
    tokenizer: Any = encoder.tokenizer
    batch = tokenizer(
        list(texts), padding=True, truncation=True, max_length=LONGEST, return_tensors="pt"
    )
    return {name: batch[name] for name in ("input_ids", "attention_mask")}


if __name__ == "__main__":
    main()
