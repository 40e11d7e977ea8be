from __future__ import annotations

import re

import pytest
from hypothesis import given

from rag.language.terms import (
    analyze,
    index_text,
    is_stopword,
    light10,
    name_terms,
    query_terms,
    stem_english,
    stems,
)
from rag.language.text import fold, tokens
from tests.rag.strategies import texts


@pytest.mark.parametrize(
    "family",
    [
        ["الجنود", "جنود", "والجنود", "للجنود", "بالجنود"],
        ["المحتجين", "محتجون", "المحتجون", "والمحتجين", "محتجين"],
        ["التظاهرات", "تظاهرات", "والتظاهرات"],
        ["الحكومة", "حكومة", "وحكومة", "للحكومة"],
    ],
)
def test_light10_joins_the_forms_of_a_word(family: list[str]) -> None:
    shared = set(stems(next(tokens(family[0]))))
    for word in family[1:]:
        shared &= set(stems(next(tokens(word))))
    assert shared, {word: light10(fold(word)) for word in family}


@pytest.mark.parametrize(
    ("form", "stem"),
    [
        ("جنود", "جنود"),
        ("من", "من"),
        ("والد", "الد"),
        ("باب", "باب"),
        ("مدرساتها", "مدرس"),
    ],
)
def test_light10(form: str, stem: str) -> None:
    assert light10(form) == stem


def test_a_word_that_may_carry_a_prefix_is_read_both_ways() -> None:
    assert set(analyze("لكازاخستان")) >= {"لكازاخست", "كازاخست"}
    assert set(analyze("بلينكن")) == {"بلينكن", "لينكن"}


@pytest.mark.parametrize(
    ("word", "stem"),
    [("commands", "command"), ("commanded", "command"), ("troop's", "troop"), ("troops", "troop")],
)
def test_english_stems(word: str, stem: str) -> None:
    assert stem_english(word) == stem


def test_analysis_drops_stopwords_and_grouping_and_adds_concepts() -> None:
    assert analyze("Who sent the 2,500 soldiers to Egypt?") == [
        "sent",
        "2500",
        "soldier",
        "egypt",
        "~teg",
    ]
    assert analyze("كم عدد الجنود؟") == ["جنود"]
    assert analyze("من في على") == []


def test_stopwords_of_both_languages() -> None:
    assert all(is_stopword(fold(word)) for word in ("في", "على", "إلى", "كم", "the", "who"))
    assert not any(is_stopword(fold(word)) for word in ("جندي", "soldier", "csto"))


def test_names_are_words_with_a_capital_or_any_arabic_word() -> None:
    assert name_terms("asked Blinken", every_word=False) == ["~blnkn"]
    assert "~skd" in name_terms("asked Blinken", every_word=True)
    assert "~blnkn" in name_terms("سأل بلينكن", every_word=False)


def test_index_text_keeps_title_and_body_apart() -> None:
    head, body = index_text("Egypt floats", "Why", "The pound fell.", "en")
    assert head.split() == ["egypt", "float", "~teg", "~gbt"]
    assert body.split() == ["pound", "fell"]


def test_query_terms_within_a_language_are_stems_each_once() -> None:
    assert query_terms("Troops and more troops", "en", "en") == ["troop", "more"]


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("Who is Blinken?", "قال بلينكن"),
        ("Who commands CSTO forces?", "قوات منظمة معاهدة الأمن الجماعي"),
        ("who commands csto forces?", "قوات CSTO"),
        ("how did tokayev respond?", "رد توكاييف"),
        ("What happened on 6 January 2022?", "في ٦ كانون الثاني"),
        ("Did Egyptians protest?", "في مصر"),
        ("2,500 soldiers", "٢٥٠٠ جندي"),
    ],
)
def test_an_english_question_meets_an_arabic_passage(question: str, passage: str) -> None:
    _, body = index_text("", "", passage, "ar")
    assert set(query_terms(question, "en", "ar")) & set(body.split())


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("من هو بلينكن؟", "Antony Blinken spoke."),
        ("من يقود قوات CSTO؟", "The CSTO sent troops."),
        ("ما هي منظمة معاهدة الأمن الجماعي؟", "The CSTO sent troops."),
        ("ماذا حدث في كانون الثاني؟", "It began in January."),
        ("كم كلف ٢٬٥٠٠؟", "It cost 2500."),
    ],
)
def test_an_arabic_question_meets_an_english_passage(question: str, passage: str) -> None:
    _, body = index_text("", "", passage, "en")
    assert set(query_terms(question, "ar", "en")) & set(body.split())


def test_across_languages_only_what_both_share_is_looked_for() -> None:
    asked = "How many soldiers did Blinken send to Kazakhstan in 2022?"
    assert query_terms(asked, "en", "ar") == ["blinken", "~blnkn", "2022", "~tkz"]
    assert query_terms("what did blinken say?", "en", "ar") == ["blinken", "~blnkn", "say"]


def test_a_known_name_is_looked_for_by_its_code_alone() -> None:
    assert query_terms("North Korea in January", "en", "en") == ["~tkp", "~m1"]
    assert query_terms("كوريا الشمالية", "ar", "ar") == ["~tkp"]


def test_longer_skeletons_join_arabic_plurals() -> None:
    assert set(query_terms("جندي", "ar", "ar")) & set(query_terms("الجنود", "ar", "ar")) == {"~gnd"}


@given(texts)
def test_terms_hold_no_white_space(text: str) -> None:
    head, body = index_text(text, "", text, "ar")
    every = {*analyze(text), *name_terms(text, every_word=True)}
    assert set(head.split()) == set(body.split()) == every
    assert not any(re.search(r"\s", term) for term in every)


@given(texts)
def test_what_a_text_says_is_found_by_asking_for_it(text: str) -> None:
    _, body = index_text("", "", text, "en")
    assert set(query_terms(text, "en", "en")) <= set(body.split())
    _, body = index_text("", "", text, "ar")
    assert set(query_terms(text, "en", "ar")) <= set(body.split())
