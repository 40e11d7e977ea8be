"""What stays as the frozen teacher put it: candidates need no pass through the student.

A question is compared with a thousand passages at the price of none. That holds as long as the
student's passages stay where the teacher's are, which the loss sees to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.encoder_files import encoder_identity
from training.data.cache import cached
from training.data.pieces import BLOCK, piece_ids
from training.encoder.examples import Sets
from training.encoder.word_vectors import WordVectors
from training.settings import TrainingSettings

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer


class Bank:
    """Teacher's vectors and word vectors by text, in half precision on the CPU."""

    def __init__(
        self,
        texts: Iterable[str],
        meaning: torch.Tensor,
        others: Iterable[str],
        words: torch.Tensor,
    ) -> None:
        """``meaning`` holds a row for each of ``texts``; ``words`` one for each text."""
        first = list(texts)
        self._meaning, self._words = meaning, words
        self._place = {text: i for i, text in enumerate([*first, *others])}

    def meaning(self, texts: Sequence[str], device: torch.device) -> torch.Tensor:
        """The teacher's unit vectors of ``texts``: float32, (texts, dimension)."""
        return self._meaning[self._places(texts)].to(device).float()

    def words(self, texts: Sequence[str], device: torch.device) -> torch.Tensor:
        """Unit vectors of the words of ``texts``: float32, (texts, word dimension)."""
        return self._words[self._places(texts)].to(device).float()

    def _places(self, texts: Sequence[str]) -> torch.Tensor:
        import torch

        return torch.tensor([self._place[text] for text in texts])


def build(
    config: TrainingSettings,
    sets: Sets,
    teacher: SentenceTransformer,
    words: WordVectors,
    tokenizer: Any,
) -> Bank:
    """Encode all of ``sets`` once; the teacher's vectors are kept beside the checkpoint.

    ``tokenizer`` cuts texts into the pieces of ``words``.
    """
    read = dict.fromkeys(_read(sets))
    others = [text for text in dict.fromkeys(_others(sets)) if text not in read]
    texts = list(read)
    longest = config.encoder.longest_passage
    options = (encoder_identity(config.encoder.teacher).weights, longest, texts)
    meaning = cached(
        Path(config.checkpoints), "encoder-bank", config.data, options,
        lambda: _encode(teacher, texts),
    )  # fmt: skip
    return Bank(texts, meaning, others, _words([*texts, *others], tokenizer, longest, words))


def _read(sets: Sets) -> Iterable[str]:
    """What the teacher reads: English."""
    yield from sets.passages
    yield from (english for _, english in sets.in_arabic)
    yield from (question.wordings[0] for question in sets.questions)
    yield from (pair.en for pair in sets.pairs)


def _others(sets: Sets) -> Iterable[str]:
    """What only the student reads."""
    yield from (wording for question in sets.questions for wording in question.wordings)
    yield from (pair.ar for pair in sets.pairs)


def _encode(teacher: SentenceTransformer, texts: Sequence[str]) -> torch.Tensor:
    import torch

    vectors = teacher.encode(
        list(texts), batch_size=32, convert_to_tensor=True, show_progress_bar=False
    )
    return torch.nn.functional.normalize(vectors.float(), dim=-1).half().cpu()


def _words(texts: Sequence[str], tokenizer: Any, longest: int, words: WordVectors) -> torch.Tensor:
    import torch

    ids = piece_ids(tokenizer.backend_tokenizer, texts)
    blocks = iter(lambda: [row[: longest - 2] for row in islice(ids, BLOCK)], [])
    return torch.cat([words.encode(block).half() for block in blocks])
