"""Which training pairs and rows are fit to learn from."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from rag.language.sentences import sentence_spans
from rag.language.text import detect_language
from training.data.files import Pair, Row

LONGEST_RATIO = 2.6
"""Of the longer side's characters to the shorter's; beyond, one side is not all there."""
SHORT = 25
"""Characters up to which the ratio says nothing: names differ much in length."""


def is_fit(pair: Pair) -> bool:
    """Whether the sides are in their languages, of like length, and not the same.

    >>> is_fit(Pair("Tokayev", "توكاييف")), is_fit(Pair("Tokayev", "Tokayev"))
    (True, False)
    """
    if detect_language(pair.ar) != "ar" or detect_language(pair.en, "ar") != "en":
        return False
    longer, shorter = sorted((len(pair.en), len(pair.ar)), reverse=True)
    return longer <= SHORT or longer <= LONGEST_RATIO * shorter


def distinct(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The pairs without repetitions of either side, so that formulas do not rule a batch."""
    seen: set[str] = set()
    for pair in pairs:
        if pair.en not in seen and pair.ar not in seen:
            seen |= {pair.en, pair.ar}
            yield pair


def capped(pairs: list[Pair], cap: int, seed: str) -> list[Pair]:
    """At most ``cap`` of the pairs, drawn by ``seed``, in their order."""
    if len(pairs) <= cap:
        return pairs
    chosen = sorted(random.Random(seed).sample(range(len(pairs)), cap))
    return [pairs[i] for i in chosen]


def shortened(row: Row, most: int, rng: random.Random) -> Row:
    """The row with its passage cut at sentences to about ``most`` characters around the answer.

    Which sentences stay beside the answer's is random, so that answers stand anywhere. Sequences
    get shorter, which is what training time goes by.
    """
    if len(row.passage) <= most:
        return row
    spans = sentence_spans(row.passage) or [(0, len(row.passage))]
    start = row.answers[0][1] if row.answers else rng.randrange(len(row.passage))
    end = start + (len(row.answers[0][0]) if row.answers else 0)
    first = max((i for i, (a, _) in enumerate(spans) if a <= start), default=0)
    last = max((i for i, (a, _) in enumerate(spans) if a < end), default=first)
    first, last = _grown(spans, first, max(first, last), most, rng.random)
    left, right = spans[first][0], max(spans[last][1], end)
    kept = tuple((t, s - left) for t, s in row.answers if left <= s and s + len(t) <= right)
    return replace(row, passage=row.passage[left:right], answers=kept)


def _grown(
    spans: list[tuple[int, int]], first: int, last: int, most: int, chance: Callable[[], float]
) -> tuple[int, int]:
    """The range of sentences grown to either side by chance while it is within ``most``."""
    while True:
        options = []
        if first > 0 and spans[last][1] - spans[first - 1][0] <= most:
            options.append((first - 1, last))
        if last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= most:
            options.append((first, last + 1))
        if not options:
            return first, last
        first, last = options[int(chance() * len(options))]
