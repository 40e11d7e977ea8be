"""What stays as the frozen teacher put it: candidates need no pass through the student.

A question is compared with a thousand passages at the price of none. That holds as long as the
student's passages stay where the teacher's are, which the loss sees to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.models.identity import encoder_identity
from training.data.cache import cached
from training.settings import TrainingSettings

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer


class Bank:
    """Teacher's vectors by text, in half precision on the CPU."""

    def __init__(self, texts: Iterable[str], vectors: torch.Tensor) -> None:
        """``vectors`` holds a row for each of ``texts``."""
        self._vectors = vectors
        self._place = {text: i for i, text in enumerate(texts)}

    def vectors(self, texts: Sequence[str], device: torch.device) -> torch.Tensor:
        """The teacher's unit vectors of ``texts``: float32, (texts, dimension)."""
        import torch

        places = torch.tensor([self._place[text] for text in texts])
        return self._vectors[places].to(device).float()


def build(
    config: TrainingSettings, texts: Sequence[str], teacher: SentenceTransformer, folder: str
) -> Bank:
    """Encode ``texts`` once by the teacher of ``folder``; kept beside the checkpoint."""
    teacher.max_seq_length = config.encoder.longest_passage
    options = (encoder_identity(folder).weights, teacher.max_seq_length, texts)
    vectors = cached(
        Path(config.checkpoints), "encoder-bank", config.data, options,
        lambda: _encode(teacher, texts),
    )  # fmt: skip
    return Bank(texts, vectors)


def _encode(teacher: SentenceTransformer, texts: Sequence[str]) -> torch.Tensor:
    import torch

    vectors = teacher.encode(
        list(texts), batch_size=32, convert_to_tensor=True, show_progress_bar=False
    )
    return torch.nn.functional.normalize(vectors.float(), dim=-1).half().cpu()
