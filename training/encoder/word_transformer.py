"""Words beside meaning: a second, two-layer transformer.

Its vector of a text is the sum of its pieces' codes, each by rarity x count^½, at unit length. The
codes are its word embeddings; all other weights are set, not learnt.
BERT can do all of that, so the folder needs no code of ours:

1. The first layer counts. A piece attends to its like and to the special pieces; how much the
   special ones get says how often it occurs.
2. The second layer sums. Every piece attends to every other by rarity and count alone, and the
   layer norm behind it makes the sum's length one.

The encoder's own vector and this one are concatenated, so that cosines are the weighted means of
both.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.data.align import Table

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import BertModel

RESERVED = 4
"""The last dimensions: rarity, what its rounding lost, special, count."""
RARITY, REST, SPECIAL, COUNT = -4, -3, -2, -1
FINER = 16.0
"""What the rounding lost is kept in sixteenths."""
LIKE = 9.0
"""Logit of a piece to its like; to others it is about 0."""
FOLD = 2.3
"""Turns the special pieces' share 1/(1+count) into -½ log(count), nearly."""
CENTRE, SPREAD = 1.0, 1.5
"""Logarithms of rarity less the first, times the second, lie within what float8 holds well."""
NEVER = -20.0
"""Logit of a special piece where pieces are summed."""
VALUE, LOUD = 4.0, 256.0
"""Their product outweighs the residual connection; float8 holds both as they are."""


def build(
    codes: Table, rarity: NDArray[np.float32], special: tuple[int, int], weight: float
) -> BertModel:
    """The transformer for unit ``codes``, (pieces, dimensions), and ``rarity``, (pieces).

    It has four dimensions more, for its own use. Pieces of rarity 0 count for nothing; the two
    of ``special`` stand around every text. Outputs have the length ``weight ** 0.5``.
    """
    import torch
    from transformers import BertConfig, BertModel

    pieces, dimension = len(codes), codes.shape[1] + RESERVED
    config = BertConfig(
        vocab_size=pieces, hidden_size=dimension, num_hidden_layers=2, num_attention_heads=1,
        intermediate_size=1, type_vocab_size=2, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0, use_cache=False,
    )  # fmt: skip
    model = BertModel(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.fill_(1.0 if name.endswith("LayerNorm.weight") else 0.0)
        model.embeddings.word_embeddings.weight.copy_(
            torch.from_numpy(_rows(codes, rarity, special))
        )
        layers: Any = model.encoder.layer
        _count(layers[0].attention, dimension)
        _sum(layers[1].attention, dimension)
        layers[1].output.LayerNorm.weight.fill_((weight / dimension) ** 0.5)
    return model


def _rows(codes: Table, rarity: NDArray[np.float32], special: tuple[int, int]) -> Table:
    """Embeddings of unit variance, so that the layer norm nearly leaves them as they are."""
    dimension = codes.shape[1] + RESERVED
    rows = np.pad(codes, ((0, 0), (0, RESERVED))).astype(np.float32)
    logs = ((np.log(np.maximum(rarity, 1e-6)) - CENTRE) * SPREAD).astype(np.float32)
    rows[:, RARITY] = coarse = _rounded(logs)
    rows[:, REST] = (logs - coarse) * FINER
    lengths = np.linalg.norm(rows[:, :-RESERVED], axis=1, keepdims=True)
    free = dimension - rows[:, RARITY] ** 2 - rows[:, REST] ** 2
    rows[:, :-RESERVED] *= np.sqrt(np.maximum(free, 0))[:, None] / np.maximum(lengths, 1e-9)
    rows[rarity <= 0] = 0
    rows[rarity <= 0, RARITY] = -(dimension**0.5)
    rows[list(special)] = 0
    rows[list(special), SPECIAL] = dimension**0.5
    return rows


def _rounded(values: NDArray[np.float32]) -> NDArray[np.float32]:
    import torch

    return torch.from_numpy(values).to(torch.float8_e4m3fn).float().numpy()


def _count(attention: Any, dimension: int) -> None:
    """Each piece learns what share of its attention the special ones get: 1 / (1 + its count)."""
    root, own = dimension**0.5, attention.self
    codes = list(range(dimension - RESERVED))
    own.query.weight[codes, codes] = own.key.weight[codes, codes] = (LIKE / root) ** 0.5
    own.query.bias[SPECIAL] = 1.0
    own.key.weight[SPECIAL, SPECIAL] = LIKE - np.log(2)  # there are two of them
    own.value.weight[COUNT, SPECIAL] = 1 / root
    attention.output.dense.weight[COUNT, COUNT] = 1.0


def _sum(attention: Any, dimension: int) -> None:
    """Every piece gets the mean of all codes by rarity / count^½."""
    root, own = dimension**0.5, attention.self
    codes = list(range(dimension - RESERVED))
    own.query.bias[0] = root
    own.key.weight[0, RARITY] = 1 / SPREAD
    own.key.weight[0, REST] = 1 / SPREAD / FINER
    own.key.weight[0, COUNT] = FOLD
    own.key.weight[0, SPECIAL] = NEVER / root
    own.value.weight[codes, codes] = VALUE
    attention.output.dense.weight[codes, codes] = LOUD


def joined(encoder: SentenceTransformer, words: BertModel) -> SentenceTransformer:
    """Both concatenated: unit vectors, the encoder's dimensions first.

    The library concatenates only ways of pooling: the encoder's vector goes as that of [CLS], and
    half of both dimensions is what each way is said to have.

    Raises:
        ValueError: their sum is odd.
    """
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules

    longest = encoder.max_seq_length
    with tempfile.TemporaryDirectory() as plain:
        words.save_pretrained(plain)
        tokenizer: Any = encoder.tokenizer
        tokenizer.save_pretrained(plain)
        second = modules.Transformer(plain, max_seq_length=longest)
    meaning: Any = encoder[0]
    first = meaning.get_embedding_dimension()
    both = first + words.config.hidden_size
    if both % 2:
        raise ValueError(f"{both} dimensions together: choose an even one in [words].")
    return SentenceTransformer(
        modules=[
            meaning,
            modules.Pooling(first, "mean"),
            modules.Normalize(module_output_name="cls_token_embeddings"),
            second,
            modules.Pooling(both // 2, ("cls", "mean")),
            modules.Normalize(),
        ],
        device="cpu",
    )
