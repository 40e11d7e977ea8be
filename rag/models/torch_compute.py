"""How torch computes a model on a processor: in which precision, on which threads, as a graph."""

from __future__ import annotations

import json
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

HALF = ("float16", "bfloat16")


def precision(folder: Path) -> torch.dtype:
    """What to compute the model in ``folder`` in: bfloat16 or float32.

    bfloat16 where its config.json says that weights are kept in half precision and the processor
    itself computes in it: three times as fast, and what is found stays the same
    (docs/decisions.md). A file that is not there or says nothing means float32.
    """
    import torch

    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        config = {}
    kept = config.get("dtype", config.get("torch_dtype")) if isinstance(config, dict) else None
    return torch.bfloat16 if kept in HALF and computes_bfloat16() else torch.float32


def computes_bfloat16() -> bool:
    """Whether the processor itself computes in bfloat16; where not, it is slower than float32."""
    import torch

    able = torch.cpu.get_capabilities()
    return bool(able.get("amx_bf16") or able.get("avx512_bf16"))


def workers(count: int, name: str, each: int = 1) -> ThreadPoolExecutor:
    """A pool of ``count`` threads, each of which computes on ``each`` cores."""
    return ThreadPoolExecutor(count, name, initializer=_limit, initargs=(each,))


def _limit(cores: int) -> None:
    """Limit OpenMP in the calling thread; other threads keep what they had."""
    import torch
    from threadpoolctl import threadpool_limits

    torch.get_num_threads()  # takes over the process's number when first asked, not later
    threadpool_limits(cores, user_api="openmp")


def traced(
    model: torch.nn.Module, sample: dict[str, torch.Tensor], other: dict[str, torch.Tensor]
) -> Any:
    """``model`` as a graph that runs without Python and its lock; itself where that fails.

    The model takes tensors by name and gives a tuple of tensors. The graph is recorded on
    ``sample``, and believed if it computes the same as the model, but for rounding, on ``other``
    inputs of another shape. Torch names successors of this way of tracing, but they need a compiler
    where Sanad is installed.
    """
    import torch

    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # of what is recorded as a constant: compared below
        try:
            trace: Any = torch.jit.trace  # not typed
            graph = trace(model, example_kwarg_inputs=sample, check_trace=False)
            pairs = zip(graph(**other), model(**other), strict=True)
            same = all(torch.allclose(a, b, rtol=0.02, atol=0.02) for a, b in pairs)
        except (RuntimeError, TypeError, ValueError, AttributeError):
            return model
    return graph if same else model
