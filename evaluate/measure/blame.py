"""Which stage lost a question: the first one after which the answer could no longer be right."""

from __future__ import annotations

from collections.abc import Iterable

from evaluate.passages import Places
from evaluate.questions.gold import Gold
from evaluate.results import Stage
from rag.language.text import Lang
from rag.search.titles import texts_of
from rag.search.trace import Ranking, SearchTrace
from rag.settings import Settings

STAGES: dict[Stage, str] = {
    "corpus": "the store does not hold the labelled quote",
    "chunking": "the labelled quote was cut in two, or is in no passage",
    "dense": "the search by meaning is off, missed the passage, or ranked one in the other "
    "language too low to be read",
    "lexical": "the search by words is off, or missed the passage",
    "legs": "both searches missed the passage, or ranked it too low to be read",
    "fusion": "a search had the passage among the first, and joining the rankings lost it",
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
        hits=_first(gold, [[(hit.chunk.id, hit.score) for hit in texts_of(trace.hits)]]),
    )


def find_reach(trace: SearchTrace | None, k: int) -> int:
    """Down to which rank of a language passages may be read, with ``k`` read in all.

    Where both languages have some they take turns, and each fills half of the places.
    """
    if trace is None or any(not found.matched for found in trace.languages.values()):
        return k
    return (k + 1) // 2


def retrieval_blame(
    gold: Gold, places: Places, settings: Settings, *, lang: Lang, reach: int
) -> Stage | None:
    """The stage that kept the labelled passage from being read; None when it was read.

    A leg had the passage among the first down to rank ``reach`` (:func:`find_reach`). In a
    language other than ``lang``, the question's, the search by words sees names and numbers
    alone, so that it is up to the search by meaning.
    """
    if not gold.spans:
        return "corpus"
    if gold.cut or not gold.chunks:  # a quote from a heading is in no passage
        return "chunking"
    if places.hits is not None:
        return None
    dense, lexical = places.dense, places.lexical
    if any(rank is not None and rank <= reach for rank in (dense, lexical)):
        return "fusion"
    if not settings.dense_weight:
        return "dense"
    if not settings.lexical_weight:
        return "lexical"
    if lang not in {chunk.lang for chunk in gold.chunks}:
        return "dense"
    if (dense is None) == (lexical is None):
        return "legs"
    return "dense" if dense is None else "lexical"


def answer_blame(
    *,
    answerable: bool,
    refused: bool,
    contained: bool,
    withheld_contained: bool | None,
    cited: bool,
    read: bool,
) -> Stage | None:
    """The stage that lost a question after its passages were read; None: right, or not known.

    Args:
        answerable: whether the articles answer it.
        refused: whether it was refused.
        contained: whether the answer is right.
        withheld_contained: whether what a refusal held back would have been right; None where
            that is not known, as with a chat model.
        cited: whether the answer's citations hold.
        read: whether a passage was read that holds the answer, as far as is known.
    """
    if not answerable:
        return None if refused else "refusal"
    if contained:
        return None if cited else "citation"
    if refused and withheld_contained:
        return "refusal"
    if not read:
        return None
    return "refusal" if refused and withheld_contained is None else "selection"


def _first(gold: Gold, rankings: Iterable[Ranking]) -> int | None:
    ids = gold.ids
    ranks = [rank for ranking in rankings for rank, (id_, _) in enumerate(ranking, 1) if id_ in ids]
    return min(ranks, default=None)
