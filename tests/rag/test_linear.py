"""What a text rule costs grows no faster than its text, whatever the text repeats."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest

from rag.answer.expected import AnswerKind, candidate_spans, expected_kind
from rag.answer.features import coverages, nearness
from rag.answer.followup import standalone
from rag.answer.passages import as_data
from rag.language.facts import dates, names, numbers, passage_values, unsupported, years
from rag.language.sentences import sentence_spans
from rag.language.terms import analyze, index_text, query_words, stem_english
from rag.language.text import canonical_number, detect_language, fold, tokens
from rag.language.transliterate import arabic_skeletons, concepts, latin_skeletons
from rag.models.reading import without_punctuation
from rag.search.match import content_words
from rag.types import Turn
from tests.linear import FRAGMENTS, assert_linear

ASKED = [("word", "~trp"), ("1000",), ("~teg",)]
MARKS = ("\u0301\u0323", "\u0651\u064e", "\u05b0\u05b1", "«", "»", "“", "x. ", "[1] ", "$")
WORDS = (
    "« ",
    ". ",
    "1 ",
    "one ",
    "one and ",
    "million ",
    "ألف ",
    "خمسة و",
    "و خمسة ",
    "نصف ",
    "1 000 ",
    "1 million ",
    "Egypt ",
    "مصر ",
    "January ",
    "1 January ",
    "the 2018 Cup ",
    "in 2000 ",
    "Mr ",
    "Lee x ",
    "السيد ",
    "محمد ",
    "عبد ",
    "because ",
    "بسبب ",
    "هو ",
    "متحدث",
    "متحدث ",
    "what is the ",
)


def spans_of(kind: AnswerKind) -> Callable[[str], object]:
    return lambda text: candidate_spans(text, kind, {"7"})


def near_keys(text: str) -> object:
    return nearness(text, candidate_spans(text, "number", set()), ASKED, "en")


CHARACTER_RULES: dict[str, Callable[[str], object]] = {
    "as_data": as_data,
    "detect_language": detect_language,
    "fold": fold,
    "sentence_spans": sentence_spans,
    "sentence_spans at semicolons": lambda text: sentence_spans(text, semicolons=True),
    "tokens": lambda text: list(tokens(text)),
    "without_punctuation": lambda text: without_punctuation(text, 0, len(text)),
}
"""Those that look at characters."""

WORD_RULES: dict[str, Callable[[str], object]] = {
    "analyze": analyze,
    "candidate_spans date": spans_of("date"),
    "candidate_spans number": spans_of("number"),
    "candidate_spans person": spans_of("person"),
    "candidate_spans place": spans_of("place"),
    "candidate_spans reason": spans_of("reason"),
    "concepts": lambda text: list(concepts(list(tokens(text)))),
    "content_words": content_words,
    "coverages": lambda text: coverages({"ar": ASKED, "en": ASKED}, ["en"], [text]),
    "dates": dates,
    "expected_kind": expected_kind,
    "index_text": lambda text: index_text("", "", text, "ar"),
    "names": names,
    "nearness": near_keys,
    "numbers": numbers,
    "passage_values": passage_values,
    "query_words": lambda text: query_words(text, "ar", "en"),
    "standalone": lambda text: standalone(text, [Turn("Who commands them?", "Lee")]),
    "standalone after": lambda text: standalone("and he?", [Turn(text, text)]),
    "unsupported": lambda text: unsupported(text, [""]),
    "years": lambda text: years(text, sure=True),
}
"""Those that look at the words that ``tokens`` finds."""

AFTER = {"1,000,": "a", "٣٬٠٠٠": "a", "1\u00a0000": "a", " ": ".", "\t": ".", "[": "]", "(": "."}
"""Endings that make a pattern take back what it took."""


@pytest.fixture(autouse=True, scope="module")
def no_others_garbage() -> Iterator[None]:
    """Keep what other tests left out of the collections between measurements."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("rule", CHARACTER_RULES)
def test_rules_of_characters(rule: str) -> None:
    for fragment in (*FRAGMENTS, "1\u00a0000", *MARKS):
        assert_grows_with_its_text(CHARACTER_RULES[rule], fragment)


@pytest.mark.parametrize("rule", WORD_RULES)
def test_rules_of_words(rule: str) -> None:
    for fragment in WORDS:
        assert_grows_with_its_text(WORD_RULES[rule], fragment)


def assert_grows_with_its_text(rule: Callable[[str], object], fragment: str) -> None:
    assert_linear(
        rule,
        fragment,
        before=" " * 1_001,  # what shorter texts hold is remembered
        after=AFTER.get(fragment, ""),
        characters=8_000,
        seconds=0.002,
        runs=20,
    )


@pytest.mark.parametrize("fragment", ["a", "sch", "ss", "ching", "ational"])
@pytest.mark.parametrize("rule", [stem_english, latin_skeletons])
def test_one_long_english_word(rule: Callable[[str], object], fragment: str) -> None:
    assert_linear(rule, fragment, characters=100_000, after="ization")


@pytest.mark.parametrize("fragment", ["ا", "وال", "تش", "ها"])
def test_one_long_arabic_word(fragment: str) -> None:
    assert_linear(arabic_skeletons, fragment, characters=100_000)


@pytest.mark.parametrize("fragment", ["1", "1,", "1,000,", "1.000.", "٣٬", "0", " "])
def test_one_long_number(fragment: str) -> None:
    assert_linear(canonical_number, fragment, before="1", after="1", characters=100_000)


def test_a_number_too_long_to_count_with_is_still_a_number() -> None:
    digits = "7" * 10_000
    for text in (digits, f"{digits} January", f"{digits} million", f"6 {'million ' * 9_000}"):
        assert numbers(text)
        assert not unsupported(text, [text])
        dates(text)
