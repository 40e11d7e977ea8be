"""The start of an encoder: an English model that can spell Arabic, with meanings to begin from.

    python -m training.vocabulary --config training/config.toml --export FOLDER

1. Arabic words are split into clitics and stems, and pieces chosen (:mod:`.stems`, :mod:`.pieces`).
2. IBM Model 1 links them with English pieces over parallel text and lexica (:mod:`.links`).
3. Each Arabic piece begins as the mean of the English pieces that it stands for.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from training import settings
from training.data import corpus
from training.data.cache import cached
from training.data.files import Pair, read_lines
from training.data.overlap import HeldOut, held_out
from training.vocabulary import links, pieces, start, stems, words


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
    counts = Counter(w for text in _texts(config, pairs, held) for w in stems.words(text))
    known = stems.learn({w: n for w, n in counts.items() if stems.is_arabic_word(w)})
    model = SentenceTransformer(
        own.base, device="cpu", local_files_only=True, model_kwargs={"dtype": "float32"}
    )
    body: Any = model.transformers_model
    old = json.loads((Path(own.base) / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    chosen = pieces.choose(counts, known, pieces.Sizes(own.words, own.stems, own.parts))
    tokenizer = pieces.tokenizer(old, chosen)
    linked = links.learn(tokenizer, known, pairs)
    table = start.first(tokenizer, old, body.get_input_embeddings().weight.detach().numpy(), linked)
    start.write(body, tokenizer, table, own.longest, folder)
    words.Words(linked, words.rarity(tokenizer, pairs)).save(folder)


def _texts(
    config: settings.TrainingSettings, pairs: Sequence[Pair], held: HeldOut
) -> Iterator[str]:
    """Arabic text to learn words from; only words and their counts are taken from it."""
    yield from (pair.ar for pair in pairs)
    for name in config.vocabulary.texts:
        yield from read_lines(config.data / "mono" / f"{name}.txt.gz")
    for name in config.vocabulary.questions:
        rows = corpus.rows(config.data, name, held)
        yield from dict.fromkeys(row.passage for row in rows)
        yield from (row.question for row in rows)


if __name__ == "__main__":
    main()
