"""Keep the machine-made Arabic questions whose marked answers a reader agrees with.

    python -m training.reader.sift FOLDER --config training/config.toml

Many of the marks were put at a wrong place by a machine. A reader that has learnt from everything
has not learnt these, as they follow no rule: where it marks something quite different, the mark is
more often wrong than the reader. What is left is written beside the checkpoints.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Sequence
from pathlib import Path

from training import arguments, loop, settings
from training.data import corpus
from training.data.clean import shortened
from training.data.files import Row
from training.data.overlap import held_out
from training.reader import decode, model
from training.reader.examples import SIFTED
from training.reader.scores import f1

SOURCE = "aaqad_ar_nodev"
LEAST = 0.5
"""F1 of the reader's answer with the marked one, from which on a row is kept."""


def main() -> None:
    """Write what is kept, and print how much that is."""
    parser = arguments.parser("training.reader.sift", __doc__)
    parser.add_argument("reader", type=Path)
    given = parser.parse_args()
    config = settings.load(given.config)
    device, _ = loop.device_of(config)
    reader, tokenizer = model.load(str(given.reader), device)
    answered = [
        row
        for row in corpus.rows(config.data, SOURCE, held_out(config.data / "dev"))
        if row.answers
    ]
    rng = random.Random(config.seed)
    short = [shortened(row, config.reader.passage_chars, rng) for row in answered]
    readings = decode.read(reader, tokenizer, short, config.reader.longest, device)
    found = list(map(decode.answer, readings))
    kept = agreed(answered, found)
    write(kept, config.checkpoints / f"{SIFTED}.jsonl.gz")
    print(f"{len(kept)} of {len(answered)} kept")


def agreed(rows: Sequence[Row], found: Sequence[str]) -> list[Row]:
    """The rows whose answer is about what was ``found`` for them."""
    return [
        row for row, text in zip(rows, found, strict=True) if f1(text, row.answers[0][0]) >= LEAST
    ]


def write(rows: Sequence[Row], file: Path) -> None:
    """Write ``rows`` in the format of ``qa/``."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(file, "wt", encoding="utf-8") as stream:
        for row in rows:
            texts, starts = zip(*row.answers, strict=True)
            said = {
                "lang": row.lang,
                "question": row.question,
                "context": row.passage,
                "answers": texts,
                "answer_start": starts,
                "title": row.title,
                "impossible": False,
            }
            stream.write(json.dumps(said, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
