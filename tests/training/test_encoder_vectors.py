from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rag.models.identity import encoder_identity
from tests.training.word_sums import word_sums
from training.encoder import export, model, word_transformer

SHIPPED = str(Path(__file__).parents[2] / "rag" / "models" / "weights" / "encoder")
TEXTS = [
    "Who commands the northern forces?",
    "قال رئيس الوزراء يوم الاثنين إن الحكومة ستعرض الموازنة على البرلمان قبل نهاية العام.",
    "Astana",
    "The minister said that grain exports through the Black Sea ports would go on, " * 3,
]


def test_the_lower_layers_stay_as_they_are() -> None:
    student = model.load(SHIPPED, torch.device("cpu"))
    body: Any = student.transformers_model
    (group,) = model.groups(student, 1e-5, 6)
    learnt = {id(parameter) for parameter in group["params"]}
    for place, layer in enumerate(body.encoder.layer):
        assert {id(p) in learnt for p in layer.parameters()} == {place >= 6}
    assert not any(p.requires_grad for p in body.embeddings.parameters())


def test_a_share_of_what_is_written_is_the_starts() -> None:
    trained = {"weight": torch.ones(2), "ids": torch.tensor([3])}
    before = {"weight": torch.zeros(2), "ids": torch.tensor([4])}
    found = export.mixed(trained, before, 0.25)
    assert found["weight"].tolist() == [0.75, 0.75]
    assert found["ids"].tolist() == [3]


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_vectors_are_those_of_the_folder(parts: int) -> None:
    from sentence_transformers import SentenceTransformer

    student = model.load(SHIPPED, torch.device("cpu")).eval()
    whole = SentenceTransformer(SHIPPED, device="cpu", model_kwargs={"dtype": torch.float32})
    meaning = whole.encode(TEXTS)[:, :384]  # words stand beside it
    with torch.no_grad():
        found = model.vectors(student, TEXTS, 256, parts).numpy()
    wanted = meaning / np.linalg.norm(meaning, axis=1, keepdims=True)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_a_saved_encoder_encodes_as_it_did(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    student = model.load(SHIPPED, torch.device("cpu")).eval()
    body: Any = student.transformers_model
    with torch.no_grad():
        body.get_input_embeddings().weight[2000:].mul_(1.25)
        wanted = model.vectors(student, TEXTS, 256, 2).numpy()
    model.save(student, tmp_path / "saved")
    folder = str(tmp_path / "saved")
    loaded = SentenceTransformer(folder, device="cpu", model_kwargs={"dtype": torch.float32})
    found = loaded.encode(TEXTS, normalize_embeddings=True)
    assert (found * wanted).sum(1).min() > 0.998  # word embeddings are rounded


def test_words_beside_an_encoder_are_weighed_as_said(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    student = model.load(SHIPPED, torch.device("cpu")).eval()
    tokenizer: Any = student.tokenizer
    special = (tokenizer.cls_token_id, tokenizer.sep_token_id)
    count, dimension, weight = len(tokenizer), 128, 0.5
    rarity = np.full(count, 3, np.float32)
    rarity[list(special)] = 0
    shape = count, dimension - word_transformer.RESERVED
    codes = np.random.default_rng(0).choice([-1.0, 1.0], shape).astype(np.float32)
    codes /= np.linalg.norm(codes, axis=1, keepdims=True)
    second = word_transformer.build(codes, rarity, special, weight)
    folder = str(tmp_path / "joined")
    model.save(word_transformer.joined(student, second), Path(folder))
    loaded = SentenceTransformer(folder, device="cpu", model_kwargs={"dtype": torch.float32})
    found = loaded.encode(TEXTS)
    assert loaded.get_embedding_dimension() == found.shape[1] == 384 + dimension
    assert encoder_identity(folder).dimension == 384 + dimension
    with torch.no_grad():
        meaning = model.vectors(student, TEXTS, 256).numpy()
    ids = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in TEXTS]
    words = word_sums(ids, codes, rarity)
    expected = (meaning @ meaning.T + weight * words @ words.T) / (1 + weight)
    np.testing.assert_allclose(found @ found.T, expected, atol=0.02)
    again = model.load(folder, torch.device("cpu"))
    assert again.get_embedding_dimension() == 384  # what is learnt
