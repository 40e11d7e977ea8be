"""Set words beside what an encoder understands already; see :mod:`.word_transformer`.

    python -m training.encoder.join ENCODER --config training/config.toml --export FOLDER

ENCODER is a sentence-transformers folder; words that stand beside it already are made anew.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training import settings
from training.encoder import model, word_transformer
from training.vocabulary import links, sources
from training.vocabulary.words import Words, rarity

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def main() -> None:
    """Learn what the pieces of an encoder stand for, and write it with them beside it."""
    import torch

    parser = argparse.ArgumentParser(prog="training.encoder.join", description=__doc__)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("--config", type=Path, default=Path("training/config.toml"))
    parser.add_argument("--export", type=Path, required=True, metavar="FOLDER")
    arguments = parser.parse_args()
    config = settings.load(arguments.config)
    encoder = model.load(str(arguments.encoder), torch.device("cpu"))
    write(encoder, learn(encoder, config), config, arguments.export)


def learn(encoder: SentenceTransformer, config: settings.TrainingSettings) -> Words:
    """Links and rarity of the encoder's pieces, from what ``[vocabulary]`` names."""
    found = sources.read(config)
    tokenizer: Any = encoder.tokenizer
    pieces = tokenizer.backend_tokenizer
    linked = links.learn(pieces, found.stems, found.pairs)
    return Words(linked, rarity(pieces, found.pairs))


def write(
    encoder: SentenceTransformer, words: Words, config: settings.TrainingSettings, folder: Path
) -> None:
    """Write ``encoder`` with ``words`` beside it as a sentence-transformers folder."""
    own = config.encoder
    tokenizer: Any = encoder.tokenizer
    special = (tokenizer.cls_token_id, tokenizer.sep_token_id)
    codes = words.codes(own.word_dimension, config.seed)
    second = word_transformer.build(codes, words.rarity, special, own.word_weight)
    model.save(word_transformer.joined(encoder, second), folder)


if __name__ == "__main__":
    main()
