"""What is known of a sentence before it is weighed."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.features import (
    NEARBY,
    SENTENCE_WEIGHTS,
    UNREAD_SENTENCE_WEIGHTS,
    Features,
    coverages,
    kind_fit_of,
    nearness,
    person_fit_of,
    reading_of,
    weigh,
)
from rag.language.terms import query_words
from rag.language.text import Lang
from rag.search.rerank import MARGIN_BOUND
from tests.rag.answer.found import ZEROS
from tests.rag.strategies import texts

TWO = "Two of the 120 soldiers left on Sunday."


@pytest.mark.parametrize(
    ("keys", "fit"),
    [
        ([], -1.0),
        (["120 soldiers"], 1.0),
        (["Two"], 0.0),
        (["Sunday"], 0.0),
        (["Two", "120"], 1.0),
        (["Two", "Sunday"], 0.0),
    ],
)
def test_digits_show_a_number_surely(keys: list[str], fit: float) -> None:
    assert kind_fit_of(TWO, [(TWO.index(key), TWO.index(key) + len(key)) for key in keys]) == fit


def test_arabic_digits_show_one_too() -> None:
    assert kind_fit_of("أُرسل ٢٥٠٠ جندي", [(6, 10)]) == 1.0
    assert kind_fit_of("أُرسل ألف جندي", [(6, 9)]) == 0.0


@pytest.mark.parametrize(
    ("offered", "lang", "fit"),
    [(True, "en", 1.0), (True, "ar", 1.0), (False, "en", -1.0), (False, "ar", 0.0)],
)
def test_only_capitals_can_show_that_nobody_is_named(offered: bool, lang: Lang, fit: float) -> None:
    assert person_fit_of(offered, lang) == fit


FAR = " ".join(["rain"] * 30)


@pytest.mark.parametrize(
    ("sentence", "keys", "asked", "lang", "value"),
    [
        ("About 2,500 troops left.", ["2,500"], [("troop",)], "en", 1.0),
        ("About 2,500 brave troops left.", ["2,500"], [("troop",)], "en", 0.9),
        ("About 2,500 very brave troops left.", ["2,500"], [("troop",)], "en", 0.8),
        ("About 2,500 troops left.", ["2,500"], [("troop",), ("depart",)], "en", 0.55),
        ("About 2,500 troops left.", ["2,500"], [("troop", "soldier")], "en", 1.0),
        ("About 2,500 troops left.", ["2,500"], [("depart",)], "en", 0.1),
        ("About 2,500 troops left.", ["2,500 troops"], [("troop",)], "en", 1.0),
        (f"7 {FAR} 2,500 troops left.", ["7"], [("troop",)], "en", 0.0),
        (f"7 {FAR} 2,500 troops left.", ["7", "2,500"], [("troop",)], "en", 1.0),
        ("In Egypt 9 rested.", ["9"], [("~teg",)], "en", 1.0),
        ("In North Korea 9 rested.", ["9"], [("~tkp",)], "en", 1.0),
        ("وصل 2500 جندي.", ["2500"], [("جند",)], "ar", 1.0),
        ("وصل 2500 جندي إلى مصر.", ["2500"], [("~teg",)], "ar", 0.8),
        ("About 2,500 troops left.", [], [("troop",)], "en", 0.0),
        ("About 2,500 troops left.", ["2,500"], [], "en", 0.0),
    ],
)
def test_nearness(
    sentence: str, keys: list[str], asked: list[tuple[str, ...]], lang: Lang, value: float
) -> None:
    spans = [(sentence.index(key), sentence.index(key) + len(key)) for key in keys]
    assert nearness(sentence, spans, asked, lang) == pytest.approx(value)


@pytest.mark.parametrize("between", range(NEARBY + 3))
def test_each_word_between_takes_a_tenth(between: int) -> None:
    sentence = f"9 {'so ' * between}troops"
    near = nearness(sentence, [(0, 1)], [("troop",)], "en")
    assert near == pytest.approx(max(0.0, 1 - between / NEARBY))


@given(sentence=texts, words=texts, lang=st.sampled_from(["ar", "en"]), data=st.data())
def test_nearness_is_a_share(sentence: str, words: str, lang: Lang, data: st.DataObject) -> None:
    places = st.integers(0, len(sentence))
    keys = data.draw(st.lists(st.tuples(places, places).map(lambda s: tuple(sorted(s)))))
    asked = query_words(words, lang, lang)
    value = nearness(sentence, [(a, b) for a, b in keys], asked, lang)
    assert 0 <= value <= 1
    more = nearness(sentence, [*((a, b) for a, b in keys), (0, len(sentence))], asked, lang)
    assert more >= value  # the best of the keys counts


@pytest.mark.parametrize(
    ("margin", "value"),
    [(0.0, 0.0), (10.0, 0.5), (-5.0, -0.25), (MARGIN_BOUND, 1.0), (99.0, 1.0), (-99.0, -1.0)],
)
def test_reading_is_in_twenties_of_logits(margin: float, value: float) -> None:
    assert reading_of(margin) == value


@given(
    weights=st.sampled_from([SENTENCE_WEIGHTS, UNREAD_SENTENCE_WEIGHTS]),
    values=st.fixed_dictionaries({name: st.floats(-10, 10) for name in ZEROS}),
    name=st.sampled_from(sorted(ZEROS)),
)
def test_a_feature_counts_as_much_as_it_weighs(
    weights: Features, values: dict[str, float], name: str
) -> None:
    features = Features(**values)
    more = replace(features, **{name: values[name] + 1})
    gained = weigh(more, weights) - weigh(features, weights)
    assert gained == pytest.approx(getattr(weights, name), abs=1e-6)
    assert weigh(Features(**ZEROS), weights) == 0


def test_what_no_reader_found_weighs_nothing_where_none_read() -> None:
    assert UNREAD_SENTENCE_WEIGHTS.reading == 0
    assert set(asdict(SENTENCE_WEIGHTS)) == set(ZEROS)


def test_a_rare_word_covers_more_than_a_common_one() -> None:
    sentences = ["The troops left.", "The troops came.", "The commander of the troops slept.", ""]
    asked: dict[Lang, list[tuple[str, ...]]] = {"en": [("troop",), ("command",)], "ar": []}
    one, same, both, none = coverages(asked, ["en"] * 4, sentences)
    assert 0 < one == same < 0.5
    assert both == 1.0
    assert none == 0.0
    (commander, _) = coverages(asked, ["en", "en"], ["The commander slept.", "The troops left."])
    assert commander == pytest.approx(0.5)


def test_each_language_has_words_and_rarities_of_its_own() -> None:
    asked: dict[Lang, list[tuple[str, ...]]] = {"en": [("troop",)], "ar": [("جنود",)]}
    sentences = ["The troops left.", "غادر الجنود.", "غادر الضباط.", "The officers left."]
    assert coverages(asked, ["en", "ar", "ar", "en"], sentences) == [1.0, 1.0, 0.0, 0.0]


@given(st.lists(st.tuples(texts, st.sampled_from(["ar", "en"])), max_size=6), texts)
def test_coverages_are_shares(pairs: list[tuple[str, Lang]], words: str) -> None:
    asked: dict[Lang, list[tuple[str, ...]]] = {
        "ar": query_words(words, "ar", "ar"),
        "en": query_words(words, "ar", "en"),
    }
    held = coverages(asked, [lang for _, lang in pairs], [text for text, _ in pairs])
    assert len(held) == len(pairs)
    assert all(0 <= share <= 1 + 1e-9 for share in held)
