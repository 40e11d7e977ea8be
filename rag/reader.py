"""The reader: where in a passage the answer stands, and whether it stands there at all.

A span model: question and passage are read together, every word piece is scored as the start and
as the end of the answer, and "no answer" is the span of the first position (Devlin et al. 2019,
"BERT", as for SQuAD 2.0). The shipped one is a transformers folder of our own making.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.compute import precision, traced, workers
from rag.errors import ReaderError
from rag.text import tokens

if TYPE_CHECKING:
    import torch
    from transformers import BatchEncoding

LONGEST_SPAN = 20
"""Word pieces of an answer, at most."""

RIVALS = 20
"""Spans that are weighed against each other, at most: those that score highest."""

LONGEST_QUESTION = 96
"""Word pieces of a question that are read, at most; passages are cut to what is left."""

_MARKS = " \t\n.,;:!?،؛؟…"
_PAIRS = {"(": ")", "[": "]", "{": "}", "«": "»", "“": "”", "‘": "’", '"': '"'}
_OPENERS = {closer: opener for opener, closer in _PAIRS.items()}

MULTIPLE = 32
"""Padded lengths are multiples of this: a processor's kernels are built anew for every shape."""

TOGETHER = 2
"""Passages read at once, of like length: less is padded, and more stays in the cache."""

LEAST_MARGIN = -30.0
"""The margin where nothing could be read."""

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
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
    less what "no answer" scored, so that the sum of a start and an end is a margin.
    """

    passage: str
    offsets: NDArray[np.int64]
    starts: Scores
    ends: Scores

    def best(self, start: int = 0, end: int | None = None) -> Span | None:
        """The answer within ``passage[start:end]``, in whole words; None: no text.

        Its margin is that of the likeliest span, of which the answer may be more or less.
        """
        end = len(self.passage) if end is None else end
        inside = np.flatnonzero((self.offsets[:, 0] >= start) & (self.offsets[:, 1] <= end))
        if not len(inside):
            return None
        low, high = int(inside[0]), int(inside[-1]) + 1
        first, last, margin = _agreed(self.starts[low:high], self.ends[low:high])
        span = self.offsets[low + first][0], self.offsets[low + last][1]
        return Span(*_whole_words(self.passage, *map(int, span)), margin)

    @property
    def margin(self) -> float:
        """The margin of the likeliest answer anywhere in the passage."""
        if not len(self.offsets):
            return LEAST_MARGIN
        sums = self.starts[:, None] + self.ends
        return float(sums[_spans(len(sums))].max())


class Reader(Protocol):
    """What the rest of Sanad needs of a reader."""

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Read ``question`` in each of ``passages``; the readings are in their order."""
        ...


class SpanReader:
    """A :class:`Reader` over a transformers model; may be shared by threads.

    ``threads`` groups of passages are read at the same time, each on one thread of its own: that
    keeps the cores busier than splitting the work within a group.
    """

    def __init__(self, model: Any, tokenizer: Any, threads: int = 1) -> None:
        self._tokenizer = tokenizer
        longest = min(tokenizer.model_max_length, model.config.max_position_embeddings)
        self._longest = longest // MULTIPLE * MULTIPLE
        self._lock = threading.Lock()  # a tokenizer must not be set and used at the same time
        self._computing = workers(threads, "reader")
        model.config.return_dict = False
        one, two = self._batch("?", ["?"]), self._batch("?", ["?", "? " * 50])
        self._model = traced(model, dict(one), dict(two))

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """As in :class:`Reader`."""
        asked = self._cut(question.encode("utf-8", "replace").decode())
        order = sorted(range(len(passages)), key=lambda i: len(passages[i]), reverse=True)
        groups = [order[at : at + TOGETHER] for at in range(0, len(order), TOGETHER)]
        batches = [self._batch(asked, [passages[i] for i in group]) for group in groups]
        scored = self._computing.map(self._score, map(dict, batches))
        readings: dict[int, Reading] = {}
        for group, batch, (start, end) in zip(groups, batches, scored, strict=True):
            for row, i in enumerate(group):
                readings[i] = _reading(passages[i], batch[row], start[row], end[row])
        return [readings[i] for i in range(len(passages))]

    def _batch(self, question: str, passages: Sequence[str]) -> BatchEncoding:
        """The question beside each of the passages, in word pieces: shape (passages, pieces)."""
        with self._lock:
            batch: BatchEncoding = self._tokenizer(
                [question] * len(passages),
                list(passages),
                truncation="only_second",
                max_length=self._longest,
                padding=True,
                pad_to_multiple_of=MULTIPLE,
                return_tensors="pt",
            )
        return batch

    def _cut(self, question: str) -> str:
        """The beginning of a question too long to leave room for a passage."""
        with self._lock:
            encoded = self._tokenizer(
                question, add_special_tokens=False, truncation=False, verbose=False
            )
        offsets = encoded.encodings[0].offsets
        return question[: offsets[LONGEST_QUESTION][0]] if offsets[LONGEST_QUESTION:] else question

    def _score(self, inputs: dict[str, torch.Tensor]) -> tuple[Scores, Scores]:
        """Start and end logits: float32, shape (passages, pieces)."""
        import torch

        with torch.inference_mode():
            start, end = self._model(**inputs)[:2]
        return start.float().numpy(), end.float().numpy()


