from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from training.encoder import model

SHIPPED = str(Path(__file__).parents[2] / "rag" / "models" / "encoder")
TEXTS = [
    "Who commands the northern forces?",
    "قال رئيس الوزراء يوم الاثنين إن الحكومة ستعرض الموازنة على البرلمان قبل نهاية العام.",
    "Astana",
    "The minister said that grain exports through the Black Sea ports would go on, " * 3,
]


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_vectors_are_those_of_the_folder(parts: int) -> None:
    student = model.load(SHIPPED, torch.device("cpu")).eval()
    wanted = student.encode(TEXTS, normalize_embeddings=True)
    with torch.no_grad():
        found = model.vectors(student, TEXTS, 256, parts).numpy()
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
    assert (found * wanted).sum(1).min() > 0.9999  # half precision rounds
