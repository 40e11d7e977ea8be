"""From labels to passages of a store that the real chunker and ingest made."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.measure.blame import retrieval_blame
from evaluate.passages import Places
from evaluate.questions.gold import Gold, find_gold
from evaluate.questions.scripted import Evidence, ScriptedQuestion
from evaluate.results import Stage
from rag.assistant import Assistant
from rag.settings import Settings
from rag.store import Store

ENGINEER = "Engineer Selma Haddad, who led the work"
ENGINEER_AR = "وقالت المهندسة سلمى الحداد"
ACROSS = "12 million dinars.\n\nMayor Omar Farouk"


def labelled(*evidence: tuple[str, str]) -> ScriptedQuestion:
    labels = tuple(Evidence(article, quote) for article, quote in evidence)
    return ScriptedQuestion("q", "Who?", "en", ("Selma",), labels)


@pytest.fixture(scope="module")
def store(assistant: Assistant) -> Store:
    return assistant.store


def blame(gold: Gold, places: Places) -> Stage | None:
    return retrieval_blame(gold, places, Settings(), lang="en", reach=4)


def texts(gold: Gold) -> list[str]:
    return [chunk.text for chunk in gold.chunks]


def test_the_passage_that_holds_a_quote(store: Store) -> None:
    gold = find_gold(labelled(("bridge-en.md", ENGINEER)), store)
    (chunk,) = gold.chunks
    assert ENGINEER in chunk.text
    assert gold.ids == {chunk.id}
    assert gold.articles == {"bridge-en.md"}
    assert (gold.cut, gold.lacking, gold.passage_lang) == (False, (), "en")
    ((article, start, end),) = gold.spans
    assert store.articles([article])[article].text[start:end] == ENGINEER


def test_labels_in_both_languages(store: Store) -> None:
    gold = find_gold(labelled(("bridge-en.md", ENGINEER), ("bridge-ar.md", ENGINEER_AR)), store)
    assert {chunk.lang for chunk in gold.chunks} == {"ar", "en"}
    assert gold.passage_lang == "both"
    assert gold.articles == {"bridge-ar.md", "bridge-en.md"}
    arabic = find_gold(labelled(("bridge-ar.md", ENGINEER_AR)), store)
    assert arabic.passage_lang == "ar"


def test_two_quotes_in_one_passage_are_one_passage(store: Store) -> None:
    gold = find_gold(
        labelled(
            ("bridge-en.md", ENGINEER), ("bridge-en.md", "three years"), ("bridge-en.md", ENGINEER)
        ),
        store,
    )
    assert len(gold.chunks) == 1
    assert len(gold.spans) == 2


def test_a_quote_counts_wherever_it_stands(store: Store) -> None:
    gold = find_gold(labelled(("bridge-en.md", "bridge")), store)
    assert len(gold.chunks) == 2
    assert len(gold.spans) == 2
    assert not gold.cut


def test_places_of_a_quote_may_overlap(open_over: Callable[..., Assistant]) -> None:
    gold = find_gold(
        labelled(("a.md", "no no")), open_over({"a.md": "He said no no no, and left."}).store
    )
    assert [(start, end) for _, start, end in gold.spans] == [(8, 13), (11, 16)]


@pytest.mark.parametrize(
    "label",
    [
        ("elsewhere.md", ENGINEER),
        ("market-en.md", ENGINEER),
        ("bridge-en.md", ENGINEER.lower()),
        ("bridge-en.md", f" {ENGINEER}  "),
    ],
)
def test_what_the_store_lacks_is_named(store: Store, label: tuple[str, str]) -> None:
    gold = find_gold(labelled(label), store)
    assert gold == Gold((), (), cut=False, lacking=(label[0],))
    assert gold.passage_lang == "none"
    assert blame(gold, Places()) == "corpus"


def test_one_label_that_the_store_has_is_enough(store: Store) -> None:
    gold = find_gold(labelled(("elsewhere.md", "x"), ("bridge-en.md", ENGINEER)), store)
    assert len(gold.chunks) == 1
    assert gold.lacking == ("elsewhere.md",)
    assert blame(gold, Places(hits=1)) is None


def test_a_quote_that_the_chunker_cut(store: Store) -> None:
    gold = find_gold(labelled(("bridge-en.md", ACROSS)), store)
    assert gold.cut
    assert len(gold.chunks) == 2
    assert blame(gold, Places(hits=1)) == "chunking"


def test_a_whole_quote_goes_before_one_that_was_cut(store: Store) -> None:
    gold = find_gold(labelled(("bridge-en.md", ACROSS), ("bridge-ar.md", ENGINEER_AR)), store)
    assert [chunk.article_id for chunk in gold.chunks] == ["bridge-ar.md"]
    assert not gold.cut
    assert len(gold.spans) == 2


def test_a_sentence_too_long_for_a_passage_is_cut(open_over: Callable[..., Assistant]) -> None:
    long = " ".join(f"stall{number}" for number in range(400)) + " burned."
    store = open_over({"a.md": long}).store
    assert len(store.article_chunks("a.md")) > 2
    gold = find_gold(labelled(("a.md", long)), store)
    assert gold.cut
    assert len(gold.chunks) == len(store.article_chunks("a.md"))


def test_a_quote_from_a_heading_is_in_no_passage(open_over: Callable[..., Assistant]) -> None:
    text = (
        "The market burned.\n\n## Damage of 3 million\n\nTraders want to rebuild the stalls soon."
    )
    store = open_over({"a.md": text}).store
    gold = find_gold(labelled(("a.md", "Damage of 3 million")), store)
    assert (gold.chunks, gold.lacking) == ((), ())
    assert gold.articles == {"a.md"}
    assert blame(gold, Places()) == "chunking"


def test_a_question_without_labels(store: Store) -> None:
    gold = find_gold(labelled(), store)
    assert gold == Gold((), (), cut=False, lacking=())
    assert (gold.ids, gold.articles, gold.passage_lang) == (frozenset(), frozenset(), "none")


@given(st.data())
def test_any_quote_is_found_whole_or_cut(store: Store, data: st.DataObject) -> None:
    article = data.draw(st.sampled_from(list(store.iter_articles())))
    start = data.draw(st.integers(0, len(article.text) - 2))
    end = data.draw(st.integers(start + 1, len(article.text)))
    quote = article.text[start:end]
    gold = find_gold(labelled((article.id, quote)), store)
    assert gold.lacking == ()
    assert (article.id, start, end) in gold.spans
    assert all(article.text[a:b] == quote for _, a, b in gold.spans)
    holding = [text for text in texts(gold) if quote in text]
    assert holding == ([] if gold.cut else texts(gold))
    assert gold.chunks or not quote.strip()
