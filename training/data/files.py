"""Reading the training files: gzip TSV of English and Arabic, gzip JSON lines of questions."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.language.text import Lang

LISTS = ("multispanqa_valid_en",)
"""Sets whose answers are items of lists."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same in English and in Arabic."""

    en: str
    ar: str

    def side(self, lang: Lang) -> str:
        """The text in ``lang``."""
        return self.ar if lang == "ar" else self.en


@dataclass(frozen=True, slots=True)
class Row:
    """A question over a passage; ``answers`` are (text, start) with text == passage[start:…].

    A row without answers is one that the passage does not answer. ``lang`` is the passage's.
    ``listed``: the answers are the items of one list, else any of them will do. ``date``, as in
    "2016-03-09", and ``before``, the text in front of the passage, are empty where nobody knows.
    ``in_title``: the answers stand in the title, not in the passage.
    """

    lang: Lang
    question: str
    passage: str
    answers: tuple[tuple[str, int], ...]
    source: str
    title: str
    question_lang: Lang
    listed: bool = False
    date: str = ""
    before: str = ""
    in_title: bool = False


def read_pairs(file: Path) -> Iterator[Pair]:
    """The pairs of a ``.tsv`` or ``.tsv.gz`` file; lines without two sides are skipped."""
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    for line in data.decode("utf-8").split("\n"):
        en, _, rest = line.partition("\t")
        ar, _, _ = rest.partition("\t")
        if en.strip() and ar.strip():
            yield Pair(en.strip(), ar.strip())


def read_lines(file: Path) -> list[str]:
    """The lines of a gzip text file."""
    return gzip.decompress(file.read_bytes()).decode("utf-8").split("\n")


def read_rows(file: Path) -> Iterator[Row]:
    """The rows of a ``qa/*.jsonl.gz`` file; answers that do not match their offset are dropped."""
    name = file.name.split(".")[0]
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = _row(json.loads(line), name)
            if row is not None:
                yield row


def read_contexts(file: Path) -> Iterator[str]:
    """The passage of each row of a ``qa/*.jsonl.gz`` file."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line)["context"] for line in lines)


def _row(raw: dict[str, Any], name: str) -> Row | None:
    passage = raw["context"]
    spans = zip(raw["answers"], raw["answer_start"], strict=True)
    answers = tuple((t, s) for t, s in spans if t.strip() and passage[s : s + len(t)] == t)
    if not answers and not raw.get("impossible"):
        return None
    found: Lang = "ar" if raw["lang"] == "ar" else "en"
    answers = () if raw.get("impossible") else answers
    title = raw.get("title") or ""
    asked: Lang = raw.get("question_lang", found)
    listed = raw.get("kind") == "list" or name in LISTS
    return Row(found, raw["question"].strip(), passage, answers, name, title, asked, listed)
