"""Articles and questions to measure speed with: the samples, multiplied.

Copies take paragraphs from several samples, put their sentences in another order and draw new
digits, so that no two passages are the same and all of them read like news.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from ingest.discover import discover
from ingest.paragraphs import blocks
from ingest.read import ReadArticle, read
from rag.language.sentences import sentence_spans
from rag.language.text import LANGS, Lang
from rag.settings import SAMPLE_ARTICLES
from rag.types import Article

QUESTIONS = Path(__file__).with_name("questions.txt")
PARAGRAPHS = 8
"""Paragraphs of a copy: about as many as a sample has."""
SEED = 20220106
_LARGEST = 2**20  # bytes of a sample


def sample_articles(folder: Path = SAMPLE_ARTICLES) -> list[Article]:
    """The articles of a folder, in the order of their ids."""
    found = [reading for source in discover([folder]).sources for reading in read(source, _LARGEST)]
    articles = [reading.article for reading in found if isinstance(reading, ReadArticle)]
    return sorted(articles, key=lambda article: article.id)


def sample_questions(most: int | None = None) -> list[str]:
    """Questions about the samples, Arabic and English in turns; ``most`` of them if given."""
    lines = QUESTIONS.read_text("utf-8").splitlines()
    half = (len(lines) + 1) // 2
    turns = [line for i in range(half) for line in lines[i::half]]
    return turns[:most]


def grow(articles: Sequence[Article], passages: int, seed: int = SEED) -> list[Article]:
    """The articles, and copies of them until there are about ``passages`` paragraphs in all.

    What fewer passages give is the beginning of what more give.
    """
    rng = random.Random(seed)
    pool = {lang: [a for a in articles if a.lang == lang] for lang in LANGS}
    langs = [lang for lang in LANGS if pool[lang]]
    grown = list(articles)
    paragraphs = [paragraph for article in articles for paragraph in _paragraphs(article)]
    count, seen = len(paragraphs), set(paragraphs)
    while count < passages:
        lang = langs[len(grown) % len(langs)]
        size = min(PARAGRAPHS, passages - count)
        grown.append(_copy(pool[lang], lang, f"copy-{len(grown):05d}", size, rng, seen))
        count += size
    return grown


def _copy(
    pool: Sequence[Article], lang: Lang, name: str, size: int, rng: random.Random, seen: set[str]
) -> Article:
    base = rng.choice(pool)
    paragraphs: list[str] = []
    while len(paragraphs) < size:
        varied = _vary(rng.choice(_paragraphs(rng.choice(pool))), rng)
        if varied not in seen:
            seen.add(varied)
            paragraphs.append(varied)
    title = redraw_digits(base.title, rng)
    return Article(name, title, "\n\n".join(paragraphs), lang, base.published, source=base.source)


def _paragraphs(article: Article) -> list[str]:
    return [article.text[b.start : b.end] for b in blocks(article.text) if not b.heading]


def _vary(paragraph: str, rng: random.Random) -> str:
    sentences = [paragraph[start:end] for start, end in sentence_spans(paragraph)]
    rng.shuffle(sentences)
    return redraw_digits(" ".join(sentences), rng)


def redraw_digits(text: str, rng: random.Random) -> str:
    """``text`` with another digit of the same script for each that it has; 1 to 9."""
    return "".join(_digit_like(c, rng) if c.isdecimal() else c for c in text)


def _digit_like(digit: str, rng: random.Random) -> str:
    zero = ord(digit) - int(digit)
    return chr(zero + rng.randint(1, 9))
