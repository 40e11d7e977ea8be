from __future__ import annotations

from typing import Any

import torch

from training import rounding


def _nearest(weight: torch.Tensor) -> torch.Tensor:
    return weight.to(torch.float8_e4m3fn).float()


def test_outputs_change_less_than_by_rounding_to_the_nearest() -> None:
    torch.manual_seed(0)
    weight = 0.05 * torch.randn(16, 32)
    inputs = torch.randn(500, 8) @ torch.randn(8, 32) + 0.1 * torch.randn(500, 32)
    found = rounding.rounded(weight, inputs.T @ inputs)
    assert torch.equal(found, _nearest(found))

    def lost(rounded: torch.Tensor) -> float:
        return float((inputs @ (rounded - weight).T).square().mean())

    assert lost(found) < lost(_nearest(weight)) / 3
    assert torch.equal(rounding.rounded(found, inputs.T @ inputs), found)  # nothing is left to do


def test_all_maps_of_a_body_are_rounded() -> None:
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    body: Any = BertModel(
        BertConfig(
            vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=32,
        )
    ).eval()  # fmt: skip
    ids = torch.randint(0, 50, (20, 9))
    before = {name: weight.clone() for name, weight in body.state_dict().items()}
    rounding.round_matrices(body, lambda: body(ids))
    for name, weight in body.state_dict().items():
        if ".layer." in name and weight.ndim == 2:
            assert torch.equal(weight, _nearest(weight)), name
            assert not torch.equal(weight, before[name]), name
        else:
            assert torch.equal(weight, before[name]), name
