from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from evaluate.measure.answers import contained, exact_match, normalise, token_f1
from rag.language.text import tokens
from tests.rag.strategies import texts

ENGLISH = st.lists(
    st.one_of(
        st.sampled_from(
            "The the a an An troops Troops sent Kazakhstan CSTO of in 2500 13 7".split()
        ),
        st.text(string.ascii_letters, min_size=1, max_size=4),
        st.integers(0, 99_999).map(str),
    ),
    max_size=8,
)
MARKS = st.sampled_from(
    ["{}", "{}", "{},", "{}.", "({})", '"{}"', "{}!", "{}?", "{};", "{}:", "'{}'"]
)
PLAIN = st.lists(st.tuples(ENGLISH, MARKS), max_size=3).map(
    lambda parts: " ".join(mark.format(" ".join(words)) for words, mark in parts if words)
)
"""English whose punctuation stands at the edges of words: there all scorers read alike."""

MONTHS = frozenset(
    "jan feb mar apr jun jul aug sep sept oct nov dec january february march april june july "
    "august september october november december".split()
)
"""Not ``may``, which is short for nothing."""


def words_of_squad(text: str) -> list[str]:
    """SQuAD's words: small letters, no ASCII punctuation, no a, an or the."""
    plain = "".join(c for c in text.lower() if c not in string.punctuation)
    return [word for word in plain.split() if word not in ("a", "an", "the")]


def words_of_mlqa(text: str) -> list[str]:
    """MLQA's words for Arabic: no punctuation of any script, a space for every alef and lam."""
    kept = [
        c
        for c in text.lower()
        if c not in string.punctuation and not unicodedata.category(c).startswith("P")
    ]
    return "".join(kept).replace("ال", " ").split()


def f1_by_definition(said: list[str], wanted: list[str]) -> float:
    """SQuAD 2.0's: words are taken out of what was wanted as they are met."""
    if not said or not wanted:
        return float(said == wanted)
    left = list(wanted)
    met = 0
    for word in said:
        if word in left:
            left.remove(word)
            met += 1
    precision, recall = met / len(said), met / len(wanted)
    return 2 * precision * recall / (precision + recall) if met else 0.0


def assume_squad_reads_alike(text: str) -> None:
    """Leave out what is read otherwise on purpose: articles at the end, short names of months."""
    words = "".join(c for c in text.lower() if c not in string.punctuation).split()
    assume(not words or words[-1] not in ("a", "an", "the"))
    assume(MONTHS.isdisjoint(words))


@given(PLAIN, st.lists(PLAIN, max_size=3))
@example("The troops, (sent) to a CSTO state.", ["troops sent", "An army!"])
@example("", [])
@example("troops", [])
@example("", [""])
@example("troops troops sent", ["troops sent sent"])
def test_english_is_scored_as_by_squad(prediction: str, expected: list[str]) -> None:
    for text in (prediction, *expected):
        assume_squad_reads_alike(text)
        assert normalise(text).split() == words_of_squad(text)
    said = words_of_squad(prediction)
    wanted = [words_of_squad(answer) for answer in expected] or [[]]
    assert exact_match(prediction, expected) == float(said in wanted)
    best = max(f1_by_definition(said, words) for words in wanted)
    assert token_f1(prediction, expected) == pytest.approx(best)


AS_MLQA = (
    "الجيش",
    "جيش",
    "والجيش",
    "بالقوات المسلحه",
    "قوات، مسلحه؛ كثيره؟",
    "«منظمه معاهده الامن الجماعي»",
    "وبالقاهره (مصر)",
    "2500 جندي",
    "في 6 كانون",
)
"""Arabic without what is folded here: the normal forms have to be the same."""


@pytest.mark.parametrize("text", AS_MLQA)
def test_arabic_is_normalised_as_by_mlqa(text: str) -> None:
    assert normalise(text).split() == words_of_mlqa(text)


@pytest.mark.parametrize("prediction", AS_MLQA)
@pytest.mark.parametrize("answer", AS_MLQA)
def test_arabic_is_scored_as_by_mlqa(prediction: str, answer: str) -> None:
    said, wanted = words_of_mlqa(prediction), words_of_mlqa(answer)
    assert exact_match(prediction, [answer]) == float(said == wanted)
    assert token_f1(prediction, [answer]) == pytest.approx(f1_by_definition(said, wanted))


