"""Which stage lost a question: the first one after which the answer could no longer be right."""

from __future__ import annotations

from collections.abc import Iterable

from rag.evaluate.gold import Gold
from rag.evaluate.results import Places, Stage
from rag.settings import Settings
from rag.trace import Ranking, SearchTrace

STAGES: dict[Stage, str] = {
    "corpus": "the store does not hold the labelled quote",
    "chunking": "the labelled quote was cut in two, or is in no passage",
    "dense": "the search by meaning missed the passage",
    "lexical": "the search by words missed the passage",
    "legs": "both searches missed the passage, or ranked it too low to be read",
    "fusion": "a search had the passage among the first, and fusing lost it",
    "selection": "the passage was read, and another sentence or answer was chosen",
    "citation": "the answer is right, and its citations do not hold it",
    "refusal": "the wrong decision whether to answer",
    "error": "the question could not be answered at all",
}
"""Each stage, in the order of a question's way, with what it means to have lost a question."""


def find_places(trace: SearchTrace, gold: Gold) -> Places:
    """The rank of the first labelled passage at each stage."""
    languages = trace.languages.values()
    return Places(
        dense=_first(gold, (found.dense for found in languages)),
        lexical=_first(gold, (found.lexical for found in languages)),
        fused=_first(gold, (found.fused for found in languages)),
        matched=_first(gold, (found.matched for found in languages)),
        hits=_first(gold, [[(hit.chunk.id, hit.score) for hit in trace.hits]]),
    )


def retrieval_blame(gold: Gold, places: Places, settings: Settings) -> Stage | None:
    """The stage that kept the labelled passage from being read; None when it was read."""
    if not gold.spans:
        return "corpus"
    if gold.cut or not gold.chunks:  # a quote from a heading is in no passage
        return "chunking"
    if places.hits is not None:
        return None
    legs = {"dense": places.dense, "lexical": places.lexical}
    if any(rank is not None and rank <= settings.k for rank in legs.values()):
        return "fusion"
    missed = [name for name, rank in legs.items() if rank is None]
    if missed == ["dense"] or not settings.dense_weight:
        return "dense"
    if missed == ["lexical"] or not settings.lexical_weight:
        return "lexical"
    return "legs"


def answer_blame(
    *, answerable: bool, refused: bool, contained: bool, withheld_contained: bool, cited: bool
) -> Stage | None:
    """The stage that lost a question whose passage was read; None when it is right.

    ``contained`` says that the answer is right, ``withheld_contained`` that what a refusal held
    back would have been, and ``cited`` that its citations hold.
    """
    if not answerable:
        return None if refused else "refusal"
    if refused:
        return "refusal" if withheld_contained else "selection"
    if not contained:
        return "selection"
    return None if cited else "citation"


def _first(gold: Gold, rankings: Iterable[Ranking]) -> int | None:
    ids = gold.ids
    ranks = [rank for ranking in rankings for rank, (id_, _) in enumerate(ranking, 1) if id_ in ids]
    return min(ranks, default=None)
