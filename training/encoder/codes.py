"""Codes of word pieces, learnt from translations beside an encoder that stays as it is.

A text's vector is the sum of its pieces' codes by rarity x count^½, at unit length; see
:mod:`.word_transformer`. A translation is to be told from the others of its batch, both ways
(InfoNCE, van den Oord et al. 2018): first by words alone, where only the Arabic pieces learn and
English words stay as different as they were, then by both vectors, so that words learn what the
encoder does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.data.align import Table
from training.data.files import Pair
from training.data.pieces import piece_ids
from training.vocabulary.words import Words

if TYPE_CHECKING:
    import torch
    from scipy.sparse import csr_matrix
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

WARMUP = 20
"""Steps until the rate is full; it falls to nothing from there."""
ALONE, BESIDE = 20.0, 30.0
"""Of cosines before the softmax, without the encoder's vectors and with them."""


@dataclass(frozen=True)
class Codes:
    """Of a vocabulary's pieces: unit ``vectors``, (pieces, dimensions), and ``weights``, (pieces).

    A weight is a piece's rarity times the length that its code learnt.
    """

    vectors: Table
    weights: NDArray[np.float32]

    @classmethod
    def of(cls, table: Table, rarity: NDArray[np.float32]) -> Codes:
        """Of codes of any length, (pieces, dimensions): at unit length, and weighed by it."""
        lengths = np.linalg.norm(table, axis=1)
        return cls(table / np.maximum(lengths, 1e-9)[:, None], rarity * lengths)


@dataclass(frozen=True)
class Translations:
    """Texts by what their pieces weigh, a row each, (texts, pieces); English and Arabic in step.

    Of pieces that are the same word, one has the weight of all.
    ``meaning`` holds the encoder's unit vectors of both sides where they count too.
    """

    english: csr_matrix
    arabic: csr_matrix
    meaning: tuple[torch.Tensor, torch.Tensor] | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Of learning: ``batch`` translations a step, ``rate`` of Adam.

    ``weight`` is that of the words' cosine beside the encoder's.
    """

    steps: int
    batch: int
    rate: float
    seed: int
    weight: float = 0.0


def translations(
    tokenizer: Tokenizer,
    pairs: Sequence[Pair],
    words: Words,
    encoder: SentenceTransformer | None = None,
) -> Translations:
    """What ``pairs`` weigh, those without a piece on a side left out, and what ``encoder`` says."""
    import torch

    english = _weighed(tokenizer, [pair.en for pair in pairs], words)
    arabic = _weighed(tokenizer, [pair.ar for pair in pairs], words)
    full = np.flatnonzero((np.diff(english.indptr) > 0) & (np.diff(arabic.indptr) > 0))
    if encoder is None:
        return Translations(english[full], arabic[full])
    known = [pairs[int(i)] for i in full]
    with torch.inference_mode():
        sides = [[pair.en for pair in known], [pair.ar for pair in known]]
        read = [
            encoder.encode(side, batch_size=16, convert_to_tensor=True, show_progress_bar=False)
            for side in sides
        ]
    return Translations(english[full], arabic[full], (read[0].cpu().clone(), read[1].cpu().clone()))


def _weighed(tokenizer: Tokenizer, texts: Sequence[str], words: Words) -> csr_matrix:
    """Rarity x count^½ of each text's pieces: (texts, pieces)."""
    from scipy.sparse import csr_matrix

    ids, weights, ends = [], [], [0]
    for row in piece_ids(tokenizer, texts, words.same):
        pieces, counts = np.unique(np.array(row, np.int64), return_counts=True)
        ids.append(pieces)
        weights.append(words.rarity[pieces] * np.sqrt(counts))
        ends.append(ends[-1] + len(pieces))
    return csr_matrix(
        (np.concatenate(weights).astype(np.float32), np.concatenate(ids), ends),
        (len(texts), len(words.rarity)),
    )


def learn(codes: Table, given: Translations, free: NDArray[np.bool_], schedule: Schedule) -> Table:
    """Codes, (pieces, dimensions), that tell translations apart.

    Only those change that are ``free``, (pieces).
    """
    import torch
    from torch.nn.functional import cross_entropy

    table = torch.nn.Parameter(torch.from_numpy(codes.copy()))
    optimizer = torch.optim.Adam([table], betas=(0.9, 0.98))
    scale = ALONE if given.meaning is None else BESIDE
    learns = torch.from_numpy(free).float()[:, None]
    for step, chosen in enumerate(_batches(given.english.shape[0], schedule)):
        left = (schedule.steps - step) / schedule.steps
        optimizer.param_groups[0]["lr"] = schedule.rate * min(1.0, (step + 1) / WARMUP, left)
        cosines = vectors(table, given.english[chosen]) @ vectors(table, given.arabic[chosen]).T
        if given.meaning is not None:
            english, arabic = (side[torch.from_numpy(chosen)] for side in given.meaning)
            cosines = (english @ arabic.T + schedule.weight * cosines) / (1 + schedule.weight)
        own, logits = torch.arange(len(chosen)), scale * cosines
        loss = (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        assert table.grad is not None
        table.grad *= learns
        optimizer.step()
    found: Table = table.detach().numpy()
    return found


def vectors(table: torch.Tensor, weights: csr_matrix) -> torch.Tensor:
    """Unit vectors of texts whose pieces weigh ``weights``: (texts, dimensions)."""
    import torch
    from torch.nn.functional import embedding_bag, normalize

    sums = embedding_bag(
        torch.from_numpy(weights.indices.astype(np.int64)),
        table,
        torch.from_numpy(weights.indptr[:-1].astype(np.int64)),
        per_sample_weights=torch.from_numpy(weights.data),
        mode="sum",
    )
    return normalize(sums, dim=-1)


def _batches(count: int, schedule: Schedule) -> Iterator[NDArray[np.int64]]:
    """Places of each step's translations, a permutation after the other.

    What does not fill a step at a permutation's end is left out.
    """
    rng = np.random.default_rng(schedule.seed)
    size, order = min(schedule.batch, count), np.empty(0, np.int64)
    for _ in range(schedule.steps):
        if len(order) < size:
            order = rng.permutation(count)
        chosen, order = order[:size], order[size:]
        yield chosen
