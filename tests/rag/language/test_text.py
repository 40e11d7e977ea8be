from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.language.text import (
    Lang,
    ascii_digits,
    canonical_number,
    detect_language,
    fold,
    tokens,
)
from tests.rag.strategies import texts


@pytest.mark.parametrize(
    ("text", "default", "lang"),
    [
        ("كم عدد الجنود المرسلين؟", "en", "ar"),
        ("Who commands CSTO forces?", "ar", "en"),
        ("ما هي CSTO؟", "en", "ar"),
        ("قوات CSTO", "en", "ar"),
        ("أُرسِلَ الجنودُ", "en", "ar"),
        ("ﻣﺤﻤﺪ", "en", "ar"),
        ("The word سند means support in Arabic", "ar", "en"),
        ("2022?", "en", "en"),
        ("٢٠٢٢؟", "ar", "ar"),
        ("", "ar", "ar"),
        ("…", "en", "en"),
    ],
)
def test_language_is_that_of_most_letters(text: str, default: Lang, lang: Lang) -> None:
    assert detect_language(text, default) == lang


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("مُحَمَّدٌ", "محمد"),
        ("كـــازاخستان", "كازاخستان"),
        ("أحمد إلى آسيا ٱلعراق", "احمد الي اسيا العراق"),
        ("القاهرة ومصطفى", "القاهره ومصطفي"),
        ("مسؤول وهيئة ورئيس", "مسوول وهييه ورييس"),
        ("هٰذا الرحمٰن", "هذا الرحمن"),
        ("ﻻ ﷲ ﻣﺤﻤﺪ", "لا الله محمد"),  # presentation forms
        ("\u202bالقاهرة\u202c \u200fنعم\u061c", "القاهره نعم"),  # bidi control characters
        ("\ufeffنعم\u200c", "نعم"),
        ("٢٬٥٠٠٫٧٥", "2,500.75"),
        ("۱۲۳", "123"),  # Persian digits
        ("گوگل ڤيتنام پاکستان چین", "كوكل فيتنام باكستان جين"),
        ("ۀ ہ ھ", "ه ه ه"),
        ("ماء", "ماء"),
        ("NATO", "nato"),
        ("Nazarbáyev São Müller", "nazarbayev sao muller"),
        ("İstanbul Işık Erdoğan", "istanbul isik erdogan"),
        ("Łódź straße Ørsted", "lodz strasse orsted"),
        ("O’Brien", "o'brien"),
        ("ﬁne", "fine"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(texts)
@example("هٔ ﷺ ½ İß")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(texts)
def test_ascii_digits_keep_every_offset(text: str) -> None:
    plain = ascii_digits(text)
    assert len(plain) == len(text)
    changed = {a for a, b in zip(text, plain, strict=True) if a != b}
    assert changed <= set("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("الجنود المُرسَلين", ["الجنود", "المرسلين"]),
        ("قوات CSTO، نعم", ["قوات", "csto", "نعم"]),
        ("فيCSTOمن", ["في", "csto", "من"]),  # scripts that touch
        ("عام2022م", ["عام", "2022", "م"]),
        ("2,500 troops", ["2500", "troops"]),
        ("٢٬٥٠٠ جندي", ["2500", "جندي"]),
        ("2\u202f500 جندي", ["2500", "جندي"]),  # digits grouped by a narrow space
        ("6 2022", ["6", "2022"]),
        ("2.5 مليون", ["2.5", "مليون"]),
        ("$34.2bn and 70km, 5m", ["34.2", "bn", "and", "70", "km", "5", "m"]),
        ("the 21st of the 1990s", ["the", "21", "st", "of", "the", "1990", "s"]),
        ("5G G20 A320neo COVID-19", ["5g", "g20", "a320neo", "covid", "19"]),
        ("إليوشن-76", ["اليوشن", "76"]),
        ("1,000,000x 1\u00a0000\u00a0000x", ["1", "000", "000x"] * 2),
        ("12,345km 5×3 1,2'x", ["12345", "km", "5", "3", "1.2", "x"]),
        ("6/1/2022 10:30", ["6", "1", "2022", "10", "30"]),
        ("don't O’Brien's", ["don't", "o'brien's"]),
        ("test_case", ["test", "case"]),
        ("ﷺ", ["صلياللهعليهوسلم"]),
        ("ـ َ … «»", []),
        ("", []),
    ],
)
def test_tokens(text: str, forms: list[str]) -> None:
    assert [token.form for token in tokens(text)] == forms


def test_tokens_tell_numbers_and_capitals() -> None:
    found = list(tokens("WHO sent 30 To us"))
    assert [t.is_number for t in found] == [False, False, True, False, False]
    assert [t.is_upper for t in found] == [True, False, False, False, False]
    assert [t.is_capital for t in found] == [True, False, False, True, False]


@given(texts)
def test_tokens_stand_where_they_say_in_order(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end <= len(text)
        end = token.end
        raw = text[token.start : token.end]
        expected = canonical_number(raw) if token.is_number else "".join(fold(raw).split())
        assert token.form == expected
        assert token.form


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("2500", "2500"),
        ("2,500", "2500"),
        ("٢٬٥٠٠", "2500"),
        ("٢٥٠٠", "2500"),
        ("۲۵۰۰", "2500"),
        ("2\u00a0500\u00a0000", "2500000"),
        ("1,234,567.50", "1234567.5"),
        ("2.670.395", "2670395"),  # grouped by dots, as in the Maghreb
        ("2.5", "2.5"),
        ("٢٫٥٠", "2.5"),
        ("2,5", "2.5"),
        ("10.0", "10"),
        ("1000", "1000"),
        ("007", "7"),
        ("00.50", "0.5"),
        ("0", "0"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_canonical_number(raw: str, number: str) -> None:
    assert canonical_number(raw) == number


@given(st.text("0123456789٠١٢٣٤٥٦٧٨٩.,٫٬\u00a0\u202f", min_size=1))
def test_a_canonical_number_stays(raw: str) -> None:
    assert canonical_number(canonical_number(raw)) == canonical_number(raw)
