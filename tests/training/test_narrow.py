from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from training.narrow import narrow


def test_word_embeddings_alone_become_narrow(tmp_path: Path) -> None:
    torch.manual_seed(0)
    words, body = 0.05 * torch.randn(20, 64), torch.randn(8, 8, dtype=torch.float16)
    file = tmp_path / "3_Transformer" / "model.safetensors"
    file.parent.mkdir()
    save_file({"bert.embeddings.word_embeddings.weight": words, "body": body}, file)
    narrow(tmp_path)
    found = load_file(file)
    kept = found["bert.embeddings.word_embeddings.weight"]
    assert kept.dtype == torch.float8_e4m3fn
    assert torch.cosine_similarity(kept.float(), words).min() > 0.998
    assert torch.equal(found["body"], body)
    assert [f.name for f in file.parent.iterdir()] == ["model.safetensors"]


def test_matrices_become_narrow_where_they_are_learnt_or_stay_exact(tmp_path: Path) -> None:
    torch.manual_seed(0)
    weights = {
        "body.weight": torch.randn(8, 8), "body.bias": torch.randn(8), "set.weight": torch.eye(8)
    }  # fmt: skip
    words = tmp_path / "3_Transformer" / "model.safetensors"
    words.parent.mkdir()
    for file in (tmp_path / "model.safetensors", words):
        save_file(weights, file)
    narrow(tmp_path, matrices=True)
    own = load_file(tmp_path / "model.safetensors")
    assert own["body.weight"].dtype == torch.float8_e4m3fn
    assert torch.equal(own["body.bias"], weights["body.bias"])
    beside = load_file(words)
    assert torch.equal(beside["body.weight"], weights["body.weight"])
    assert beside["set.weight"].dtype == torch.float8_e4m3fn
    assert torch.equal(beside["set.weight"].float(), weights["set.weight"])


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=tmp_path.name):
        narrow(tmp_path)
