"""The start of an encoder: an English model that can spell Arabic, with meanings to begin from.

    python -m training.vocabulary --config training/config.toml --export FOLDER

1. Arabic words are split into clitics and stems, and pieces chosen (:mod:`.stems`, :mod:`.pieces`).
2. IBM Model 1 links them with English pieces over parallel text and lexica (:mod:`.links`).
3. Each Arabic piece begins as the mean of the English pieces that it stands for.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from training import settings
from training.data import corpus
from training.data.align import Table
from training.data.cache import cached
from training.data.files import Pair, read_lines
from training.data.overlap import HeldOut, held_out
from training.data.pieces import piece_ids
from training.encoder.words import Words
from training.vocabulary import links, pieces, stems

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from tokenizers import Tokenizer


def main() -> None:
    """Write the start as a sentence-transformers folder."""
    parser = argparse.ArgumentParser(prog="training.vocabulary", description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("training/config.toml"))
    parser.add_argument("--export", type=Path, required=True, metavar="FOLDER")
    arguments = parser.parse_args()
    build(settings.load(arguments.config), arguments.export)


def build(config: settings.TrainingSettings, folder: Path) -> None:
    """Vocabulary, links, first embeddings; written to ``folder``."""
    from sentence_transformers import SentenceTransformer

    own = config.vocabulary
    held = held_out(config.data / "dev")
    caps = {**dict.fromkeys(own.parallel, own.most), **dict.fromkeys(corpus.LEXICA, own.most)}
    found = cached(
        config.checkpoints, "start-pairs", config.data, caps,
        lambda: corpus.pairs(config.data, caps, held),
    )  # fmt: skip
    pairs = [pair for some in found.values() for pair in some]
    counts = Counter(w for text in _texts(config.data, pairs, held) for w in stems.words(text))
    known = stems.learn({w: n for w, n in counts.items() if stems.is_arabic_word(w)})
    model = SentenceTransformer(
        own.base, device="cpu", local_files_only=True, model_kwargs={"dtype": "float32"}
    )
    body: Any = model.transformers_model
    old = json.loads((Path(own.base) / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    chosen = pieces.choose(counts, known, pieces.Sizes(own.words, own.stems, own.parts))
    tokenizer = pieces.tokenizer(old, chosen)
    linked = links.learn(tokenizer, known, pairs)
    table = first(tokenizer, old, body.get_input_embeddings().weight.detach().numpy(), linked)
    _write(body, tokenizer, table, own.longest, folder)
    Words(linked, _rarity(tokenizer, pairs)).save(folder)


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


def _texts(folder: Path, pairs: Sequence[Pair], held: HeldOut) -> Iterator[str]:
    """Arabic text to learn words from."""
    yield from (pair.ar for pair in pairs)
    for file in sorted((folder / "mono").glob("*.txt.gz")):
        yield from read_lines(file)
    for file in sorted((folder / "qa").glob("*_ar*.jsonl.gz")):
        rows = corpus.rows(folder, file.name.split(".")[0], held)
        yield from dict.fromkeys(row.passage for row in rows if row.lang == "ar")
        yield from (row.question for row in rows if row.question_lang == "ar")


def _rarity(tokenizer: Tokenizer, pairs: Sequence[Pair]) -> Table:
    """log(pairs / sides with the piece), 0 for special pieces: shape (pieces)."""
    count = tokenizer.get_vocab_size()
    holding = np.zeros(count)
    for texts in ([pair.en for pair in pairs], [pair.ar for pair in pairs]):
        for row in piece_ids(tokenizer, texts):
            holding[np.unique(row).astype(int)] += 1
    rarity = np.log((len(pairs) + 1) / (holding + 1))
    rarity[: len(pieces.SPECIAL)] = 0
    return np.maximum(rarity, 0).astype(np.float32)


def _write(body: Any, tokenizer: Tokenizer, table: Table, longest: int, folder: Path) -> None:
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


if __name__ == "__main__":
    main()
