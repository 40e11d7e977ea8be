"""An English model with another vocabulary, the new pieces beginning as what they stand for."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from training.data.align import Table
from training.vocabulary import pieces

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from tokenizers import Tokenizer


def first(tokenizer: Tokenizer, old: dict[str, int], before: Table, linked: csr_matrix) -> Table:
    """The first embeddings, shape (pieces, dimension): English as they were, Arabic by links.

    An Arabic piece without links begins as the mean of all English ones.
    """
    vocabulary = tokenizer.get_vocab()
    english = [row for piece, row in old.items() if not pieces.is_arabic(piece)]
    table = np.tile(before[english].mean(axis=0), (len(vocabulary), 1)).astype(np.float32)
    for piece, row in vocabulary.items():
        if piece in old and not pieces.is_arabic(piece):
            table[row] = before[old[piece]]
    totals = np.asarray(linked.sum(axis=1)).ravel()
    known = totals > 0
    table[known] = (linked @ table)[known] / totals[known, None]
    return table


def write(body: Any, tokenizer: Tokenizer, table: Table, longest: int, folder: Path) -> None:
    """Transformer, mean pooling, normalising: as the English model has them."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from transformers import PreTrainedTokenizerFast

    body.resize_token_embeddings(len(table), mean_resizing=False)
    body.get_input_embeddings().weight.data = torch.from_numpy(table)
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    named = dict(zip(names, pieces.SPECIAL, strict=True))
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, model_max_length=longest, **named
    )
    with tempfile.TemporaryDirectory() as plain:
        body.save_pretrained(plain)
        fast.save_pretrained(plain)
        transformer = modules.Transformer(plain, max_seq_length=longest)
    pooling = modules.Pooling(table.shape[1], "mean")
    model = SentenceTransformer(modules=[transformer, pooling, modules.Normalize()], device="cpu")
    model.to(torch.float16).save(str(folder), create_model_card=False)
