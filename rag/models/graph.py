"""Models as ONNX graphs over their own weights, computed by onnxruntime.

A graph (``graph.onnx``, written by ``training.graph``) says where in the folder's safetensors files
its weights lie, and what these files were when it was written. Opening one takes a fraction of a
second; torch and its libraries are not needed, nor imported.
"""

from __future__ import annotations

import ctypes
import hashlib
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.environment import send_nothing

GRAPH = "graph.onnx"

Ids = NDArray[np.int64]
Outputs = list[NDArray[np.float32]]


class Graph:
    """An opened graph; may be shared by threads, each of which computes on its own."""

    def __init__(self, session: Any) -> None:
        self._session = session

    @property
    def width(self) -> int:
        """The last dimension of the first output."""
        return int(self._session.get_outputs()[0].shape[-1])

    def run(self, pieces: Ids, attended: Ids) -> Outputs:
        """The outputs for word pieces of shape (rows, pieces); 0 in ``attended`` is padding."""
        outputs: Outputs = self._session.run(
            None, {"input_ids": pieces, "attention_mask": attended}
        )
        return outputs


def has_graph(folder: Path) -> bool:
    """Whether the model in ``folder`` can be computed as a graph."""
    return (folder / GRAPH).is_file()


def open_graph(folder: Path) -> Graph:
    """Open the graph in ``folder``, with its weights.

    Raises:
        ValueError: the weights are not those that it was written for.
        OSError, RuntimeError: a file is missing, cut off or damaged.
    """
    send_nothing()
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread: callers compute several inputs beside one another (rag.models.compute).
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it holds on to the most that was ever needed
    options.log_severity_level = 4  # what goes wrong is raised
    file = str(folder / GRAPH)
    try:
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library's own kinds have no common one but this
        raise RuntimeError(f"{file} does not open: {error}") from error
    for location, expected in session.get_modelmeta().custom_metadata_map.items():
        _check(folder, location, expected)
    _give_back()
    return Graph(session)


def stamp(file: Path, *, exact: bool) -> str:
    """What a graph remembers of a safetensors file: its size, its header, and all, if ``exact``.

    Weights may change where size and header do not: a graph that only points at them still holds.
    """
    with file.open("rb") as stream:
        (size,) = struct.unpack("<Q", stream.read(8))
        header = hashlib.sha256(stream.read(size)).hexdigest()[:32]
        stream.seek(0)
        content = hashlib.file_digest(stream, "sha256").hexdigest()[:32] if exact else ""
    return f"{file.stat().st_size} {header} {content}".rstrip()


def _check(folder: Path, location: str, expected: str) -> None:
    if stamp(folder / location, exact=expected.count(" ") > 1) != expected:
        raise ValueError(
            f"{folder / GRAPH} was written for other weights than {location}: remove it, or write "
            f"it anew with python -m training.graph {folder}"
        )


def _give_back() -> None:
    """Return to the system what opening a graph needed and left free: more than the weights."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc alone
    if trim is not None:
        trim(0)