@pytest.mark.parametrize(
    ("text", "ours", "mlqa"),
    [
        ("خالد", "خالد", "خ د"),  # its article is no article
        ("القتال", "قتال", "قت"),
        ("والده", "والده", "و ده"),
        ("آل سعود", "ال سعود", "آل سعود"),
        ("القاهِرة", "قاهره", "قاهِرة"),
        ("أحمد", "احمد", "أحمد"),
        ("٢٬٥٠٠", "2500", "٢٥٠٠"),
        ("2.5", "2.5", "25"),
        ("نصف-نهائي", "نصف نهايي", "نصفنهائي"),
        ("كانون الثاني", "january", "كانون ثاني"),
    ],
)
def test_where_arabic_is_normalised_otherwise(text: str, ours: str, mlqa: str) -> None:
    assert normalise(text) == ours
    assert " ".join(words_of_mlqa(text)) == mlqa


@pytest.mark.parametrize(
    ("text", "ours", "squad"),
    [
        ("vitamin A", "vitamin a", "vitamin"),
        ("A", "a", ""),
        ("twenty-five", "twenty five", "twentyfive"),
        ("2.5", "2.5", "25"),
        ("007", "7", "007"),
        ("Jan. 6", "january 6", "jan 6"),
        ("São Tomé", "sao tome", "são tomé"),
        ("3 € and", "3 and", "3 € and"),
    ],
)
def test_where_english_is_normalised_otherwise(text: str, ours: str, squad: str) -> None:
    assert normalise(text) == ours
    assert " ".join(words_of_squad(text)) == squad


@pytest.mark.parametrize(
    "spellings",
    [
        ("الرَّئيسُ", "الرئيس", "الرئيـــس", "رئيس", "رييس"),
        ("أحمد", "احمد", "أَحْمَد", "إحمد"),
        ("ألمانيا", "المانيا", "ألْمانيا"),
        ("القاهرة", "القاهره", "قاهرة", "القاهِرة", "(القاهرة)", "القاهرة؟", "«القاهرة»"),
        ("مستشفى", "مستشفي", "المستشفى"),
        ("مسؤول", "مسوول", "المسؤول"),
        ("\u202bالقاهرة\u202c", "القاهرة\u200f"),
        ("ﻻجئ", "لاجئ"),
        ("2500", "2,500", "٢٥٠٠", "٢٬٥٠٠", "٢,٥٠٠", "۲۵۰۰", "2\u00a0500", "2500.", "2500.0"),
        ("2.5", "٢٫٥", "2,5", "2.50"),
        ("2,500 جندي", "٢٥٠٠ جنديّ"),
        ("يناير", "كانون الثاني", "كانون الثاني/يناير", "جانفي", "January", "jan", "JAN."),
        ("6 كانون الثاني/يناير 2022", "٦ يناير ٢٠٢٢", "6 January 2022", "6 Jan. 2022"),
        ("آب", "أغسطس", "آب/أغسطس", "أوت", "August"),
        ("تشرين الثاني", "نوفمبر", "November"),
        ("May", "may", "MAY", "مايو", "أيار"),
        ("March", "march", "مارس", "آذار"),
        ("Mar. 6", "mar 6", "MAR. 6", "March 6", "آذار 6"),
        ("الحج", "حج", "الحجّ"),
        ("US", "U.S.", "the U.S.", "us"),
        ("5 pm", "5 p.m.", "5 P.M"),
        ("J.K. Rowling", "JK Rowling"),
        ("O’Brien", "O'Brien", "OBrien"),
        ("Erdoğan", "Erdogan"),
        ("the CSTO", "CSTO", "الـCSTO", "CSTO،"),
        ("الـ130", "130", "١٣٠"),
        ("قوات CSTO", "القوّات CSTO"),
    ],
)
def test_spellings_of_the_same(spellings: tuple[str, ...]) -> None:
    assert len({normalise(spelling) for spelling in spellings}) == 1
    for spelling in spellings:
        assert exact_match(spelling, ["something else", spellings[0]]) == 1
        assert token_f1(spelling, ["something else", spellings[0]]) == 1
        assert contained(f"xyz {spelling} xyz", [spellings[0]])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("130", "13"),
        ("2500", "2.5"),
        ("1.5", "15"),
        ("2022", "2023"),
        ("يناير", "فبراير"),
        ("كانون الثاني", "كانون الأول"),
        ("محمد", "محمود"),
        ("آل سعود", "سعود"),
        ("بالقاهرة", "القاهرة"),
        ("vitamin A", "vitamin C"),
        ("", "a"),
    ],
)
def test_what_is_not_the_same(one: str, other: str) -> None:
    assert exact_match(one, [other]) == exact_match(other, [one]) == 0