def reader_label(name: str) -> str:
    """What to call the reader ``name`` in a report: its folder and a hash of its weights, or none.

    >>> reader_label("none")
    'none'
    """
    folder = Path(name)
    if name == "none" or not folder.is_dir():
        return name
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.safetensors")):
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return f"{folder.resolve().name} ({digest.hexdigest()[:16]})"


def load_reader(folder: Path, threads: int | None = None) -> SpanReader:
    """Load the transformers model for question answering in ``folder`` on the CPU.

    Raises:
        ReaderError: the model is not there or cannot be loaded.
    """
    if not (folder / "config.json").is_file():
        raise ReaderError(
            f"There is no reader in {folder}. Point SANAD_READER at a transformers folder, set it "
            "to none, or unset it for the shipped reader."
        )
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    from rag.encoder import quiet

    if threads is not None:
        torch.set_num_threads(threads)
    try:
        with quiet():
            model = AutoModelForQuestionAnswering.from_pretrained(
                folder, dtype=precision(), local_files_only=True
            )
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            return SpanReader(model.eval(), tokenizer, torch.get_num_threads())
    except Exception as error:  # each file format has its own kinds
        raise ReaderError(
            f"The reader in {folder} cannot be loaded: {error}. Point SANAD_READER at a complete "
            "transformers folder, set it to none, or unset it for the shipped reader."
        ) from error


def _reading(passage: str, encoding: Any, start: Scores, end: Scores) -> Reading:
    """A row of a batch, without the question, the marks between and the padding."""
    parts = np.array([-1 if part is None else part for part in encoding.sequence_ids])
    inside = np.flatnonzero(parts == 1)
    offsets = np.array(encoding.offsets, dtype=np.int64)[inside]
    return Reading(passage, offsets, start[inside] - start[0], end[inside] - end[0])


@lru_cache(maxsize=512)
def _spans(pieces: int) -> NDArray[np.bool_]:
    """Which (start, end) are a span, of up to :data:`LONGEST_SPAN`: shape (pieces, pieces)."""
    square = (pieces, pieces)
    spans: NDArray[np.bool_] = np.tri(*square, LONGEST_SPAN - 1, bool) & np.tri(*square, 0, bool).T
    return spans


def _agreed(starts: Scores, ends: Scores) -> tuple[int, int, float]:
    """The first and last piece of the span that the likeliest spans agree on, and the best sum.

    It is the one of them whose F1 with the others, in pieces, is the highest to be expected when
    each is right with its probability (minimum Bayes risk). Where one span stands out, that is it;
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
    return _without_punctuation(passage, start, end)


def _without_punctuation(passage: str, start: int, end: int) -> tuple[int, int]:
    """The span without marks around it; quotes and brackets stay where both are within."""
    while start < end:
        first, last = passage[start], passage[end - 1]
        within = passage[start + 1 : end - 1]
        if first in _MARKS or (first in _PAIRS and _PAIRS[first] not in passage[start + 1 : end]):
            start += 1
        elif last in _MARKS or (
            last in _OPENERS and _OPENERS[last] not in passage[start : end - 1]
        ):
            end -= 1
        elif _PAIRS.get(first) == last and last not in within and first not in within:
            start, end = start + 1, end - 1
        else:
            break
    return start, max(start, end)
