"""Finding passages: dense and lexical search in each language, fused and balanced.

The way of a question is :meth:`HybridRetriever.search`. Each language is searched on its own,
its two legs are fused, and the languages are then taken in turns, so that the best passage is
reachable whichever language it was written in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag import fuse
from rag.coverage import TermWeights, term_weights
from rag.lexical import query_terms
from rag.settings import Settings
from rag.text import detect_language
from rag.timings import Timings
from rag.types import LANGS, Hit, Lang, Leg, LegName

if TYPE_CHECKING:
    from rag.encoder import Encoder, Vectors
    from rag.store import Store

DENSE_LEGS: dict[Lang, LegName] = {"ar": "dense-ar", "en": "dense-en"}
LEXICAL_LEGS: dict[Lang, LegName] = {"ar": "lexical-ar", "en": "lexical-en"}


@dataclass(frozen=True, slots=True)
class _Candidates:
    """What the legs of one language found, and their fused ranking of chunk ids."""

    ranking: list[tuple[str, float]]
    similarities: Mapping[str, float]
    dense: Sequence[tuple[str, float]]
    lexical: Sequence[tuple[str, float]]
    weights: TermWeights


class HybridRetriever(BaseRetriever):
    """A LangChain retriever over a Sanad store.

    ``invoke(question)`` gives LangChain documents, ``search(question)`` the same as
    :class:`~rag.types.Hit` values.

    Example::

        retriever = HybridRetriever(store=store, encoder=encoder, settings=settings)
        hits = retriever.search("Who commands CSTO forces?")
        documents = retriever.invoke("Who commands CSTO forces?")
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    store: Any
    encoder: Any
    settings: Settings

    def search(
        self, question: str, *, k: int | None = None, timings: Timings | None = None
    ) -> tuple[Hit, ...]:
        """The best ``k`` passages (the settings' ``k`` by default) for ``question``."""
        timings = timings or Timings()
        lang = detect_language(question)
        with timings.stage("encode"):
            vector = self.encoder.encode_queries([question])[0]
        return self.search_vector(question, lang, vector, k=k, timings=timings)

    def search_vector(
        self, question: str, lang: Lang, vector: Vectors, *, k: int | None, timings: Timings
    ) -> tuple[Hit, ...]:
        """As :meth:`search`, with the question's unit vector (shape (dimension,)) given."""
        found = {p: self._search_language(question, lang, p, vector, timings) for p in LANGS}
        with timings.stage("fuse"):
            other: Lang = "en" if lang == "ar" else "ar"
            ranking = _balance(
                found[lang].ranking, found[other].ranking, self.settings.cross_language_lead
            )[: k or self.settings.k]
            return self._hits(ranking, found)

    def _search_language(
        self, question: str, lang: Lang, passages: Lang, vector: Vectors, timings: Timings
    ) -> _Candidates:
        settings, store = self.settings, self.store
        terms = query_terms(question, lang, passages)
        with timings.stage("dense"):
            dense = (
                store.search_dense(vector, passages, settings.depth)
                if settings.dense_weight
                else []
            )
        with timings.stage("lexical"):
            lexical = (
                store.search_lexical(terms, passages, settings.depth)
                if settings.lexical_weight
                else []
            )
            weights = term_weights(store, terms, passages)
        with timings.stage("fuse"):
            similarities = self._similarities(vector, dense, lexical)
            ranking = self._fuse(dense, lexical, similarities, lang == passages, passages)
        return _Candidates(ranking, similarities, dense, lexical, weights)

    def _similarities(
        self,
        vector: Vectors,
        dense: Sequence[tuple[str, float]],
        lexical: Sequence[tuple[str, float]],
    ) -> dict[str, float]:
        """Cosine similarity of every candidate; those the dense leg missed are computed."""
        known = dict(dense)
        missing = [id_ for id_, _ in lexical if id_ not in known]
        if missing and self.settings.dense_weight:
            vectors = self.store.vectors(missing)
            known.update({id_: float(vector @ vectors[id_]) for id_ in missing if id_ in vectors})
        return known

    def _fuse(
        self,
        dense: Sequence[tuple[str, float]],
        lexical: Sequence[tuple[str, float]],
        similarities: Mapping[str, float],
        same_language: bool,
        passages: Lang,
    ) -> list[tuple[str, float]]:
        settings = self.settings
        share = 1.0 if same_language else settings.cross_lexical_share
        if settings.fusion == "rrf":
            legs = [(1.0, dense), (settings.rrf_lexical_weight * share, lexical)]
            return fuse.reciprocal_rank(legs, constant=settings.rrf_k)
        return fuse.linear(
            similarities,
            dict(lexical),
            dense_weight=settings.dense_weight,
            lexical_weight=settings.lexical_weight * share,
            passages=self.store.chunk_count(passages),
        )

    def _hits(
        self, ranking: Sequence[tuple[str, float]], found: Mapping[Lang, _Candidates]
    ) -> tuple[Hit, ...]:
        ids = [id_ for id_, _ in ranking]
        chunks = self.store.chunks(ids)
        articles = self.store.articles({chunk.article_id for chunk in chunks.values()})
        terms = self.store.terms(ids)
        hits = []
        for id_, score in ranking:
            if id_ not in chunks:  # replaced by a writer since the legs ran
                continue
            candidates = found["ar" if id_ in _ids(found["ar"]) else "en"]
            hits.append(
                Hit(
                    chunk=chunks[id_],
                    article=articles[chunks[id_].article_id],
                    rank=len(hits) + 1,
                    score=score,
                    legs=_legs(id_, found),
                    similarity=candidates.similarities.get(id_, 0.0),
                    coverage=candidates.weights.coverage(terms[id_].split()),
                )
            )
        return tuple(hits)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [as_document(hit) for hit in self.search(query)]


def as_document(hit: Hit) -> Document:
    """A hit as a LangChain document; its metadata holds what a citation needs."""
    article, chunk = hit.article, hit.chunk
    return Document(
        id=chunk.id,
        page_content=chunk.text,
        metadata={
            "article_id": article.id,
            "title": article.title,
            "source": article.source,
            "url": article.url,
            "published": article.published,
            "lang": chunk.lang,
            "start": chunk.start,
            "end": chunk.end,
            "rank": hit.rank,
            "score": hit.score,
        },
    )


def _balance(
    own: Sequence[tuple[str, float]], other: Sequence[tuple[str, float]], lead: float
) -> list[tuple[str, float]]:
    """Take turns, the asker's language first unless the other's best stands out more.

    Cosines and BM25 run lower across languages, so the other language's margin counts ``lead``
    times.
    """
    if fuse.margin(own) >= lead * fuse.margin(other):
        return fuse.interleave(own, other)
    return fuse.interleave(other, own)


def _ids(candidates: _Candidates) -> set[str]:
    return {id_ for id_, _ in candidates.ranking}


def _legs(id_: str, found: Mapping[Lang, _Candidates]) -> tuple[Leg, ...]:
    legs = []
    for lang, candidates in found.items():
        for names, ranking in ((DENSE_LEGS, candidates.dense), (LEXICAL_LEGS, candidates.lexical)):
            for rank, (candidate, score) in enumerate(ranking, 1):
                if candidate == id_:
                    legs.append(Leg(names[lang], rank, score))
    return tuple(legs)
