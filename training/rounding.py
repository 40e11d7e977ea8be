"""Round a BERT's matrices to float8 one column after the other, each making up for those before.

What rounding a column loses is taken from the columns that are not rounded yet, by how inputs go
together, so that outputs change least (GPTQ, Frantar et al. 2023). Layers go in order, each read
with those below it rounded already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

DAMPING = 0.01
"""Share of the mean diagonal that is added to it: inputs that never vary can be inverted."""


def round_matrices(body: Any, read: Callable[[], object]) -> None:
    """Round all linear maps in the layers of ``body``, a ``BertModel`` on the CPU, in place.

    ``read`` passes texts through ``body``; what each map gets of them says how inputs go together.
    """
    import torch

    for layer in body.encoder.layer:
        maps = [part for part in layer.modules() if isinstance(part, torch.nn.Linear)]
        with torch.inference_mode():
            products = _products(maps, read)
        for part, product in zip(maps, products, strict=True):
            part.weight.data = rounded(part.weight.data, product)


def rounded(weight: torch.Tensor, product: torch.Tensor) -> torch.Tensor:
    """``weight``, (outputs, inputs), of float8's values, in the type that it has.

    ``product``, (inputs, inputs), is the sum of x xᵀ over inputs x.
    """
    import torch

    left = weight.double().clone()
    damped = product.double() + DAMPING * product.double().diagonal().mean() * torch.eye(
        len(product), dtype=torch.float64
    )
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(damped))
    factor = torch.linalg.cholesky(inverse, upper=True)
    found = torch.empty_like(left)
    for column in range(left.shape[1]):
        found[:, column] = left[:, column].float().to(torch.float8_e4m3fn).double()
        lost = (left[:, column] - found[:, column]) / factor[column, column]
        left[:, column + 1 :] -= lost[:, None] * factor[column, column + 1 :]
    return found.to(weight.dtype)


def _products(maps: list[Any], read: Callable[[], object]) -> list[torch.Tensor]:
    """Of each map the sum of x xᵀ over its inputs x while ``read`` runs."""
    import torch

    sums = [torch.zeros(part.in_features, part.in_features) for part in maps]

    def watch(place: int) -> Callable[[Any, tuple[Any, ...]], None]:
        def add(_: Any, inputs: tuple[Any, ...]) -> None:
            rows = inputs[0].reshape(-1, inputs[0].shape[-1]).float()
            sums[place] += rows.T @ rows

        return add

    hooks = [part.register_forward_pre_hook(watch(i)) for i, part in enumerate(maps)]
    try:
        read()
    finally:
        for hook in hooks:
            hook.remove()
    return sums
