"""Score a reader on a parallel set in SQuAD format, all four directions, and on rows over news.

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
from rag.models.reading import Reading
from training import arguments, loop, settings
from training.data.files import Row
from training.logit import auroc
from training.reader import decode, learnt, model
from training.reader.scores import best_f1, exact, f1

if TYPE_CHECKING:
    import torch


NEWS = "news-dev.jsonl"


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
            passages = [a.passage[passage_lang] for a in asked]
            passages += [a.other[passage_lang] for a in asked]
            rows = [
                Row(passage_lang, a.question[question_lang], passage, (), "", "", question_lang)
                for a, passage in zip([*asked, *asked], passages, strict=True)
            ]
            readings = decode.read(reader, tokenizer, rows, longest, device)
            texts = list(map(decode.answer, readings[: len(asked)]))
            golds = [a.answers[passage_lang] for a in asked]
            margins = np.array([reading.margin for reading in readings])
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


@dataclass(frozen=True, slots=True)
class NewsScore:
    """Of the rows over news that are asked in one language about the other, or all; 0 to 1.

    ``f1`` is of the answerable ones, of a list that of all its items; ``auroc`` is of telling them
    from near misses by the margin.
    """

    rows: str
    count: int
    f1: float
    auroc: float


def measure_news(
    reader: Any, tokenizer: Any, file: Path, longest: int, device: torch.device
) -> Iterator[NewsScore]:
    """The scores over the rows of ``file``: all, by direction, and the F1 of each kind."""
    raw = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    rows = [
        Row(r["lang"], r["question"], r["context"], (), "", "", r["question_lang"]) for r in raw
    ]
    readings = decode.read(reader, tokenizer, rows, longest, device)
    f1s = np.array([_news_f1(r, x) for r, x in zip(raw, readings, strict=True)])
    margins = np.array([reading.margin for reading in readings])
    labels = np.array([float(not r["impossible"]) for r in raw])
    groups = {"all": np.ones(len(raw), bool)}
    for r in raw:
        for group in (f"{r['question_lang']} → {r['lang']}", r["kind"]):
            groups.setdefault(group, np.zeros(len(raw), bool))
    for group, chosen in groups.items():
        if group != "all":
            chosen |= [group in (f"{r['question_lang']} → {r['lang']}", r["kind"]) for r in raw]
        answered = chosen & (labels == 1)
        yield NewsScore(
            group,
            int(chosen.sum()),
            float(f1s[answered].mean()) if answered.any() else float("nan"),
            auroc(margins[chosen], labels[chosen]),
        )


def _news_f1(raw: dict[str, Any], reading: Reading) -> float:
    if raw["impossible"]:
        return 0.0
    if raw["kind"] == "list":
        return f1(decode.items(reading), " ".join(raw["answers"]))
    return best_f1(decode.answer(reading), [*raw["answers"], *raw["alternatives"]])


def main() -> None:
    """Print a line of a Markdown table for each direction, and for each sort of news row."""
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
    print("\n| news | rows | F1 | AUROC |\n|---|---|---|---|")
    file = config.data / "dev" / NEWS
    for news in measure_news(reader, tokenizer, file, config.reader.longest, device):
        print(f"| {news.rows} | {news.count} | {100 * news.f1:.1f} | {news.auroc:.3f} |")


def _load(place: Path, config: settings.TrainingSettings, device: torch.device) -> tuple[Any, Any]:
    """The reader in a folder, or that of a checkpoint."""
    if place.is_dir():
        return model.load(str(place), device)
    reader, tokenizer = model.load(config.reader.start, device)
    reader.load_state_dict(loop.trained(place, learnt.identity(config)))
    return reader, tokenizer


if __name__ == "__main__":
    main()
