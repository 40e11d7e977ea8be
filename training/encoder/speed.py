"""How fast an encoder encodes: PyTorch, and onnxruntime in float32 and in int8, side by side.

    python -m training.encoder.speed FOLDER --onnx FOLDER [--threads 1] [--find]

One Arabic question, and eight Arabic passages padded to the longest, by the first transformer in
float32 (:mod:`training.encoder.model` leaves words out, and the product computes in bfloat16 where
the processor does). ``--find`` asks what each finds, among fewer paragraphs than elsewhere.
Needs the packages onnx and onnxscript, which Sanad does not install.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.reading import load_set
from training.encoder import model
from training.encoder.evaluate import Encode, Vectors, grid
from training.runtimes import median_ms, open_onnx, to_int8, to_onnx

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

PASSAGES = 8
DISTRACTORS = 300

Inputs = dict[str, "torch.Tensor"]
Run = Callable[[Inputs], Vectors]
"""From ids and masks of shape (texts, pieces) to unit vectors of shape (texts, dimension)."""


def main() -> None:
    """Print milliseconds a call, the mean cosine with PyTorch's vectors, and what each finds."""
    parser = argparse.ArgumentParser(prog="training.encoder.speed", description=__doc__)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--onnx", type=Path, required=True, help="folder to write the models to")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--find", action="store_true", help="what each finds (minutes)")
    arguments = parser.parse_args()
    import torch

    torch.set_num_threads(arguments.threads)
    encoder = model.load(str(arguments.encoder), torch.device("cpu")).eval()
    data = load_set(arguments.data, DISTRACTORS)
    question = _inputs(encoder, [data.questions[0].text])
    passages = _inputs(encoder, data.paragraphs["ar"][:PASSAGES])
    runs = _runs(_exportable(encoder), passages, arguments.onnx, arguments.threads)
    for name, inputs in (("a question", question), (f"{PASSAGES} passages", passages)):
        print(f"{name}, {inputs['input_ids'].shape[1]} pieces, {arguments.threads} threads")
        expected = runs["torch float32"](inputs)
        for kind, run in runs.items():
            cosine = (run(inputs) * expected).sum(axis=1).mean()
            print(f"  {kind}: {median_ms(partial(run, inputs)):.1f} ms, cosine {cosine:.4f}")
    for kind, run in runs.items() if arguments.find else ():
        found = ", ".join(
            f"{score.direction} {score.recall[1]:.3f}"
            for score in grid(data, _encode_with(run, encoder))
        )
        print(f"{kind}: recall@1 {found}")


def _runs(encoder: torch.nn.Module, sample: Inputs, folder: Path, threads: int) -> dict[str, Run]:
    """``encoder`` by each of the ways to compute it; the ONNX models stay in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    full = to_onnx(encoder, sample, ["vectors"], folder / "float32.onnx")
    small = to_int8(full, folder / "int8.onnx")
    return {
        "torch float32": partial(_by_torch, encoder),
        "onnxruntime float32": partial(_by_session, open_onnx(full, threads)),
        "onnxruntime int8": partial(_by_session, open_onnx(small, threads)),
    }


def _by_torch(encoder: torch.nn.Module, inputs: Inputs) -> Vectors:
    import torch

    with torch.inference_mode():
        vectors: Vectors = encoder(**inputs).numpy()
    return vectors


def _by_session(session: Any, inputs: Inputs) -> Vectors:
    vectors: Vectors = session.run(None, {name: i.numpy() for name, i in inputs.items()})[0]
    return vectors


def _exportable(encoder: SentenceTransformer) -> torch.nn.Module:
    """``encoder`` with tensors by name as its input and vectors as its output."""
    import torch

    class Exportable(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            vectors: torch.Tensor = self.encoder(features)["sentence_embedding"]
            return vectors

    return Exportable().eval()


def _inputs(encoder: SentenceTransformer, texts: Sequence[str]) -> Inputs:
    tokenizer: Any = encoder.tokenizer
    batch = tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
    return {name: batch[name] for name in ("input_ids", "attention_mask")}


def _encode_with(run: Run, encoder: SentenceTransformer) -> Encode:
    def encode(texts: Sequence[str]) -> Vectors:
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        groups = [order[at : at + PASSAGES] for at in range(0, len(order), PASSAGES)]
        vectors = [run(_inputs(encoder, [texts[i] for i in group])) for group in groups]
        return np.concatenate(vectors)[np.argsort(order)]

    return encode


if __name__ == "__main__":
    main()
