"""A store's worth of passages made up without an encoder, as many as wanted.

Words follow the law of Zipf (as Mandelbrot amended it): the sample articles' own words in the order
of their frequency, then coined ones, each the head of one real word and the tail of another. Every
article has words that it comes back to. Vectors are random directions, among which each query has
:data:`NEIGHBOURS` true neighbours. What fewer passages give is the beginning of what more give.
"""

from __future__ import annotations

import random
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bench.corpus import SEED, sample_articles
from rag.language.terms import is_stopword
from rag.language.text import LANGS, Lang, tokens
from rag.models.identity import EncoderIdentity
from rag.store import Entry
from rag.types import Article, Chunk

DIMENSION = 1024
ARTICLE = 8
"""Passages of an article."""
BATCH = 256
"""Passages put at once, as an ingest does."""
COINED = 100_000
"""Words of each language beyond those of the samples."""
QUERIES = 30
"""Query vectors of each language that have neighbours."""
NEIGHBOURS = 60
NEAR, FAR = 0.8, 0.3
"""Cosines of the nearest and the farthest of a query's neighbours; chance stays below .2."""

_SHIFT = 2.7  # Mandelbrot's: flattens the head of the ranking as in real text
_SENTENCE, _PASSAGE = 18, 75  # words
_TOPIC, _ON_TOPIC = 12, 0.2  # words that an article comes back to, and how often
_COMMON = 200  # topics are not made of words that are commoner than this many others

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words from the commonest to the rarest, and the sums of their probabilities."""

    words: tuple[str, ...]
    sums: NDArray[np.float64]

    def draw(self, rng: np.random.Generator, count: int) -> list[str]:
        """So many words as they come in running text."""
        return [self.words[i] for i in np.searchsorted(self.sums, rng.random(count))]

    def common(self, count: int) -> list[str]:
        """The commonest words that a search looks for (stopwords are none)."""
        telling = (word for word in self.words if not is_stopword(next(tokens(word)).form))
        return [word for word, _ in zip(telling, range(count), strict=False)]


@cache
def vocabulary(lang: Lang) -> Vocabulary:
    """The words of a language."""
    counted: Counter[str] = Counter()
    for article in sample_articles():
        if article.lang == lang:
            counted.update(
                article.text[t.start : t.end] for t in tokens(article.text) if not t.is_number
            )
    real = sorted(counted, key=lambda word: (-counted[word], word))
    words = dict.fromkeys(real)
    rng = random.Random(f"{SEED}-{lang}")
    while len(words) < len(real) + COINED:
        head, tail = rng.choice(real), rng.choice(real)
        words.setdefault(head[: len(head) // 2 + 1] + tail[len(tail) // 2 :])
    chances = 1 / (np.arange(len(words)) + 1 + _SHIFT)
    return Vocabulary(tuple(words), np.cumsum(chances / chances.sum()))


def batches(passages: int, first: int = 0) -> Iterator[list[Entry]]:
    """Entries for ``passages`` passages from that number on, a batch at a time."""
    for start in range(first, passages, BATCH):
        matrix = vectors(start // BATCH)
        yield [
            _entry((start + row) // ARTICLE, matrix[row : row + ARTICLE])
            for row in range(0, min(BATCH, passages - start), ARTICLE)
        ]


def language(article: int) -> Lang:
    """Articles take turns."""
    return LANGS[article % len(LANGS)]


def article_id(number: int) -> str:
    """The id of the article of that number."""
    return f"made-{number:06}"


def chunk_id(article: int, position: int) -> str:
    """The id of a chunk by the number of its article and its place there."""
    return f"{article_id(article)}:{position}"


def _entry(number: int, matrix: Matrix) -> Entry:
    lang, rng = language(number), np.random.default_rng([SEED, 1, number])
    words = vocabulary(lang)
    ranks = _COMMON * (COINED / _COMMON) ** rng.random(_TOPIC)  # as likely rare as fairly common
    topic = [words.words[int(rank)] for rank in ranks]
    texts = [_passage(words, topic, rng) for _ in range(ARTICLE)]
    key, title = article_id(number), " ".join(topic[:5])
    article, start, chunks = Article(key, title, "\n".join(texts), lang), 0, []
    for position, text in enumerate(texts):
        end = start + len(text)
        chunks.append(Chunk(chunk_id(number, position), key, text, start, end, lang))
        start = end + 1
    return Entry(article, chunks, matrix, '["other", "", "made"]')


def _passage(vocabulary: Vocabulary, topic: list[str], rng: np.random.Generator) -> str:
    count = int(rng.integers(_PASSAGE // 2, _PASSAGE * 3 // 2))
    drawn = vocabulary.draw(rng, count)
    on_topic = rng.random(count) < _ON_TOPIC
    chosen = rng.integers(0, len(topic), count)
    words = [topic[chosen[i]] if on_topic[i] else drawn[i] for i in range(count)]
    lines = (words[i : i + _SENTENCE] for i in range(0, count, _SENTENCE))
    return " ".join(" ".join(line) + "." for line in lines)


def vectors(batch: int) -> Matrix:
    """Unit vectors of a batch of passages, shape (BATCH, DIMENSION): random, or planted."""
    rng = np.random.default_rng([SEED, 2, batch])
    matrix = _unit(rng.standard_normal((BATCH, DIMENSION), dtype=np.float32))
    for row in range(BATCH):
        if planted := _planted(batch * BATCH + row):
            query, cosine = planted
            across = matrix[row] - (matrix[row] @ query) * query
            matrix[row] = cosine * query + np.sqrt(1 - cosine**2) * _unit(across[np.newaxis])[0]
    return matrix


def _planted(number: int) -> tuple[Matrix, float] | None:
    """The query that this passage is near to, and its cosine."""
    article, position = divmod(number, ARTICLE)
    turn = article // len(LANGS) * ARTICLE + position  # among the passages of its language
    query, rank = turn % QUERIES, turn // QUERIES
    if rank >= NEIGHBOURS:
        return None
    cosine = NEAR - (NEAR - FAR) * rank / NEIGHBOURS
    return queries(language(article))[query], cosine


@cache
def queries(lang: Lang) -> Matrix:
    """Query vectors of unit length, shape (QUERIES, DIMENSION)."""
    rng = np.random.default_rng([SEED, 3, LANGS.index(lang)])
    return _unit(rng.standard_normal((QUERIES, DIMENSION), dtype=np.float32))


def questions(count: int, passages: int) -> list[str]:
    """Ordinary questions: each a few words of one passage, rare and common, languages in turns."""
    rng, found = random.Random(SEED), list[str]()
    for number in range(count):
        lang = LANGS[number % len(LANGS)]
        article = len(LANGS) * rng.randrange(max(1, passages // ARTICLE // len(LANGS)))
        entry = _entry(article + LANGS.index(lang), np.zeros((ARTICLE, DIMENSION), np.float32))
        words = rng.choice(entry.chunks).text.replace(".", "").split()
        asked = rng.sample(words, 8)
        found.append(f"{'هل' if lang == 'ar' else 'what'} {' '.join(asked)}?")
    return found


def _unit(matrix: Matrix) -> Matrix:
    return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), np.float32)


def nearest(lang: Lang, passages: int, n: int) -> list[set[str]]:
    """For each query of ``lang`` the ids of its ``n`` true nearest among the first passages."""
    asked = queries(lang).astype(np.float64)
    cosines, numbers = np.zeros((QUERIES, 0)), np.zeros((QUERIES, 0), np.int64)
    for start in range(0, passages, BATCH):
        rows = np.arange(start, min(start + BATCH, passages))
        rows = rows[rows // ARTICLE % len(LANGS) == LANGS.index(lang)]
        here = asked @ vectors(start // BATCH)[rows - start].astype(np.float64).T
        cosines = np.hstack([cosines, here])
        numbers = np.hstack([numbers, np.tile(rows, (QUERIES, 1))])
        best = np.argsort(-cosines, axis=1, kind="stable")[:, :n]
        cosines = np.take_along_axis(cosines, best, 1)
        numbers = np.take_along_axis(numbers, best, 1)
    return [{chunk_id(*divmod(int(number), ARTICLE)) for number in row} for row in numbers]


class Encoder:
    """Vectors out of a hat, the same for the same text, for what needs an encoder."""

    identity = EncoderIdentity("synthetic", str(SEED), DIMENSION)
    max_tokens = 512

    def __init__(self) -> None:
        rng = np.random.default_rng([SEED, 4])
        self._hat = _unit(rng.standard_normal((4096, DIMENSION), dtype=np.float32))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Words."""
        return [len(text.split()) for text in texts]

    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        """One vector a text."""
        return self._hat[[zlib.crc32(text.encode()) % len(self._hat) for text in texts]]

    encode_passages = encode_queries

    def piece_vectors(self, texts: Sequence[str]) -> list[Matrix]:
        """One vector a word of each text."""
        return [self.encode_queries([token.form for token in tokens(text)]) for text in texts]
