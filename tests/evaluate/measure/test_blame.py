"""Which stage lost a question, as tables."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.measure.blame import (
    STAGES,
    answer_blame,
    find_places,
    find_reach,
    retrieval_blame,
)
from evaluate.passages import Places
from evaluate.questions.gold import Gold
from evaluate.results import Stage
from rag.language.text import Lang
from rag.search.coverage import WordWeights
from rag.search.trace import LanguageTrace, SearchTrace
from rag.settings import Settings
from rag.types import Article, Chunk, Hit

CHUNK = Chunk("gold", "a", "text", 0, 4, "en")
GOLD = Gold((CHUNK,), (("a", 0, 4),), cut=False, lacking=())
ARABIC = Chunk("gold-ar", "b", "نص", 0, 2, "ar")
OTHER = Gold((ARABIC,), (("b", 0, 2),), cut=False, lacking=())
BOTH = Gold((CHUNK, ARABIC), (("a", 0, 4), ("b", 0, 2)), cut=False, lacking=())
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
        # a leg had it among the first that can be read, and it is not among the hits
        (GOLD, Places(dense=4, lexical=9), {}, "fusion"),
        (GOLD, Places(dense=60, lexical=1, fused=2, matched=12), {}, "fusion"),
        (GOLD, Places(lexical=3), {}, "fusion"),
        (GOLD, Places(dense=3), {}, "fusion"),
        # one leg missed it, and the other had it too far down
        (GOLD, Places(lexical=9), {}, "dense"),
        (GOLD, Places(dense=9), {}, "lexical"),
        (GOLD, Places(lexical=5), {}, "dense"),
        (GOLD, Places(dense=5), {}, "lexical"),
        # both had it too far down, or not at all
        (GOLD, Places(dense=9, lexical=9), {}, "legs"),
        (GOLD, Places(dense=5, lexical=5), {}, "legs"),
        (GOLD, Places(), {}, "legs"),
        # across languages it is up to the search by meaning
        (OTHER, Places(), {}, "dense"),
        (OTHER, Places(dense=9), {}, "dense"),
        (OTHER, Places(dense=9, lexical=9), {}, "dense"),
        (OTHER, Places(dense=4), {}, "fusion"),
        (OTHER, Places(lexical=4), {}, "fusion"),
        (BOTH, Places(dense=9), {}, "lexical"),
        # a leg that is off
        (GOLD, Places(), DENSE_OFF, "dense"),
        (GOLD, Places(lexical=9), DENSE_OFF, "dense"),
        (GOLD, Places(lexical=2), DENSE_OFF, "fusion"),
        (GOLD, Places(), LEXICAL_OFF, "lexical"),
        (GOLD, Places(dense=9), LEXICAL_OFF, "lexical"),
        (OTHER, Places(lexical=9), DENSE_OFF, "dense"),
        (OTHER, Places(dense=9), LEXICAL_OFF, "lexical"),
    ],
)  # fmt: skip
def test_what_kept_a_passage_from_being_read(
    gold: Gold, places: Places, settings: dict[str, float], stage: Stage | None
) -> None:
    found = retrieval_blame(gold, places, Settings(**settings), lang="en", reach=4)
    assert found == stage


@pytest.mark.parametrize(
    ("ar", "en", "k", "reach"),
    [
        (["x"], ["y"], 8, 4),
        (["x"], ["y"], 7, 4),
        (["x"], ["y"], 1, 1),
        ([], ["y"], 8, 8),  # nobody to take turns with
        (["x"], [], 8, 8),
        ([], [], 8, 8),
    ],
)
def test_languages_share_the_places_that_are_read(
    ar: list[str], en: list[str], k: int, reach: int
) -> None:
    assert find_reach(_trace({"matched": ar}, {"matched": en}, []), k) == reach
    assert find_reach(None, k) == k


@pytest.mark.parametrize(
    ("answerable", "refused", "contained", "withheld", "cited", "read", "stage"),
    [
        (False, True, False, False, True, False, None),
        (False, False, False, False, True, False, "refusal"),
        (True, True, False, True, True, True, "refusal"),
        (True, True, False, True, True, False, "refusal"),
        (True, True, False, False, True, True, "selection"),
        # a chat model does not say what it held back: deciding so was wrong, that is all
        (True, True, False, None, True, True, "refusal"),
        (True, False, False, None, True, True, "selection"),
        (True, False, False, None, False, True, "selection"),
        # whether there was anything to choose is not known
        (True, False, False, None, True, False, None),
        (True, True, False, False, True, False, None),
        (True, True, False, None, True, False, None),
        (True, False, True, None, False, False, "citation"),
        (True, False, True, None, True, True, None),
    ],
)
def test_what_lost_an_answer(
    answerable: bool,
    refused: bool,
    contained: bool,
    withheld: bool | None,
    cited: bool,
    read: bool,
    stage: Stage | None,
) -> None:
    assert (
        answer_blame(
            answerable=answerable,
            refused=refused,
            contained=contained,
            withheld_contained=withheld,
            cited=cited,
            read=read,
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
    return SearchTrace(languages, [(id_, 0.5) for id_ in hits], found, {})


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


@given(ranks, ranks, st.integers(1, 50), st.sampled_from(["ar", "en"]))
def test_a_passage_that_was_not_read_always_has_a_stage_to_blame(
    dense: int | None, lexical: int | None, reach: int, lang: Lang
) -> None:
    places = Places(dense=dense, lexical=lexical)
    stage = retrieval_blame(GOLD, places, Settings(), lang=lang, reach=reach)
    assert stage in {"dense", "lexical", "legs", "fusion"}
    near = [rank for rank in (dense, lexical) if rank is not None and rank <= reach]
    assert (stage == "fusion") == bool(near)
