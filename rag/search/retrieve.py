"""Finding passages: dense and lexical search in each language, fused and balanced.

The way of a question is :meth:`Search.find`. Each language is searched on its own, its two legs
are fused, the best of these are re-ordered by soft match, and the languages are then taken in
turns, so that the best passage is reachable whichever language it was written in. The first hits
are read, and re-ordered by what the reader finds in them. Titles go the same way by themselves, and
a few come in beside the passages of texts (:mod:`rag.search.titles`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rag.language.terms import query_words
from rag.language.text import LANGS, Lang, detect_language
from rag.search import fuse
from rag.search.coverage import word_weights
from rag.search.legs import NOTHING, Legs
from rag.search.match import soft_matches
from rag.search.rerank import READ, read_hits, rerank, weighed
from rag.search.titles import RANKED, best_titles, with_titles
from rag.search.trace import LanguageTrace, Ranking, SearchTrace, Signals, TitleTrace
from rag.settings import Settings
from rag.timings import Timings
from rag.types import Chunk, Hit, Leg, LegName

if TYPE_CHECKING:
    from rag.models.encoder import Encoder, Vectors
    from rag.models.reader import Reader
    from rag.models.reading import Reading
    from rag.store import Store

DENSE_LEGS: dict[Lang, LegName] = {"ar": "dense-ar", "en": "dense-en"}
LEXICAL_LEGS: dict[Lang, LegName] = {"ar": "lexical-ar", "en": "lexical-en"}


class Search:
    """The search over a store: :meth:`find` gives the best passages, with all that led to them.

    Example::

        search = Search(store, encoder, settings, reader)
        hits = search.find("Who commands CSTO forces?").hits
    """

    def __init__(
        self, store: Store, encoder: Encoder, settings: Settings, reader: Reader | None = None
    ) -> None:
        self.store = store
        self.encoder = encoder
        self.settings = settings
        self.reader = reader

    def find(
        self,
        question: str,
        *,
        k: int | None = None,
        lang: Lang | None = None,
        timings: Timings | None = None,
    ) -> SearchTrace:
        """The best ``k`` passages (the settings' ``k`` by default) for ``question``.

        They are of texts; a few titles come in addition, where they rank among these.
        ``lang`` is the asker's language, by default that of most of the question's letters.
        """
        timings, lang = timings or Timings(), lang or detect_language(question)
        k = self.settings.k if k is None else max(0, k)
        with timings.stage("encode"):
            vector = self.encoder.encode_queries([question])[0]
        index = self.store.index_state
        found = {p: self._search_language(question, lang, p, vector, timings) for p in LANGS}
        after = self.store.index_state
        index = index if after == "ready" else after  # some leg did without, if either is not ready
        with timings.stage("fuse"):
            other: Lang = "en" if lang == "ar" else "ar"
            ranking = _balance(
                found[lang].matched, found[other].matched, self.settings.cross_language_lead
            )
            hits = self._hits(ranking[: max(k, READ)], found)
            ranked = {p: found[p].titles.matched for p in LANGS}
            titles: Sequence[Hit] = self._hits(best_titles(ranked, hits[:READ]), found)
        readings: dict[str, Reading] = {}
        with timings.stage("read"):
            if self.reader and k:
                weight = self.settings.reader_weight
                readings = read_hits(question, [*hits, *titles], self.reader)
                hits = rerank(hits, readings, weight)
                titles = weighed(titles, readings, weight)
        ranking = [*((hit.chunk.id, hit.score) for hit in hits), *ranking[max(k, READ) :]]
        hits = with_titles(hits[:k], titles)
        signals = self._signals(hits, found, readings)
        return SearchTrace(found, ranking, hits, signals, index)

    def _search_language(
        self, question: str, lang: Lang, passages: Lang, vector: Vectors, timings: Timings
    ) -> LanguageTrace:
        settings, store = self.settings, self.store
        words = query_words(question, lang, passages)
        terms = list(dict.fromkeys(term for word in words for term in word))
        dense = lexical = NOTHING
        with timings.stage("dense"):
            if settings.dense_weight:
                dense = store.search_dense_parts(vector, passages, settings.depth)
        with timings.stage("lexical"):
            if settings.lexical_weight:
                lexical = {
                    "text": store.search_lexical(terms, passages, settings.depth),
                    "title": store.search_lexical(terms, passages, RANKED, "title"),
                }
            weights = word_weights(store, words, passages)
        with timings.stage("fuse"):
            legs = Legs(dense, lexical, passages, lang == passages)
            similarities = self._similarities(vector, legs)
            fused = legs.fuse(similarities, store.chunk_count(passages), settings)
            articles = store.article_count(passages)
            titles = legs.fuse_titles(similarities, articles, settings)[:RANKED]
        with timings.stage("match"):
            matched, titles = self._match(question, fused), self._match(question, titles)
        return LanguageTrace(
            dense["text"],
            lexical["text"],
            fused,
            matched,
            similarities,
            weights,
            TitleTrace(dense["title"], lexical["title"], titles),
        )

    def _similarities(self, vector: Vectors, legs: Legs) -> dict[str, float]:
        """Cosine similarity of every candidate; those the dense leg missed are computed."""
        known = {**dict(legs.dense["text"]), **dict(legs.dense["title"])}
        found = (*legs.lexical["text"], *legs.lexical["title"])
        missing = [id_ for id_, _ in found if id_ not in known]
        if missing and self.settings.dense_weight:
            vectors = self.store.vectors(missing)
            known.update({id_: float(vector @ vectors[id_]) for id_ in missing if id_ in vectors})
        return known

    def _match(self, question: str, ranking: list[tuple[str, float]]) -> list[tuple[str, float]]:
        """The ranking with its first hits re-ordered by how well their words meet the question's.

        Those behind keep their order and their distance to the last of the first.
        """
        settings = self.settings
        first, rest = ranking[: settings.match_depth], ranking[settings.match_depth :]
        if not settings.match_weight or not first:
            return ranking
        chunks = self.store.chunks([id_ for id_, _ in first])
        present = [(id_, score) for id_, score in first if id_ in chunks]
        matches = soft_matches(question, [chunks[id_].text for id_, _ in present], self.encoder)
        matched = [
            (id_, score + settings.match_weight * match)
            for (id_, score), match in zip(present, matches, strict=True)
        ]
        lift = settings.match_weight * min(matches, default=0.0)
        matched += [(id_, score + lift) for id_, score in rest]
        return sorted(matched, key=lambda item: (-item[1], item[0]))

    def _hits(self, ranking: Ranking, found: Mapping[Lang, LanguageTrace]) -> tuple[Hit, ...]:
        ids = [id_ for id_, _ in ranking]
        chunks = self.store.chunks(ids)
        articles = self.store.articles({chunk.article_id for chunk in chunks.values()})
        hits: list[Hit] = []
        for id_, score in ranking:
            chunk = chunks.get(id_)
            article = articles.get(chunk.article_id) if chunk else None
            if chunk is None or article is None:  # replaced by a writer since the legs ran
                continue
            legs = _legs(chunk, found[chunk.lang])
            hits.append(Hit(chunk, article, len(hits) + 1, score, legs))
        return tuple(hits)

    def _signals(
        self,
        hits: Sequence[Hit],
        found: Mapping[Lang, LanguageTrace],
        readings: Mapping[str, Reading],
    ) -> dict[str, Signals]:
        terms = self.store.terms([hit.chunk.id for hit in hits])
        signals = {}
        for hit in hits:
            id_, candidates = hit.chunk.id, found[hit.chunk.lang]
            signals[id_] = Signals(
                similarity=candidates.similarities.get(id_, 0.0),
                coverage=candidates.weights.coverage(terms.get(id_, "").split()),
                reading=readings.get(id_),
            )
        return signals


def _balance(own: Ranking, other: Ranking, lead: float) -> list[tuple[str, float]]:
    """Take turns, the asker's language first unless the other's best stands out more.

    Cosines and BM25 run lower across languages, so the other language's margin counts ``lead``
    times.
    """
    if fuse.margin(own) >= lead * fuse.margin(other):
        return fuse.interleave(own, other)
    return fuse.interleave(other, own)


def _legs(chunk: Chunk, candidates: LanguageTrace) -> tuple[Leg, ...]:
    """The legs of the chunk's language that found it."""
    id_, lang = chunk.id, chunk.lang
    found = candidates.titles if chunk.part == "title" else candidates
    rankings = ((DENSE_LEGS[lang], found.dense), (LEXICAL_LEGS[lang], found.lexical))
    return tuple(
        Leg(name, rank, score)
        for name, ranking in rankings
        for rank, (candidate, score) in enumerate(ranking, 1)
        if candidate == id_
    )
