"""News rows written by hand for Sanad: our questions, over passages of the data folder.

``news.jsonl`` holds what is ours: questions, headlines, dates and where answers stand. Passages are
named by file, place and characters; their text stays where it is. A line is an article,

    {"passage": "ant_corpus_jawhara_news:5003:0-612", "before": 120, "lead": true,
     "headline": "…", "date": "2016-03-09", "rows": [...]}

and ``rows`` are its questions: ``q``, ``ql`` (language), ``kind``, ``a`` (spans; none: a near miss,
``miss`` says of what), ``in`` ("headline" where the answers stand there). The place is a line of
``mono/``, counted from 1, or the beginning of a SHA-256 of a context of ``qa/``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from rag.language.text import Lang
from training.data.files import Row, read_contexts, read_lines

FILE = Path(__file__).with_name("news.jsonl")
NAME = "sanad_news"


def rows(folder: Path, file: Path = FILE) -> Iterator[Row]:
    """The rows of ``file`` over the data in ``folder``.

    Raises:
        ValueError: a passage or a span is not where the file says.
    """
    texts = _Texts(folder)
    for line in file.read_text("utf-8").splitlines():
        article = json.loads(line)
        lang, passage, before = texts.find(article)
        for asked in article["rows"]:
            in_title = asked.get("in") == "headline"
            spans = asked["a"]
            where = article["headline"] if in_title else passage
            if any(where[start:end].strip() == "" for start, end in spans):
                raise ValueError(f"{file.name}: {asked['q']!r}: no text at {spans}.")
            yield Row(
                lang,
                asked["q"],
                passage,
                tuple((where[start:end], start) for start, end in spans),
                NAME,
                article["headline"],
                asked["ql"],
                asked["kind"] == "list",
                article["date"],
                before,
                in_title,
            )


class _Texts:
    """The texts of the data folder that passages are cut from."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines = lru_cache(maxsize=None)(self._read_lines)
        self._contexts = lru_cache(maxsize=None)(self._read_contexts)

    def find(self, article: dict[str, Any]) -> tuple[Lang, str, str]:
        """Language, passage, and what stands in front of it."""
        name, place, span = article["passage"].split(":")
        start, end = map(int, span.split("-"))
        lang: Lang = "en" if name.endswith("_en") else "ar"
        lead = ""
        if lang == "en":
            text = self._contexts(name).get(place, "")
        else:
            lines, number = self._lines(name), int(place)
            text = lines[number - 1]
            lead = lines[number - 2] if article["lead"] else ""
        if end > len(text):
            raise ValueError(f"{article['passage']} is not in {self._folder}: is it complete?")
        near = text[article["before"] : start].strip()
        return (
            ("en" if lang == "en" else "ar"),
            text[start:end],
            " ".join(filter(None, (lead, near))),
        )

    def _read_lines(self, name: str) -> list[str]:
        return read_lines(self._folder / "mono" / f"{name}.txt.gz")

    def _read_contexts(self, name: str) -> dict[str, str]:
        file = self._folder / "qa" / f"{name}.jsonl.gz"
        return {key_of(context): context for context in read_contexts(file)}


def key_of(context: str) -> str:
    """What names a context of ``qa/``."""
    return hashlib.sha256(context.encode()).hexdigest()[:10]
