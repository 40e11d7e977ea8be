"""Rows of one tensor in a safetensors file, read where they lie.

Neither torch nor the whole tensor is loaded: the file is mapped, and rows asked for are widened.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_KINDS = {"F32": np.float32, "F16": np.float16, "F8_E4M3": np.uint8}


class Table:
    """The tensor of two dimensions whose name ends in ``name``; may be shared by threads."""

    def __init__(self, file: Path, name: str) -> None:
        """Map the tensor.

        Raises:
            OSError, ValueError, KeyError: there is no such file or tensor, or it is cut off.
        """
        with file.open("rb") as stream:
            begun = stream.read(8)
            if len(begun) < 8:
                raise ValueError(f"{file.name} is cut off")
            (size,) = struct.unpack("<Q", begun)
            header = json.loads(stream.read(min(size, file.stat().st_size)))
        found = next((said for key, said in header.items() if key.endswith(name)), None)
        if found is None or found["dtype"] not in _KINDS:
            raise ValueError(f"{file.name} holds no {name} of a kind that is known")
        self._rows = np.memmap(
            file,
            dtype=_KINDS[found["dtype"]],
            mode="r",
            offset=8 + size + found["data_offsets"][0],
            shape=tuple(found["shape"]),
        )
        self._meanings = float8() if found["dtype"] == "F8_E4M3" else None

    def rows(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """The rows of those numbers: float32, shape (ids, columns)."""
        rows = self._rows[ids]
        if self._meanings is not None:
            return np.asarray(self._meanings[rows], dtype=np.float32)
        return np.asarray(rows, dtype=np.float32)


def float8() -> NDArray[np.float32]:
    """What each byte means as float8 (e4m3fn): a sign, four bits of exponent, three of fraction.

    >>> float8()[[0x38, 0xB8, 0x01]].tolist()
    [1.0, -1.0, 0.001953125]
    """
    byte = np.arange(256)
    exponent, fraction = byte >> 3 & 15, byte & 7
    normal = (1 + fraction / 8) * 2.0 ** (exponent - 7)
    values = np.where(exponent > 0, normal, fraction / 8 * 2.0**-6)
    values[(byte & 127) == 127] = np.nan
    return np.where(byte & 128, -values, values).astype(np.float32)
