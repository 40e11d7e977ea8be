"""Keeping development and test text out of training: overlap of n-grams of folded words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from rag.language.text import fold
from training.data.files import read_pairs

N = 8
"""Words in a row that two texts share only when one was taken from the other."""
SHORTEST = 4
"""Texts of fewer words are too common ("Where are you?") to say where they come from."""

_WORD = re.compile(r"\w+")
Item = TypeVar("Item")


class HeldOut:
    """The n-grams of texts that must not be learnt from."""

    def __init__(self, texts: Iterable[str], n: int = N) -> None:
        self._n = n
        self._grams: set[int] = set()
        self._whole: set[int] = set()
        for text in texts:
            words = _WORD.findall(fold(text))
            self._grams.update(_grams(words, n))
            if len(words) >= SHORTEST:
                self._whole.add(hash(tuple(words)))

    def shares(self, text: str) -> bool:
        """Whether ``text`` shares an n-gram with a held-out text, or is one."""
        words = _WORD.findall(fold(text))
        return hash(tuple(words)) in self._whole or any(
            gram in self._grams for gram in _grams(words, self._n)
        )


def held_out(folder: Path) -> HeldOut:
    """All text of the development sets in ``folder`` (SQuAD format, JSON lines and TSV)."""
    return HeldOut(_texts(folder))


def kept(items: Sequence[Item], texts: Iterable[Sequence[str]], held: HeldOut) -> list[Item]:
    """The items none of whose texts shares anything with what is held out."""
    known: dict[str, bool] = {}

    def shares(text: str) -> bool:
        if text not in known:
            known[text] = held.shares(text)
        return known[text]

    return [
        item
        for item, parts in zip(items, texts, strict=True)
        if not any(shares(part) for part in parts)
    ]


def _grams(words: Sequence[str], n: int) -> Iterator[int]:
    return (hash(tuple(words[i : i + n])) for i in range(len(words) - n + 1))


def _texts(folder: Path) -> Iterator[str]:
    for file in sorted(folder.glob("*.tsv")):
        for pair in read_pairs(file):
            yield from (pair.en, pair.ar)
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            yield from (row["context"], row["question"])
    for file in sorted(folder.glob("*.json")):
        for article in json.loads(file.read_text("utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                yield paragraph["context"]
                yield from (qa["question"] for qa in paragraph["qas"])
