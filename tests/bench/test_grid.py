from __future__ import annotations

from pathlib import Path

import pytest

from bench import grid, reading
from bench.grid import Found, Target
from bench.results import Results
from rag.settings import Settings
from tests.doubles import HashingEncoder

HITS: list[Found] = [("en", 4), ("ar", 7), ("ar", 7), ("en", 9), ("ar", 4)]


@pytest.mark.parametrize(
    ("gold", "target", "rank"),
    [
        (4, "ar", 2),  # two pieces of paragraph 7 count once, English hits not at all
        (4, "en", 1),
        (9, "en", 2),
        (9, "any", 3),
        (4, "any", 1),
        (7, "en", None),
        (1, "any", None),
    ],
)
def test_rank_counts_distinct_paragraphs_of_the_target(
    gold: int, target: Target, rank: int | None
) -> None:
    assert grid.rank_of(HITS, gold, target) == rank


def test_metrics() -> None:
    ranks = [1, 2, None, 11]
    assert grid.recall(ranks, 1) == 0.25
    assert grid.recall(ranks, 10) == 0.5
    assert grid.recall(ranks, 11) == 0.75
    assert grid.reciprocal_rank(ranks) == pytest.approx((1 + 0.5) / 4)


def test_grid_has_every_system_in_every_direction(measured: Results) -> None:
    scores = measured.grid
    by_key = {(s.stores, s.question_lang, s.passage_lang, s.system): s for s in scores}
    assert len(by_key) == len(scores) == len(grid.SYSTEMS) * (4 + 6)
    assert all(score.questions == 2 for score in scores)
    for stores in ("apart", "together"):
        for lang in ("ar", "en"):
            for system in grid.SYSTEMS:
                score = by_key[stores, lang, lang, system]
                assert score.recall[10] == 1, (stores, lang, system)
            assert by_key[stores, lang, lang, "hybrid"].recall[1] == 1


def test_lexical_leg_alone_finds_nothing_without_a_shared_term(measured: Results) -> None:
    scores = [s for s in measured.grid if s.stores == "apart"]
    apart = {(s.question_lang, s.passage_lang, s.system): s for s in scores}
    assert apart["en", "ar", "lexical"].recall[10] == 0
    assert apart["en", "ar", "dense"].recall[10] > 0


def test_a_long_paragraph_is_found_by_any_of_its_pieces(tmp_path: Path, settings: Settings) -> None:
    filler = " ".join(f"Sentence number {i} tells of weather." for i in range(60))
    data = reading.ReadingSet(
        name="long",
        paragraphs={"ar": ["نص قصير."], "en": [f"{filler} The zebra crossed the river."]},
        questions=[],
        distractors={"ar": 0, "en": 0},
    )
    encoder = HashingEncoder()
    with grid.fill(data, ["en"], encoder, tmp_path / "store") as store:
        assert store.chunk_count("en") > 1
        systems = grid.sanad_systems(store, encoder, settings, None)
        found = systems["hybrid"]("Which zebra crossed?")
    assert len(found) > 1
    assert grid.rank_of(found, 0, "en") == 1
