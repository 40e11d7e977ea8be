"""Set words beside what an encoder understands already; see :mod:`.word_transformer`.

    python -m training.encoder.join ENCODER --config training/config.toml --export FOLDER

ENCODER is a sentence-transformers folder; words that stand beside it already are made anew.

Codes begin as random signs drawn together by links, and learn from translations: first the Arabic
ones by themselves, then all beside the encoder's own vectors; see :mod:`.codes`.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from training import arguments, loop, rounding, settings
from training.encoder import asked_examples, codes, model, word_transformer
from training.vocabulary import links, sources
from training.vocabulary.alike import alike
from training.vocabulary.pieces import is_arabic
from training.vocabulary.words import Words, rarity

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

ROUNDED = 500
"""Translations that are read to round by, and a quarter as many passages."""


def main() -> None:
    """Learn what the pieces of an encoder stand for, and write it with them beside it."""
    parser = arguments.parser("training.encoder.join", __doc__, export="required")
    parser.add_argument("encoder", type=Path)
    given = parser.parse_args()
    config = settings.load(given.config)
    device, _ = loop.device_of(config)
    encoder = model.load(str(given.encoder), device)
    write(encoder, learn(encoder, config), config, given.export)


def learn(encoder: SentenceTransformer, config: settings.TrainingSettings) -> codes.Codes:
    """Codes of the encoder's pieces, from what ``[vocabulary]`` and ``[words]`` name."""
    own, found = config.words, sources.read(config)
    tokenizer: Any = encoder.tokenizer
    pieces: Tokenizer = tokenizer.backend_tokenizer
    same = alike(pieces)
    pairs = [*found.pairs, *asked_examples.translated(config)]
    words = Words(links.learn(pieces, found.stems, pairs, same), rarity(pieces, pairs, same), same)
    drawn = words.codes(own.dimension - word_transformer.RESERVED, config.seed)
    arabic = np.zeros(len(drawn), bool)
    arabic[[row for piece, row in pieces.get_vocab().items() if is_arabic(piece)]] = True
    told = codes.learn(
        drawn,
        codes.translations(pieces, pairs, words),
        arabic,
        codes.Schedule(own.steps, own.batch, own.rate, config.seed),
    )
    known = sources.pairs(config, own.pairs)
    told = codes.learn(
        told,
        codes.translations(pieces, known, words, encoder),
        np.ones(len(drawn), bool),
        codes.Schedule(own.steps_beside, own.batch_beside, own.rate, config.seed, own.weight),
    )
    return codes.Codes.of(told[same], words.rarity)


def write(
    encoder: SentenceTransformer,
    words: codes.Codes,
    config: settings.TrainingSettings,
    folder: Path,
) -> None:
    """Write ``encoder``, rounded, with ``words`` beside it as a sentence-transformers folder."""
    tokenizer: Any = encoder.tokenizer
    special = (tokenizer.cls_token_id, tokenizer.sep_token_id)
    second = word_transformer.build(words.vectors, words.weights, special, config.words.weight)
    texts = _texts(config)
    encoder.to("cpu")
    rounding.round_matrices(
        encoder.transformers_model,
        lambda: encoder.encode(texts, batch_size=8, show_progress_bar=False),
    )
    model.save(word_transformer.joined(encoder, second), folder)


def _texts(config: settings.TrainingSettings) -> list[str]:
    """Some of what the encoder learnt from, short and long, in both languages."""
    rng, asked = random.Random(config.seed), asked_examples.read(config)
    pairs = sources.pairs(config, config.words.pairs)
    short = [*asked_examples.translated(config), *pairs]
    long = asked.passages()
    some = rng.sample(short, min(ROUNDED, len(short)))
    sides = [side for pair in some for side in (pair.en, pair.ar)]
    return [*sides, *rng.sample(long, min(ROUNDED // 4, len(long)))]


if __name__ == "__main__":
    main()
