"""What a reader's scores say of one passage: where the answer stands, and how sure that is.

Pure rules over the two scores, as a start and as an end, that a span model gives each word piece.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.language.text import tokens
from rag.models.excerpt import Excerpt

LONGEST_SPAN = 20
"""Word pieces of an answer, at most."""

RIVALS = 20
"""How many of the highest scoring spans are compared with one another."""

ITEM_BELOW = 2.0
"""So far below the best may an item of a list score, as a start and as an end, in logits."""

MARKS = " \t\n.,;:!?،؛؟…"
_PAIRS = {"(": ")", "[": "]", "{": "}", "«": "»", "“": "”", "‘": "’", '"': '"'}
_OPENERS = {closer: opener for opener, closer in _PAIRS.items()}

LEAST_MARGIN = -30.0
"""The margin of a passage of which nothing could be read."""

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ReadSpan:
    """What may be the answer: half-open offsets into the passage, and its margin.

    ``margin`` is how far its score stands above that of "no answer", in logits: above 0 the reader
    rather believes that it is the answer.
    """

    start: int
    end: int
    margin: float


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A question read in a passage: its pieces' offsets, and their scores as start and end.

    ``offsets`` are of shape (pieces, 2), ``starts`` and ``ends`` of shape (pieces,), the latter two
    less what "no answer" scored, so that the sum of a start and an end is a margin. ``lists``:
    the reader has learnt that the items of a list share the probability, so :meth:`items` tells.
    """

    passage: str
    offsets: NDArray[np.int64]
    starts: Scores
    ends: Scores
    lists: bool = False

    def best(self, start: int = 0, end: int | None = None) -> ReadSpan | None:
        """The answer within ``passage[start:end]``, in whole words; None: no text.

        It is the span that the likeliest ones agree on most: minimum Bayes risk (Kumar & Byrne
        2004), the loss being 1 - F1 in word pieces.
        Its margin is that of the likeliest span, of which the answer may be more or less.
        """
        end = len(self.passage) if end is None else end
        inside = np.flatnonzero((self.offsets[:, 0] >= start) & (self.offsets[:, 1] <= end))
        if not len(inside):
            return None
        low, high = int(inside[0]), int(inside[-1]) + 1
        first, last, margin = _agreed(self.starts[low:high], self.ends[low:high])
        span = self.offsets[low + first][0], self.offsets[low + last][1]
        return ReadSpan(*_whole_words(self.passage, *map(int, span)), margin)

    def items(self, start: int = 0, end: int | None = None) -> tuple[ReadSpan, ...]:
        """All answers within ``passage[start:end]``, in their order: the items of a list.

        One that is not a list has one. Readers learn that items share the probability, so that
        they are spans nearly as likely as the likeliest; each ends before the next one begins.
        """
        end = len(self.passage) if end is None else end
        inside = np.flatnonzero((self.offsets[:, 0] >= start) & (self.offsets[:, 1] <= end))
        if not len(inside):
            return ()
        low, high = int(inside[0]), int(inside[-1]) + 1
        starts, ends = self.starts[low:high], self.ends[low:high]
        firsts = np.flatnonzero(starts >= starts.max() - ITEM_BELOW)
        found: list[ReadSpan] = []
        for first, following in zip(firsts, [*firsts[1:], len(starts)], strict=True):
            reach = min(following, first + LONGEST_SPAN)
            last = int(first + ends[first:reach].argmax())
            if ends[last] >= ends.max() - ITEM_BELOW:
                span = self.offsets[low + first][0], self.offsets[low + last][1]
                place = _whole_words(self.passage, *map(int, span))
                found.append(ReadSpan(*place, float(starts[first] + ends[last])))
        best = self.best(start, end)
        return tuple(found) if len(found) > 1 or best is None else (best,)

    @property
    def margin(self) -> float:
        """How much likelier an answer anywhere in the passage is than none, in logits.

        Of all starts and all ends together: that tells near misses better than the likeliest span.
        """
        if not len(self.offsets):
            return LEAST_MARGIN
        return float(np.logaddexp.reduce(self.starts) + np.logaddexp.reduce(self.ends))


def reading_of_row(
    excerpt: Excerpt, encoding: Any, start: Scores, end: Scores, *, lists: bool = False
) -> Reading:
    """The passage of a row of a batch, without the question, what is around it, and the padding."""
    place = len(excerpt.context)
    parts = np.array([-1 if part is None else part for part in encoding.sequence_ids])
    offsets = np.array(encoding.offsets, dtype=np.int64)
    inside = np.flatnonzero((parts == 1) & (offsets[:, 1] > place))  # a first piece has its space
    within = np.maximum(offsets[inside] - place, 0)
    starts, ends = start[inside] - start[0], end[inside] - end[0]
    return Reading(excerpt.text, within, starts, ends, lists)


@lru_cache(maxsize=512)
def _spans(pieces: int) -> NDArray[np.bool_]:
    """Which (start, end) are a span, of up to :data:`LONGEST_SPAN`: shape (pieces, pieces)."""
    square = (pieces, pieces)
    spans: NDArray[np.bool_] = np.tri(*square, LONGEST_SPAN - 1, bool) & np.tri(*square, 0, bool).T
    return spans


def _agreed(starts: Scores, ends: Scores) -> tuple[int, int, float]:
    """The first and last piece of the span that the likeliest spans agree on, and the best sum.

    It is the one of them whose F1 with the others, in pieces, is the highest to be expected when
    each is right with its probability. Where one span stands out, that is it;
    where the reader wavers between long and short ones, it is seldom quite wrong.
    """
    count = len(starts)
    allowed = _spans(count)
    places = np.flatnonzero(allowed)
    sums = (starts[:, None] + ends)[allowed]
    likeliest = np.argsort(-sums, kind="stable")[:RIVALS]
    first, last = np.divmod(places[likeliest], count)
    sums = sums[likeliest]
    shared = np.minimum(last[:, None], last) - np.maximum(first[:, None], first) + 1
    lengths = last - first + 1
    agreement = 2 * np.maximum(shared, 0) / (lengths[:, None] + lengths)
    best = int((agreement @ np.exp(sums - sums[0])).argmax())
    return int(first[best]), int(last[best]), float(sums[0])


def _whole_words(passage: str, start: int, end: int) -> tuple[int, int]:
    """The span widened to the words that it cuts, and without the punctuation around them.

    Pieces may begin or end within a word.
    """
    for token in tokens(passage):
        if token.start < start < token.end:
            start = token.start
        if token.start < end < token.end:
            end = token.end
    return without_punctuation(passage, start, end)


def without_punctuation(passage: str, start: int, end: int) -> tuple[int, int]:
    """The span without marks around it; quotes and brackets stay where both are within."""
    counts = Counter(passage[start:end])
    while start < end:
        first, last = passage[start], passage[end - 1]
        closer, opener = _PAIRS.get(first), _OPENERS.get(last)
        if first in MARKS or (closer and counts[closer] == (first == closer)):
            start, dropped = start + 1, first
        elif last in MARKS or (opener and counts[opener] == (last == opener)):
            end, dropped = end - 1, last
        elif closer == last and counts[first] + counts[last] == (4 if first == last else 2):
            start, end, dropped = start + 1, end - 1, first + last
        else:
            break
        counts.subtract(dropped)
    return start, max(start, end)
