"""What the words alone say of a match: random projections of rarity-weighted word pieces.

A lexical index looks beside the encoder when Sanad searches. Where the training's scores hold both,
the encoder is asked most for what words do not tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.encoder_files import encoder_identity
from rag.text import detect_language
from training import settings
from training.data import corpus
from training.data.align import LONGEST, Alignment, Table, align, means
from training.data.cache import cached
from training.data.overlap import held_out
from training.data.pieces import piece_ids

if TYPE_CHECKING:
    import torch

OWN = 0.3
"""Share of an Arabic piece's vector that is its own; the rest is that of its English pieces."""
SPECIAL = 5
"""The first pieces of the vocabulary, which mean nothing."""

Ids = Sequence[Sequence[int]]


class WordVectors:
    """Texts to unit vectors by their word pieces alone, alike across languages by IBM Model 1."""

    def __init__(self, table: Table) -> None:
        import torch

        self._table = torch.from_numpy(table)

    def encode(self, ids: Ids) -> torch.Tensor:
        """Unit vectors of texts given as piece ids: float32, shape (texts, dimension)."""
        import torch
        from torch.nn.functional import embedding_bag, normalize

        full = [list(row) or [0] for row in ids]
        flat = torch.tensor([piece for row in full for piece in row])
        starts = torch.tensor(np.cumsum([0, *(len(row) for row in full[:-1])]))
        return normalize(embedding_bag(flat, self._table, starts, mode="sum"), dim=-1)


def learn(config: settings.TrainingSettings, tokenizer: Any) -> WordVectors:
    """Word vectors of the tokenizer's pieces, aligned over the vocabulary stage's pairs."""
    own = config.vocabulary
    caps = {**dict.fromkeys(own.parallel, own.most), **dict.fromkeys(corpus.LEXICA, own.most)}

    def make() -> Table:
        found = corpus.pairs(config.data, caps, held_out(config.data / "dev"))
        pairs = [pair for some in found.values() for pair in some]
        english, arabic = (
            list(piece_ids(tokenizer.backend_tokenizer, [pair.side(lang) for pair in pairs]))
            for lang in ("en", "ar")
        )
        names = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
        is_arabic = np.array([detect_language(n.removeprefix("##")) == "ar" for n in names])
        found_pieces = align(list(zip(english, arabic, strict=True)), longest=LONGEST)
        table = _aligned(found_pieces, is_arabic, config.encoder.word_dimension, config.seed)
        return table * _rarity([*english, *arabic], len(table), len(pairs))[:, None]

    teacher = encoder_identity(config.encoder.teacher).weights
    options = (caps, config.encoder.word_dimension, config.seed, teacher)
    return WordVectors(cached(Path(config.checkpoints), "words-random", config.data, options, make))


def _aligned(found: Alignment, is_arabic: NDArray[np.bool_], dimension: int, seed: int) -> Table:
    """Random unit vectors, shape (pieces, dimension), the Arabic ones drawn to the English."""
    shape = (len(is_arabic), dimension)
    random = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    drawn = means(found, is_arabic, random)
    lengths = np.linalg.norm(drawn, axis=1)
    known = lengths > 0
    mixed = np.sqrt(1 - OWN) * drawn[known] / lengths[known, None]
    random[known] = mixed + np.sqrt(OWN) * random[known]
    table: Table = random / np.linalg.norm(random, axis=1, keepdims=True)
    return table.astype(np.float32)


def _rarity(texts: Ids, count: int, pairs: int) -> Table:
    """log(pairs / texts with the piece), 0 for special pieces: shape (pieces)."""
    holding = np.bincount(np.concatenate([np.unique(row) for row in texts if row]), minlength=count)
    rarity = np.log((pairs + 1) / (holding + 1))
    rarity[:SPECIAL] = 0
    return np.maximum(rarity, 0).astype(np.float32)
