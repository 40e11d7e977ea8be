"""The start of an encoder: an English model that can spell Arabic, with meanings to begin from.

    python -m training.vocabulary --config training/config.toml --export FOLDER

1. Word pieces are learnt from Arabic text and appended to the English model's Latin ones.
2. IBM Model 1 aligns the pieces of both sides of parallel text and lexica.
3. Each Arabic piece begins as the mean of the English pieces that it stands for.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.text import detect_language
from training import settings
from training.data import corpus
from training.data.align import LONGEST, Table, align, means
from training.data.cache import cached
from training.data.files import Pair, read_lines
from training.data.overlap import held_out
from training.data.pieces import piece_ids

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
FOLDED = (("ـ", ""), ("ى", "ي"), ("ة", "ه"))
"""Before BERT's own normaliser, which folds vowels and the forms of alef."""


def main() -> None:
    """Write the start as a sentence-transformers folder."""
    parser = argparse.ArgumentParser(prog="training.vocabulary", description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("training/config.toml"))
    parser.add_argument("--export", type=Path, required=True, metavar="FOLDER")
    arguments = parser.parse_args()
    build(settings.load(arguments.config), arguments.export)


def build(config: settings.TrainingSettings, folder: Path) -> None:
    """Vocabulary, alignment, first embeddings; written to ``folder``."""
    from sentence_transformers import SentenceTransformer

    own = config.vocabulary
    held = held_out(config.data / "dev")
    caps = {**dict.fromkeys(own.parallel, own.most), **dict.fromkeys(corpus.LEXICA, own.most)}
    found = cached(
        config.checkpoints, "start-pairs", config.data, caps,
        lambda: corpus.pairs(config.data, caps, held),
    )  # fmt: skip
    pairs = [pair for some in found.values() for pair in some]
    model = SentenceTransformer(own.base, device="cpu", local_files_only=True)
    body: Any = model.transformers_model
    old = json.loads((Path(own.base) / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    tokenizer = _tokenizer(old, _texts(config.data, pairs), own.pieces)
    table = _first(tokenizer, old, body.get_input_embeddings().weight.detach().numpy(), pairs)
    _write(body, tokenizer, table, own.longest, folder)


def _texts(folder: Path, pairs: Sequence[Pair]) -> Iterator[str]:
    """Arabic text to learn pieces from."""
    yield from (pair.ar for pair in pairs)
    for file in sorted((folder / "mono").glob("*.txt.gz")):
        yield from read_lines(file)


def _tokenizer(old: dict[str, int], texts: Iterator[str], pieces: int) -> Tokenizer:
    """The English tokenizer's Latin pieces and ``pieces`` learnt from ``texts``."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    rules = normalizers.Sequence(
        [
            *(normalizers.Replace(a, b) for a, b in FOLDED),
            normalizers.BertNormalizer(lowercase=True),
        ]
    )
    learner = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    learner.normalizer, learner.pre_tokenizer = rules, pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=pieces, special_tokens=list(SPECIAL))
    learner.train_from_iterator(texts, trainer)
    learnt = sorted(learner.get_vocab().items(), key=lambda item: item[1])
    kept = [piece for piece in sorted(old, key=lambda piece: old[piece]) if _is_latin(piece)]
    order = dict.fromkeys([*SPECIAL, *kept, *(p for p, _ in learnt if _is_arabic(p))])
    vocabulary = {piece: i for i, piece in enumerate(order)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = rules, pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def _is_arabic(piece: str) -> bool:
    letters = piece.removeprefix("##")
    return detect_language(letters) == "ar"


def _is_latin(piece: str) -> bool:
    """Neither a placeholder nor in a script that neither language is written in."""
    letters = piece.removeprefix("##")
    return not piece.startswith("[unused") and all(
        ord(c) < 0x250 or c in "–—‘’“”…€" for c in letters
    )


def _first(
    tokenizer: Tokenizer, old: dict[str, int], before: Table, pairs: Sequence[Pair]
) -> Table:
    """The first embeddings, shape (pieces, dimension): English as they were, Arabic aligned.

    An Arabic piece that aligns with nothing begins as the mean of all English ones.
    """
    vocabulary = tokenizer.get_vocab()
    arabic = np.zeros(len(vocabulary), bool)
    table = np.tile(before.mean(axis=0), (len(vocabulary), 1)).astype(np.float32)
    for piece, row in vocabulary.items():
        arabic[row] = _is_arabic(piece)
        if piece in old:
            table[row] = before[old[piece]]
    sides = [
        list(piece_ids(tokenizer, [pair.en for pair in pairs])),
        list(piece_ids(tokenizer, [pair.ar for pair in pairs])),
    ]
    found = align(list(zip(*sides, strict=True)), longest=LONGEST)
    aligned = means(found, arabic, table)
    known = aligned.any(axis=1)
    table[known] = aligned[known]
    return table


def _write(body: Any, tokenizer: Tokenizer, table: Table, longest: int, folder: Path) -> None:
    """Transformer, mean pooling, normalising: as the English model has them."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from transformers import PreTrainedTokenizerFast

    body.resize_token_embeddings(len(table), mean_resizing=False)
    body.get_input_embeddings().weight.data = torch.from_numpy(table)
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    named = dict(zip(names, SPECIAL, strict=True))
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


if __name__ == "__main__":
    main()
