"""The start of the reader: an English model that can spell Arabic, with meanings to begin from.

    python -m training.vocabulary --config training/config.toml --export FOLDER

1. Arabic words are split into clitics and stems, and pieces chosen (:mod:`.stems`, :mod:`.pieces`).
2. IBM Model 1 links them with English pieces over parallel text and lexica (:mod:`.links`).
3. Each Arabic piece begins as the mean of the English pieces that it stands for.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from training import arguments, settings
from training.vocabulary import links, pieces, sources, start


def main() -> None:
    """Write the start as a sentence-transformers folder."""
    parser = arguments.parser("training.vocabulary", __doc__, export="required")
    given = parser.parse_args()
    build(settings.load(given.config), given.export)


def build(config: settings.TrainingSettings, folder: Path) -> None:
    """Vocabulary, links, first embeddings; written to ``folder``."""
    from sentence_transformers import SentenceTransformer

    own, found = config.vocabulary, sources.read(config)
    model = SentenceTransformer(
        own.base, device="cpu", local_files_only=True, model_kwargs={"dtype": "float32"}
    )
    body: Any = model.transformers_model
    old = json.loads((Path(own.base) / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    chosen = pieces.choose(found.counts, found.stems, pieces.Sizes(own.words, own.stems, own.parts))
    tokenizer = pieces.tokenizer(old, chosen)
    linked = links.learn(tokenizer, found.stems, found.pairs)
    table = start.first(tokenizer, old, body.get_input_embeddings().weight.detach().numpy(), linked)
    start.write(body, tokenizer, table, own.longest, folder)


if __name__ == "__main__":
    main()
