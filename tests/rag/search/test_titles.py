"""Titles beside the hits: how many, where, and never in the place of a text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.chunk import chunk_article, passage_text
from rag.language.text import LANGS, Lang
from rag.search.retrieve import Search
from rag.search.titles import MOST, best_titles, place_of, texts_of, titles_of, with_titles
from rag.settings import Settings
from rag.store import Entry, Store, open_store
from rag.types import Article, Chunk, Hit
from tests.doubles import HashingEncoder

ENCODER = HashingEncoder()


def hit(name: str, score: float, lang: Lang = "en", part: str = "text") -> Hit:
    article = Article(name, name, name, lang)
    chunk = Chunk(name, name, name, 0, len(name), lang, part="title" if part == "title" else "text")
    return Hit(chunk, article, 1, score)


HITS = (hit("a", 3.0), hit("x", 9.0, "ar"), hit("b", 2.0), hit("y", 8.0, "ar"))


@pytest.mark.parametrize(
    ("lang", "score", "place"),
    [("en", 3.5, 0), ("en", 3.0, 2), ("en", 2.5, 2), ("en", 2.0, None), ("ar", 8.5, 3)],
)
def test_a_title_stands_before_the_first_of_its_language_that_scores_less(
    lang: Lang, score: float, place: int | None
) -> None:
    assert place_of(lang, score, HITS) == place


def test_the_titles_with_the_first_places_come_in() -> None:
    titles: Mapping[Lang, list[tuple[str, float]]] = {
        "en": [("t1", 2.5), ("t2", 2.4), ("t3", 2.3)],
        "ar": [("u1", 9.5), ("u2", 1.0)],
    }
    assert best_titles(titles, HITS) == [("u1", 9.5), ("t1", 2.5)]
    assert best_titles({"ar": [], "en": [("t1", 0.1)]}, HITS) == []
    assert best_titles(titles, ()) == []


scored = st.lists(st.tuples(st.floats(-5, 5), st.sampled_from(LANGS)), max_size=12)


@given(texts=scored, titles=scored)
def test_no_text_gives_way_to_a_title(
    texts: list[tuple[float, Lang]], titles: list[tuple[float, Lang]]
) -> None:
    hits = [hit(f"h{n:02}", score, lang) for n, (score, lang) in enumerate(texts)]
    beside = [hit(f"t{n:02}", score, lang, "title") for n, (score, lang) in enumerate(titles)]
    merged = with_titles(hits, beside)
    assert [found.chunk for found in texts_of(merged)] == [found.chunk for found in hits]
    assert [found.rank for found in merged] == list(range(1, len(merged) + 1))
    for title in titles_of(merged):
        behind = [found for found in merged[title.rank :] if found.chunk.lang == title.chunk.lang]
        assert any(found.score < title.score for found in behind)


# --- through a store


def put(store: Store, articles: list[Article], *, titles: bool) -> None:
    entries = []
    for article in articles:
        chunks = [
            chunk
            for chunk in chunk_article(article, ENCODER.count_tokens, ENCODER.max_tokens)
            if titles or chunk.part == "text"
        ]
        vectors = ENCODER.encode_passages([passage_text(article, chunk) for chunk in chunks])
        entries.append(Entry(article, chunks, vectors, "here"))
    store.put(entries)


ARTICLES = [
    Article(
        f"n{n}",
        f"Flood in valley {n} leaves {n + 10} dead",
        f"The rain went on for {n + 2} days and nights, the office said.\n\n"
        f"Roads in the valley {n} were closed, and schools with them.",
        "en",
    )
    for n in range(9)
] + [Article("m", "Market day", "It was market day.\n\nسوق كبيرة في المدينة.", "en")]


@pytest.mark.parametrize("fusion", ["linear", "rrf"])
@pytest.mark.parametrize("k", [1, 3, 8])
def test_titles_come_in_addition_to_the_very_same_texts(
    tmp_path: Path, k: int, fusion: str
) -> None:
    settings = Settings(fusion=fusion)  # type: ignore[arg-type]
    with (
        open_store(tmp_path / "with", ENCODER.identity, create=True) as titled,
        open_store(tmp_path / "without", ENCODER.identity, create=True) as plain,
    ):
        put(titled, ARTICLES, titles=True)
        put(plain, ARTICLES, titles=False)
        for question in ("How many dead in valley 7?", "Which days?", "سوق المدينة", "zzz"):
            found = Search(titled, ENCODER, settings).find(question, k=k)
            before = Search(plain, ENCODER, settings).find(question, k=k)
            texts = texts_of(found.hits)
            assert [h.chunk.id for h in texts] == [h.chunk.id for h in before.hits]
            assert [h.score for h in texts] == [h.score for h in before.hits]
            assert found.ranking == before.ranking
            assert len(titles_of(found.hits)) <= MOST
            assert found.signals.keys() == {h.chunk.id for h in found.hits}
            for h in found.hits:
                assert h.article.part(h.chunk.part)[h.chunk.start : h.chunk.end] == h.chunk.text


def test_a_title_that_ranks_high_is_among_the_hits_with_the_legs_that_found_it(
    tmp_path: Path,
) -> None:
    with open_store(tmp_path / "s", ENCODER.identity, create=True) as store:
        put(store, ARTICLES, titles=True)
        found = Search(store, ENCODER, Settings()).find("Flood valley 7 leaves 17 dead")
        first, *_ = titles_of(found.hits)
        assert first.article.id == "n7"
        assert {leg.name for leg in first.legs} == {"dense-en", "lexical-en"}
        assert found.signals[first.chunk.id].similarity > 0.9
        assert found.languages["en"].titles.matched[0][0] == first.chunk.id
