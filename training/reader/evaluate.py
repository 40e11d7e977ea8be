"""Score a reader on a parallel set in SQuAD format, all four directions.

    python -m training.reader.evaluate FOLDER_OR_CHECKPOINT --config training/config.toml

F1 and exact match over the gold paragraph. AUROC of the margin over "no answer": the gold paragraph
against another paragraph of the same article, which is as hard as a wrong passage gets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.reading import find_sets
from rag.language.text import LANGS, Lang
from training import arguments, loop, settings
from training.logit import auroc
from training.reader import model
from training.reader.decode import read
from training.reader.scores import best_f1, exact

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; its paragraph, its answers, and another paragraph of the article, by language."""

    question: dict[Lang, str]
    passage: dict[Lang, str]
    other: dict[Lang, str]
    answers: dict[Lang, list[str]]


@dataclass(frozen=True, slots=True)
class Score:
    """Of one direction; all 0 to 1."""

    question_lang: Lang
    passage_lang: Lang
    f1: float
    exact: float
    auroc: float


def questions(folder: Path) -> list[Asked]:
    """The questions of the parallel set in ``folder``.

    Raises:
        FileNotFoundError: there is no such set.
    """
    files = find_sets(folder)
    if files is None:
        raise FileNotFoundError(f"{folder} holds no parallel set such as dev/xquad-dev.ar.json.")
    data = {lang: json.loads(file.read_text("utf-8"))["data"] for lang, file in files.items()}
    return [
        asked
        for ar, en in zip(data["ar"], data["en"], strict=True)
        for asked in _of_article({"ar": ar["paragraphs"], "en": en["paragraphs"]})
    ]


def _of_article(paragraphs: dict[Lang, list[Any]]) -> Iterator[Asked]:
    count = len(paragraphs["ar"])
    for place in range(count):
        other = (place + 1) % count
        by_id = {lang: {qa["id"]: qa for qa in paragraphs[lang][place]["qas"]} for lang in LANGS}
        for id_ in by_id["ar"]:
            yield Asked(
                {lang: by_id[lang][id_]["question"] for lang in LANGS},
                {lang: paragraphs[lang][place]["context"] for lang in LANGS},
                {lang: paragraphs[lang][other]["context"] for lang in LANGS},
                {lang: [a["text"] for a in by_id[lang][id_]["answers"]] for lang in LANGS},
            )


def measure(
    reader: Any, tokenizer: Any, asked: list[Asked], longest: int, device: torch.device
) -> Iterator[Score]:
    """The scores of each direction."""
    for question_lang in LANGS:
        for passage_lang in LANGS:
            own = [(a.question[question_lang], a.passage[passage_lang]) for a in asked]
            wrong = [(a.question[question_lang], a.other[passage_lang]) for a in asked]
            langs = [(question_lang, passage_lang)] * (2 * len(asked))
            spans = read(reader, tokenizer, own + wrong, langs, longest, device)
            texts = [p[s.start : s.end] for (_, p), s in zip(own, spans, strict=False)]
            golds = [a.answers[passage_lang] for a in asked]
            margins = np.array([span.margin for span in spans])
            labels = np.repeat([1.0, 0.0], len(asked))
            hits = [any(exact(t, g) for g in gs) for t, gs in zip(texts, golds, strict=True)]
            f1s = [best_f1(t, gs) for t, gs in zip(texts, golds, strict=True)]
            yield Score(
                question_lang,
                passage_lang,
                float(np.mean(f1s)),
                float(np.mean(hits)),
                auroc(margins, labels),
            )


def main() -> None:
    """Print a line of a Markdown table for each direction."""
    parser = arguments.parser("training.reader.evaluate", __doc__)
    parser.add_argument("reader", type=Path, help="a model folder, or a checkpoint file")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    config = settings.load(given.config)
    device, _ = loop.device_of(config)
    import torch

    torch.set_num_threads(given.threads)
    reader, tokenizer = _load(given.reader, config, device)
    print("| question → passage | F1 | exact | AUROC |\n|---|---|---|---|")
    asked = questions(config.data)
    for score in measure(reader, tokenizer, asked, config.reader.longest, device):
        print(
            f"| {score.question_lang} → {score.passage_lang} | {100 * score.f1:.1f} "
            f"| {100 * score.exact:.1f} | {score.auroc:.3f} |",
            flush=True,
        )


def _load(place: Path, config: settings.TrainingSettings, device: torch.device) -> tuple[Any, Any]:
    """The reader in a folder, or that of a checkpoint."""
    if place.is_dir():
        return model.load(str(place), device)
    reader, tokenizer = model.load(config.reader.start, device)
    reader.load_state_dict(loop.trained(place, loop.identity(config.reader.start)))
    return reader, tokenizer


if __name__ == "__main__":
    main()
