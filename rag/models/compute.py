"""On which threads models are computed on a processor.

Libraries split an operation over all cores and wait, spinning, for the slowest at its end, dozens
of times a question. On inputs as small as ours the waiting costs more than the splitting gains, and
where another program takes a core it costs several times as much. Here a thread computes a whole
input on its own, and other threads other inputs.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from rag.environment import thread_limit

Vectors = NDArray[np.float32]

SLICE = 8
"""Most texts that a thread computes at once: more are no faster, and a question waits longer."""

FEW = 2
"""Texts up to which one core is as fast as all: a question."""


def cores() -> int:
    """Cores that this process may compute on: those of the machine, fewer where it is held to."""
    known = hasattr(os, "sched_getaffinity")  # not on macOS
    own = len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1
    return min(own, thread_limit() or own)


def single_blas() -> None:
    """Let numpy's linear algebra run on the thread that calls it, in the whole process."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")


def unit(vectors: Vectors) -> Vectors:
    """Rows brought to unit length; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


def sliced(texts: Sequence[str], threads: int) -> list[list[int]]:
    """Positions of texts of like length, longest first: less is padded, and all cores work."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
    size = min(SLICE, max(1, ceil(len(texts) / threads)))
    return [order[at : at + size] for at in range(0, len(order), size)]
