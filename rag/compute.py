"""How models are computed on a processor: in which precision, and on which threads.

Torch and numpy split an operation over all cores and wait, spinning, for the slowest at its end,
dozens of times a question. On inputs as small as ours the waiting costs more than the splitting
gains, and where another program takes a core it costs several times as much. Here a thread computes
a whole input on its own, and other threads other inputs.
"""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def precision() -> torch.dtype:
    """bfloat16 where the processor computes in it, which is three times as fast and finds as well.

    Else float32.
    """
    import torch

    able = torch.cpu.get_capabilities()
    half = able.get("amx_bf16") or able.get("avx512_bf16")
    return torch.bfloat16 if half else torch.float32


def workers(count: int, name: str) -> ThreadPoolExecutor:
    """A pool of ``count`` threads in which torch uses no other core than the thread's own."""
    return ThreadPoolExecutor(count, name, initializer=_alone)


def _alone() -> None:
    """Limit OpenMP to the calling thread; other threads keep what they had."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="openmp")


def single_blas() -> None:
    """Let numpy's linear algebra run on the thread that calls it, in the whole process."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")


def traced(
    model: torch.nn.Module, sample: dict[str, torch.Tensor], other: dict[str, torch.Tensor]
) -> Any:
    """``model`` as a graph that runs without Python and its lock; itself where that fails.

    The graph is recorded on ``sample``, and believed if it computes the same as the model on
    ``other`` inputs, of another shape. Torch names successors of this way of tracing, but they need
    a compiler where Sanad is installed.
    """
    import torch

    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # of what is recorded as a constant: compared below
        try:
            trace: Any = torch.jit.trace  # not typed
            graph = trace(model, example_kwarg_inputs=sample, check_trace=False)
            pairs = zip(graph(**other), model(**other), strict=True)
            same = all(torch.allclose(found, wanted) for found, wanted in pairs)
        except (RuntimeError, TypeError, AttributeError):
            return model
    return graph if same else model
