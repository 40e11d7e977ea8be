"""What was answered against what was expected, word by word.

Words are compared as readers of Arabic and English take them for the same, and shown as they
were written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from rag.language.text import detect_language, fold, tokens

Kind = Literal["same", "added", "missing"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Words in a row, one space between them.

    ``same`` and ``added`` are words of the prediction, ``missing`` words of the expected answer.
    """

    kind: Kind
    text: str


def word_difference(prediction: str, expected: str) -> tuple[Piece, ...]:
    """What is the same, what the prediction adds and what it lacks, in reading order.

    >>> [(p.kind, p.text) for p in word_difference("about 2,500 men", "2500 soldiers")]
    [('added', 'about'), ('same', '2,500'), ('missing', 'soldiers'), ('added', 'men')]
    """
    said, wanted = prediction.split(), expected.split()
    pieces: list[Piece] = []
    for kind, i, end_i, j, end_j in _matcher(said, wanted).get_opcodes():
        if kind != "equal" and j < end_j:
            pieces.append(Piece("missing", " ".join(wanted[j:end_j])))
        if i < end_i:
            pieces.append(Piece("same" if kind == "equal" else "added", " ".join(said[i:end_i])))
    return tuple(pieces)


def nearest(prediction: str, expected: Sequence[str]) -> str | None:
    """The expected answer that shares most words with ``prediction``; None if there is none.

    Among equals, one in the language of the prediction goes first, then the earlier one.
    """
    if not expected:
        return None
    said, lang = prediction.split(), detect_language(prediction)

    def nearness(place: int) -> tuple[float, bool, int]:
        wanted = expected[place]
        ratio = _matcher(said, wanted.split()).ratio()
        return ratio, detect_language(wanted, lang) == lang, -place

    return expected[max(range(len(expected)), key=nearness)]


def find(wanted: str, text: str) -> Iterator[tuple[int, int]]:
    """Spans of ``text`` (half-open character offsets) that say the words of ``wanted``.

    >>> list(find("2500 جندي", "نحو ٢٬٥٠٠ جنديّ"))
    [(4, 15)]
    """
    forms = [token.form for token in tokens(wanted)]
    there = list(tokens(text))
    for first in range(len(there) - len(forms) + 1 if forms else 0):
        run = there[first : first + len(forms)]
        if [token.form for token in run] == forms:
            yield run[0].start, run[-1].end


def _matcher(said: Sequence[str], wanted: Sequence[str]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, _forms(said), _forms(wanted), autojunk=False)


def _forms(words: Sequence[str]) -> list[str]:
    """What words are compared by: folded, without punctuation, numbers without grouping."""
    return [" ".join(token.form for token in tokens(word)) or fold(word) for word in words]
