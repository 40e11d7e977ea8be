"""Which stage lost a question, as tables."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.coverage import WordWeights
from rag.evaluate.blame import STAGES, answer_blame, find_places, retrieval_blame
from rag.evaluate.gold import Gold
from rag.evaluate.results import Places, Stage
from rag.settings import Settings
from rag.trace import LanguageTrace, SearchTrace
from rag.types import Article, Chunk, Hit, Lang

CHUNK = Chunk("gold", "a", "text", 0, 4, "en")
GOLD = Gold((CHUNK,), (("a", 0, 4),), cut=False, lacking=())
CUT = Gold((CHUNK,), (("a", 0, 9),), cut=True, lacking=())
LACKING = Gold((), (), cut=False, lacking=("a",))
HEADING = Gold((), (("a", 0, 4),), cut=False, lacking=())
DENSE_OFF = {"dense_weight": 0.0}
LEXICAL_OFF = {"lexical_weight": 0.0}


def test_every_stage_is_explained_in_its_order() -> None:
    assert tuple(STAGES) == get_args(Stage)


@pytest.mark.parametrize(
    ("gold", "places", "settings", "stage"),
    [
        (LACKING, Places(), {}, "corpus"),
        (HEADING, Places(), {}, "chunking"),
        (CUT, Places(), {}, "chunking"),
        (CUT, Places(hits=1), {}, "chunking"),
        (GOLD, Places(hits=1), {}, None),
        (GOLD, Places(hits=8), {}, None),
        # a leg had it among the first eight, and it is not among the hits
        (GOLD, Places(dense=8, lexical=9), {}, "fusion"),
        (GOLD, Places(dense=60, lexical=1, fused=2, matched=12), {}, "fusion"),
        (GOLD, Places(lexical=3), {}, "fusion"),
        (GOLD, Places(dense=3), {}, "fusion"),
        # one leg missed it, and the other had it too far down
        (GOLD, Places(lexical=9), {}, "dense"),
        (GOLD, Places(dense=9), {}, "lexical"),
        # both had it too far down, or not at all
        (GOLD, Places(dense=9, lexical=9), {}, "legs"),
        (GOLD, Places(), {}, "legs"),
        # with k passages to read, the k-th is among the first
        (GOLD, Places(dense=9, lexical=10), {"k": 9}, "fusion"),
        (GOLD, Places(dense=3, lexical=4), {"k": 2}, "legs"),
        # a leg that is off
        (GOLD, Places(), DENSE_OFF, "dense"),
        (GOLD, Places(lexical=9), DENSE_OFF, "dense"),
        (GOLD, Places(lexical=2), DENSE_OFF, "fusion"),
        (GOLD, Places(), LEXICAL_OFF, "lexical"),
        (GOLD, Places(dense=9), LEXICAL_OFF, "lexical"),
    ],
)  # fmt: skip
def test_what_kept_a_passage_from_being_read(
    gold: Gold, places: Places, settings: dict[str, float], stage: Stage | None
) -> None:
    assert retrieval_blame(gold, places, Settings(**settings)) == stage


@pytest.mark.parametrize(
    ("answerable", "refused", "contained", "withheld", "cited", "stage"),
    [
        (False, True, False, False, True, None),
        (False, False, False, False, True, "refusal"),
        (True, True, False, True, True, "refusal"),
        (True, True, False, False, True, "selection"),
        (True, False, False, False, True, "selection"),
        (True, False, False, True, False, "selection"),
        (True, False, True, False, False, "citation"),
        (True, False, True, False, True, None),
    ],
)
def test_what_lost_an_answer(
    answerable: bool,
    refused: bool,
    contained: bool,
    withheld: bool,
    cited: bool,
    stage: Stage | None,
) -> None:
    assert (
        answer_blame(
            answerable=answerable,
            refused=refused,
            contained=contained,
            withheld_contained=withheld,
            cited=cited,
        )
        == stage
    )


def _trace(ar: dict[str, list[str]], en: dict[str, list[str]], hits: list[str]) -> SearchTrace:
    """A search whose legs found these ids, best first."""

    def language(found: dict[str, list[str]]) -> LanguageTrace:
        legs = {
            leg: [(id_, 1.0 - rank / 100) for rank, id_ in enumerate(found.get(leg, []))]
            for leg in ("dense", "lexical", "fused", "matched")
        }
        return LanguageTrace(**legs, similarities={}, weights=WordWeights({}))  # type: ignore[arg-type]

    article = Article("a", "A", "text", "en")
    found = tuple(
        Hit(Chunk(id_, "a", "text", 0, 4, "en"), article, rank, 0.5)
        for rank, id_ in enumerate(hits, 1)
    )
    languages: dict[Lang, LanguageTrace] = {"ar": language(ar), "en": language(en)}
    return SearchTrace(languages, [(id_, 0.5) for id_ in hits], found)


def test_a_place_is_the_best_rank_in_either_language() -> None:
    trace = _trace(
        {"dense": ["x", "y", "gold-ar"], "fused": ["gold-ar"], "matched": ["x", "gold-ar"]},
        {"dense": ["x", "gold", "gold-2"], "lexical": ["x"], "fused": ["x", "gold"]},
        ["x", "gold-2", "gold"],
    )
    chunks = tuple(Chunk(id_, "a", "", 0, 0, "en") for id_ in ("gold", "gold-2", "gold-ar"))
    places = find_places(trace, Gold(chunks, (), cut=False, lacking=()))
    assert places == Places(dense=2, lexical=None, fused=1, matched=2, hits=2)


def test_without_labels_nothing_has_a_place() -> None:
    trace = _trace({"dense": ["x"]}, {"lexical": ["x"]}, ["x"])
    assert find_places(trace, LACKING) == Places()


ranks = st.none() | st.integers(1, 60)


@given(ranks, ranks, st.integers(1, 50))
def test_a_passage_that_was_not_read_always_has_a_stage_to_blame(
    dense: int | None, lexical: int | None, k: int
) -> None:
    stage = retrieval_blame(GOLD, Places(dense=dense, lexical=lexical), Settings(k=k))
    assert stage in {"dense", "lexical", "legs", "fusion"}
    near = [rank for rank in (dense, lexical) if rank is not None and rank <= k]
    assert (stage == "fusion") == bool(near)
