"""Precision, threads and traced graphs in torch."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from rag.models.torch_compute import precision, traced, workers


@pytest.fixture(params=[None, 2])
def process_threads(request: pytest.FixtureRequest) -> Iterator[None]:
    """Torch's number of threads as it is, and set by the host program."""
    before = torch.get_num_threads()
    if request.param:
        torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("process_threads")
@pytest.mark.parametrize("each", [1, 2])
def test_workers_compute_on_their_own_cores_and_leave_the_caller_as_it_was(each: int) -> None:
    before = torch.get_num_threads()
    with workers(2, "test", each) as pool:
        started = threading.Barrier(2)
        counts = list(pool.map(lambda _: (started.wait(5), torch.get_num_threads())[1], range(2)))
    assert counts == [each, each]
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("able", "config", "precise"),
    [
        ({}, '{"dtype": "float16"}', torch.float32),
        ({"avx2": True}, '{"dtype": "float16"}', torch.float32),
        ({"avx512_bf16": True}, '{"dtype": "float16"}', torch.bfloat16),
        ({"amx_bf16": True}, '{"torch_dtype": "bfloat16"}', torch.bfloat16),
        ({"amx_bf16": True}, '{"dtype": "float32"}', torch.float32),
        ({"amx_bf16": True}, "{}", torch.float32),
        ({"amx_bf16": True}, "[1]", torch.float32),
        ({"amx_bf16": True}, "cut off {", torch.float32),
    ],
)
def test_half_precision_where_weights_and_processor_have_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    able: dict[str, bool],
    config: str,
    precise: torch.dtype,
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    (tmp_path / "config.json").write_text(config)
    assert precision(tmp_path) == precise
    assert precision(tmp_path / "nowhere") == torch.float32


class _Doubling(torch.nn.Module):
    def forward(self, numbers: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (numbers * 2,)


class _Shaped(torch.nn.Module):
    """What it adds hangs on the shape in Python, so that a graph keeps that of its sample."""

    def forward(self, numbers: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (numbers + (1 if numbers.shape[0] > 1 else 0),)


class _Untraceable(torch.nn.Module):
    def forward(self, numbers: torch.Tensor) -> tuple[str, ...]:
        return (str(numbers),)


ONE, TWO = {"numbers": torch.tensor([[1.0]])}, {"numbers": torch.tensor([[1.0], [2.0]])}


def test_a_graph_stands_in_for_the_model() -> None:
    graph = traced(_Doubling(), ONE, TWO)
    assert isinstance(graph, torch.jit.ScriptModule)
    assert graph(**TWO)[0].tolist() == [[2.0], [4.0]]


@pytest.mark.parametrize("model", [_Shaped(), _Untraceable()])
def test_a_model_that_a_graph_does_not_stand_for_is_kept(model: torch.nn.Module) -> None:
    assert traced(model, ONE, TWO) is model