@pytest.mark.parametrize(
    ("prediction", "expected", "f1"),
    [
        ("أندريه سيرديوكوف", ["سيرديوكوف"], 2 / 3),
        ("الجنرال أندريه سيرديوكوف", ["أندريه سيرديوكوف", "لافروف"], 4 / 5),
        ("بالقاهرة", ["القاهرة"], 2 / 3),
        ("نحو ٢٬٥٠٠ جندي", ["2500"], 1 / 2),
        ("about 2,500 troops", ["2500 troops", "2500"], 4 / 5),
        ("13", ["130"], 0),
        ("", ["13"], 0),
        ("؟", ["13", ""], 1),
        ("", [], 1),
        ("13", [], 0),
    ],
)
def test_f1_by_hand(prediction: str, expected: list[str], f1: float) -> None:
    assert token_f1(prediction, expected) == pytest.approx(f1)


@pytest.mark.parametrize("expected", [[], [""], ["…"]])
def test_without_an_answer_only_saying_nothing_is_right(expected: list[str]) -> None:
    assert exact_match("", expected) == exact_match("«…»", expected) == 1
    assert exact_match("13", expected) == 0
    assert not contained("", expected)
    assert not contained("13 …", expected)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("About 2,500 troops were sent.", "2500"),
        ("أُرسل نحو ٢٬٥٠٠ جندي.", "2,500"),
        ("نحو 2500 جندي", "٢٥٠٠ جندي"),
        ("بـ2500 جندي", "2500"),
        ("عام2022م", "2022"),
        ("a rise of 13% (to 130)", "13"),
        ("القائد بسيرديوكوف", "سيرديوكوف"),
        ("ولسيرديوكوف", "سيرديوكوف"),
        ("بمصر وقطر", "مصر"),  # a country, however short
        ("بمصر وقطر", "قطر"),
        ("وبمصر", "مصر"),
        ("ولبنان", "لبنان"),
        ("بكييف", "كييف"),
        ("لكازاخستان", "كازاخستان"),
        ("والجنود", "الجنود"),
        ("والجنود", "جنود"),
        ("للحج", "الحج"),
        ("إلى لعمر فاروق", "عمر فاروق"),  # short, and what is behind vouches for it
        ("Vitamin A", "a"),
        ("وَأَندريه سيرديوكوف", "أندريه سيرديوكوف"),
        ("لألمانيا", "المانيا"),
        ("في القاهرة", "القاهرة"),
        ("في القاهرة", "قاهرة"),
        ("للقاهرة", "القاهرة"),
        ("وللقاهرة", "القاهرة"),
        ("وبالقاهرة", "القاهرة"),
        ("قرار للجنة", "لجنة"),
        ("قرار اللجنة", "لجنة"),
        ("من كاليفورنيا", "كاليفورنيا"),
        ("بكاليفورنيا", "كاليفورنيا"),
        ("لوالدته", "والدته"),
        ("أمين عام الأمم المتحدة", "الأمم المتحدة"),
        ("بالأمم المتحدة", "الأمم المتحدة"),
        ("منذ ٦ شباط/فبراير 2023", "6 فبراير 2023"),
        ("وبكانون الثاني", "يناير"),
        ("On Jan. 13 they left", "13"),
        ("On Jan. 13 they left", "January 13"),
        ("Putin’s plan", "Putin"),
        ("It was Putin", "Putin's"),
        ("O'Brien's plan", "O’Brien"),
        ("the head of the Suez Canal Authority", "Head of Suez Canal Authority"),
        ("head of Suez Canal", "the head of the Suez Canal"),
        ("U.S. troops", "US"),
        ("Vitamin A is good", "vitamin A"),
        ("قال Serdyukov إنه", "Serdyukov"),
        ("لقوات الـCSTO", "قوات CSTO"),
        ("the head of the Suez Canal Authority’s", "head of Suez Canal Authority"),
        ("الجيش و القوات", "الجيش والقوات"),
        ("الجيش والقوات", "الجيش و القوات"),
    ],
)
def test_an_answer_stands_in_a_text(text: str, answer: str) -> None:
    assert contained(text, [answer])
    assert contained(text, ["something else", answer])


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("130 were hurt", "13"),
        ("1300", "130"),
        ("13.5", "13"),
        ("13,500", "13"),
        ("١٣٠", "13"),
        ("2,500", "500"),
        ("Putinism", "Putin"),
        ("Chad's inputs", "put"),
        ("troops were then sent", "troops sent"),
        ("sent troops", "troops sent"),
        ("troops", "troops sent"),
        ("Vitamin C is good", "vitamin A"),
        ("سيرديوكوفا", "سيرديوكوف"),
        ("نسيرديوكوف", "سيرديوكوف"),  # ن is no prefix
        ("خالد", "الد"),
        ("ولد", "لد"),  # too short to carry a prefix
        ("وزير", "زير"),
        ("كانت", "انت"),
        ("وكالة", "آلة"),
        ("إلى لعمر", "عمر"),
        ("لبنان دولة", "بنان"),  # a country in full has no prefix
        ("بريطانيا", "ريطانيا"),
        ("The final", "the"),  # an article before a word is no answer
        ("a final, an end", "a"),
        ("القاهرة", "بالقاهرة"),
        ("أحمد ومحمد", "أحمد محمد"),  # only before the first word
        ("كانون الأول", "كانون الثاني"),
        ("فبراير", "يناير"),
        ("", "13"),
        ("…", "13"),
    ],
)
def test_an_answer_does_not_stand_in_a_text(text: str, answer: str) -> None:
    assert not contained(text, [answer])


