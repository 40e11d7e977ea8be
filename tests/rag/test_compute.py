"""Precision, threads and traced graphs."""

from __future__ import annotations

import threading

import pytest
import torch

from rag.compute import precision, traced, workers


def test_a_worker_leaves_the_other_cores_alone_and_the_caller_as_it_was() -> None:
    before = torch.get_num_threads()
    with workers(2, "test") as pool:
        started = threading.Barrier(2)
        counts = list(pool.map(lambda _: (started.wait(5), torch.get_num_threads())[1], range(2)))
    assert counts == [1, 1]
    assert torch.get_num_threads() == before


def test_precision_is_one_that_the_processor_has() -> None:
    assert precision() in (torch.bfloat16, torch.float32)


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
