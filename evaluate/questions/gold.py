"""From labels (article and quote) to passages of the store at hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evaluate.questions.scripted import ScriptedQuestion
from evaluate.results import PassageLang
from rag.store import Store
from rag.types import Chunk


@dataclass(frozen=True, slots=True)
class Gold:
    """The labelled passages of a question.

    ``chunks`` hold a labelled quote; where the chunker cut every quote in two (``cut``), they
    hold a part of one. ``spans`` are the quotes as (article id, start, end). ``lacking`` names
    labels that the store does not have.
    """

    chunks: tuple[Chunk, ...]
    spans: tuple[tuple[str, int, int], ...]
    cut: bool
    lacking: tuple[str, ...]

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the chunks."""
        return frozenset(chunk.id for chunk in self.chunks)

    @property
    def articles(self) -> frozenset[str]:
        """Ids of the articles."""
        return frozenset(article for article, _, _ in self.spans)

    @property
    def passage_lang(self) -> PassageLang:
        """The language of the labelled passages."""
        langs = {chunk.lang for chunk in self.chunks}
        return "both" if len(langs) == 2 else next(iter(langs), "none")


def find_gold(question: ScriptedQuestion, store: Store) -> Gold:
    """Look the labels of ``question`` up in ``store``. A quote counts wherever it occurs."""
    spans: list[tuple[str, int, int]] = []
    lacking: list[str] = []
    whole: dict[str, Chunk] = {}
    partly: dict[str, Chunk] = {}
    articles = store.articles([evidence.article for evidence in question.evidence])
    for evidence in question.evidence:
        article = articles.get(evidence.article)
        places = list(_occurrences(article.text, evidence.quote)) if article else []
        if not places:
            lacking.append(evidence.article)
            continue
        for chunk in store.article_chunks(evidence.article):
            if chunk.part != "text":  # labels are quotes of texts
                continue
            for start, end in places:
                if chunk.start <= start and end <= chunk.end:
                    whole[chunk.id] = chunk
                elif chunk.start < end and start < chunk.end:
                    partly[chunk.id] = chunk
        spans += [(evidence.article, start, end) for start, end in places]
    chunks = whole or partly
    return Gold(
        tuple(chunks[key] for key in sorted(chunks)),
        tuple(dict.fromkeys(spans)),
        cut=bool(partly) and not whole,
        lacking=tuple(lacking),
    )


def _occurrences(text: str, quote: str) -> Iterator[tuple[int, int]]:
    start = text.find(quote)
    while start >= 0:
        yield start, start + len(quote)
        start = text.find(quote, start + 1)