def test_one_of_several_answers_is_enough() -> None:
    assert contained("2,030 troops", ["2500", "2,500", "2,030"])
    assert not contained("2,030 troops", ["2500", "203"])
    assert not contained("2,030 troops", [])


@given(texts)
@example("ال")
@example("The")
@example("a, an")
def test_a_text_is_its_own_answer(text: str) -> None:
    has_words = any(tokens(text))
    only_articles = {token.form for token in tokens(text)} <= {"a", "an", "the"}
    assert (normalise(text) != "") == has_words
    assert exact_match(text, [text]) == token_f1(text, [text]) == 1
    assert contained(text, [text]) == has_words
    assert contained(f"قبل، {text}", [text]) == has_words
    assert contained(f"قبل، {text} بعد", [text]) == (not only_articles)


@given(texts, texts)
def test_what_matches_exactly_is_contained(one: str, other: str) -> None:
    for answer in (other, one.upper(), f"«{one}»"):
        same = exact_match(one, [answer]) == 1
        assert (token_f1(one, [answer]) == 1) or not same
        assert contained(one, [answer]) or not same or normalise(one) == ""


@given(texts, st.lists(texts, min_size=1, max_size=3))
def test_values_are_within_bounds(prediction: str, expected: list[str]) -> None:
    f1 = token_f1(prediction, expected)
    assert 0 <= exact_match(prediction, expected) <= f1 <= 1
    assert f1 == pytest.approx(max(token_f1(answer, [prediction]) for answer in expected))
    assert f1 == max(token_f1(prediction, [answer]) for answer in expected)


@given(texts)
def test_the_normal_form_has_single_spaces_and_no_punctuation(text: str) -> None:
    form = normalise(text)
    assert form == " ".join(form.split())
    assert not set(form) & set("،؟؛«»()[]\"'!?;:-–…")
    assert form == form.lower()
