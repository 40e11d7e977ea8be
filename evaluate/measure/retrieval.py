"""How well the labelled passages of each question were ranked."""

from __future__ import annotations

from collections.abc import Sequence

from evaluate.measure.observe import Observation
from evaluate.measure.ranking import (
    ARTICLE_MEASURES,
    PASSAGE_MEASURES,
    article_ranking,
    ranking_values,
)
from evaluate.questions.gold import Gold
from rag.store import Store

RANKED = 50
"""Passages of a ranking that metrics look at; the deepest cut-off is 10."""


def retrieval_values(
    observations: Sequence[Observation], store: Store
) -> dict[str, dict[str, float]]:
    """Question id → metric → value, for the questions that have labels and were searched for.

    A label that the store lacks counts as a passage that was not found, so that a question does
    not drop out of the mean with the article that answers it. Where no passage holds a whole
    quote, all metrics are 0.
    """
    traced = {o.question.id: o for o in observations if o.trace and o.question.evidence}
    rankings = {
        id_: [chunk for chunk, _ in o.trace.ranking[:RANKED]] if o.trace else []
        for id_, o in traced.items()
    }
    chunks = store.chunks({chunk for ranking in rankings.values() for chunk in ranking})
    by_article = {
        id_: article_ranking((c, chunks[c].article_id) for c in ranking if c in chunks)
        for id_, ranking in rankings.items()
    }
    wanted = {id_: _wanted(o.gold) for id_, o in traced.items()}
    passages = ranking_values(rankings, {i: w[0] for i, w in wanted.items()}, PASSAGE_MEASURES)
    articles = ranking_values(by_article, {i: w[1] for i, w in wanted.items()}, ARTICLE_MEASURES)
    return {id_: {**passages[id_], **articles[id_]} for id_ in traced}


def _wanted(gold: Gold) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of passages and of articles to find; one that no ranking holds for each that is lost."""
    passages = {f"\0lost {number}" for number, _ in enumerate(gold.lacking)}
    articles = {f"\0lost {article}" for article in gold.lacking if article not in gold.articles}
    if gold.cut or not gold.chunks:
        return frozenset({*passages, "\0no passage"}), frozenset({*articles, "\0no passage"})
    return gold.ids | passages, gold.articles | articles
