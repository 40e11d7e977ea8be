"""SQuAD-format sets to measure finding with: parallel paragraphs, questions, distractors."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import SourceError
from rag.language.text import LANGS, Lang

STEMS = ("xquad-dev", "xquad")
DISTRACTORS = 1500
SOURCES: dict[Lang, tuple[str, ...]] = {
    "ar": ("aaqad_ar_nodev",),
    "en": ("tydiqa_goldp_train_en", "squad_train_subset_en"),
}
"""Files of ``qa/`` whose contexts are distractors, in this order."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the position of the paragraph that answers it, in either language."""

    text: str
    lang: Lang
    gold: int


@dataclass(frozen=True, slots=True)
class ReadingSet:
    """Paragraphs of each language, those with questions first and at the same positions."""

    name: str
    paragraphs: dict[Lang, list[str]]
    questions: list[Asked]
    distractors: dict[Lang, int]


def find_sets(folder: Path) -> dict[Lang, Path] | None:
    """The Arabic and the English file of a parallel set in ``folder`` or its ``dev``, if any."""
    for place in (folder / "dev", folder):
        for stem in STEMS:
            files = {lang: place / f"{stem}.{lang}.json" for lang in LANGS}
            if all(file.is_file() for file in files.values()):
                return files
    return None


def load_set(folder: Path, most_distractors: int = DISTRACTORS) -> ReadingSet:
    """The parallel set in ``folder``, with distractors where its ``qa`` has them.

    Raises:
        SourceError: there is no such set, it cannot be read, or its two languages do not match.
    """
    files = find_sets(folder)
    if files is None:
        wanted = " or ".join(f"{stem}.ar.json with {stem}.en.json" for stem in STEMS)
        raise SourceError(f"{folder} holds no {wanted}, nor does {folder / 'dev'}. Put one there.")
    paragraphs: dict[Lang, list[str]] = {}
    questions: list[Asked] = []
    for lang, file in files.items():
        paragraphs[lang], asked = _read_squad(file, lang)
        questions += asked
    if len({len(texts) for texts in paragraphs.values()}) != 1:
        both = " and ".join(map(str, files.values()))
        raise SourceError(f"{both} differ in their number of paragraphs. Take a parallel set.")
    added: dict[Lang, int] = {}
    for lang in LANGS:
        extra = distractors(folder / "qa", SOURCES[lang], most_distractors)
        paragraphs[lang] += extra
        added[lang] = len(extra)
    return ReadingSet(files["ar"].name.split(".")[0], paragraphs, questions, added)


def distractors(folder: Path, names: Sequence[str], most: int) -> list[str]:
    """The first ``most`` distinct contexts of the files; none where the files are not there."""
    seen: dict[str, None] = {}
    for name in names:
        for context in _contexts(folder / f"{name}.jsonl.gz"):
            if len(seen) == most:
                return list(seen)
            seen.setdefault(context)
    return list(seen)


def _contexts(file: Path) -> Iterator[str]:
    if not file.is_file():
        return
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["context"]


def _read_squad(file: Path, lang: Lang) -> tuple[list[str], list[Asked]]:
    try:
        articles = json.loads(file.read_text("utf-8"))["data"]
        rows = [row for article in articles for row in article["paragraphs"]]
        questions = [
            Asked(qa["question"], lang, gold) for gold, row in enumerate(rows) for qa in row["qas"]
        ]
        return [row["context"] for row in rows], questions
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{file} is not in the format of SQuAD ({error!r}).") from error
