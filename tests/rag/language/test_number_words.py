"""Numbers in words, of the kinds that newspapers write."""

from __future__ import annotations

import pytest

from rag.language.facts import number_values, numbers, unsupported

BELOW_TEN = "ثلاث أربع خمس ست سبع ثمان تسع".split()
TENS = "عشرون ثلاثون أربعون خمسون ستون سبعون ثمانون تسعون".split()

COMPOUNDS = [
    # eleven to nineteen
    ("أحد عشر لاعبا", 11),
    ("إحدى عشرة دقيقة", 11),
    ("اثنا عشر", 12),
    ("اثني عشر رجلا", 12),
    ("اثنتا عشرة امرأة", 12),
    ("اثنتي عشرة مدرسة", 12),
    ("ثلاثة عشر", 13),
    ("ثماني عشرة", 18),
    ("تسعة عشر", 19),
    # tens
    ("تسعا وعشرين", 29),
    ("تسعًا وعشرين", 29),
    ("تسعاً وعشرين", 29),
    ("تِسْعَةً وَعِشْرِينَ", 29),
    ("ثمانيا وأربعين", 48),
    ("إحدى وعشرون سنة", 21),
    ("أحد وعشرون يوما", 21),
    ("واحدا وخمسين نائبا", 51),
    ("اثنتين وثلاثين", 32),
    ("بثلاثة وعشرين", 23),
    ("لخمس وثلاثين", 35),
    ("فسبعة وثلاثون", 37),
    ("كعشرين رجلا", 20),
    # hundreds
    ("مئة وخمسة", 105),
    ("مائة وأربع مدارس", 104),
    ("مئتان وخمسون", 250),
    ("مائتي جندي", 200),
    ("ثلاثمائة", 300),
    ("ثلاث مئة", 300),
    ("ثلاث مائة وعشرة", 310),
    ("ثماني مئة", 800),
    ("تسعمئة وتسعة وتسعون", 999),
    ("مئة و خمسة وعشرون", 125),
    # thousands
    ("ثلاثمئة ألف", 300_000),
    ("ثلاث مئة ألف", 300_000),
    ("مئة وثلاثة آلاف طالب", 103_000),
    ("ألف وتسعمئة وأربعة وثمانون", 1984),
    ("ألفين واثنين وعشرين", 2022),
    ("ألفان", 2000),
    ("ألفي جندي", 2000),
    ("ألفًا وخمسمئة", 1500),
    ("ألفا وخمسمئة", 1500),
    ("وألف جندي", 1000),
    ("فألفان", 2000),
    ("أحد عشر ألفا", 11_000),
    ("خمسة وأربعين ألفًا", 45_000),
    ("اثنان وعشرون ألفا وثلاثمئة وستة عشر", 22_316),
    # millions and more
    ("خمسة ملايين وثلاثمئة ألف", 5_300_000),
    ("مليونا ومئتين وخمسة وأربعين ألفا", 1_245_000),
    ("مليونان", 2_000_000),
    ("مليوني نازح", 2_000_000),
    ("مليارين ومئة مليون", 2_100_000_000),
    ("ثلاثة بلايين", 3_000_000_000),
    ("ألف مليون", 1_000_000_000),
    ("تريليون دولار", 10**12),
    ("أربعة تريليونات", 4 * 10**12),
    # halves and quarters
    ("مليون ونصف مليون", 1_500_000),
    ("مليون ونصف المليون", 1_500_000),
    ("مليون ونصف", 1_500_000),
    ("مليون وربع المليون", 1_250_000),
    ("مليونين ونصف المليون", 2_500_000),
    ("خمسة ونصف مليون", 5_500_000),
    ("نصف مليون", 500_000),
    ("نصف المليون", 500_000),
    ("ربع مليار", 250_000_000),
    ("ثلاثة أرباع المليون", 750_000),
    ("half a million", 500_000),
    ("a quarter of a million", 250_000),
    ("three quarters of a million", 750_000),
    ("two and a half million", 2_500_000),
    ("a million and a half", 1_500_000),
    # digits with words
    ("2.5 مليون", 2_500_000),
    ("٣٠٠ ألف", 300_000),
    ("الـ 300 ألف شخص", 300_000),
    ("3 آلاف", 3000),
    ("3 بلايين", 3_000_000_000),
    ("٢ مليون ونصف", 2_500_000),
    ("2 مليون ونصف المليون", 2_500_000),
    ("3 ملايين و200 ألف", 3_200_000),
    ("مليون و300 ألف", 1_300_000),
    ("3 ملايين ومئتا ألف", 3_200_000),
    ("3 آلاف و500 جندي", 3500),
    ("2 million and a half", 2_500_000),
    ("2 and a half million", 2_500_000),
    ("3 million and 200 thousand", 3_200_000),
    # English
    ("twenty-nine", 29),
    ("one hundred and five", 105),
    ("three hundred thousand", 300_000),
    ("one million eighty-two thousand", 1_082_000),
    ("nineteen hundred men", 1900),
    ("in nineteen eighty-four", 1984),
    ("since twenty twenty-two", 2022),
    ("a thousand million", 1_000_000_000),
]


@pytest.mark.parametrize(("text", "value"), COMPOUNDS)
def test_words_of_one_number_are_read_together(text: str, value: int) -> None:
    (fact,) = numbers(text)
    assert fact.values == (str(value),)
    assert str(value) in number_values(text)


@pytest.mark.parametrize("tens", range(2, 10))
@pytest.mark.parametrize("units", range(3, 10))
def test_units_and_tens_in_every_form(units: int, tens: int) -> None:
    stem, ten = BELOW_TEN[units - 3], TENS[tens - 2]
    if units == 8:
        feminine, masculine, accusative = "ثمان", "ثمانية", "ثمانيا"
    else:
        feminine, masculine, accusative = stem, f"{stem}ة", f"{stem}ا"
    for unit in (feminine, masculine, accusative):
        for form in (ten, f"{ten[:-2]}ين"):
            assert [fact.values for fact in numbers(f"{unit} و{form}")] == [
                (str(10 * tens + units),)
            ]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("خمسة آلاف وثلاثة آلاف", [5000, 3000]),
        ("بين 3 آلاف و5 آلاف", [3000, 5000]),
        ("مليون ومليونان", [1_000_000, 2_000_000]),
        ("عشرون وثلاثون", [20, 30]),
        ("مئة ومئتان", [100, 200]),
        ("ألف، وخمسمئة", [1000, 500]),
        ("خمسة وعشرون بالمئة", [25]),
        ("عشرون في المئة", [20]),
        ("eighteen twenty-year-olds", [18, 20]),
        ("a hundred and a thousand", [100, 1000]),
    ],
)
def test_numbers_that_stand_side_by_side_stay_apart(text: str, values: list[int]) -> None:
    assert [fact.values for fact in numbers(text)] == [(str(value),) for value in values]


@pytest.mark.parametrize("form", ["مليونا دولار", "مليارا دولار", "تريليونا دولار"])
def test_a_dual_that_looks_like_the_accusative_means_either(form: str) -> None:
    (fact,) = numbers(form)
    two, one = map(int, fact.values)
    assert two == 2 * one


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("ألف كتابا في التاريخ", set()),  # wrote
        ("ألّف رواية", set()),
        ("من ألف الكتاب؟", set()),
        ("ألف الكاتب رواية", set()),
        ("المعشر", set()),
        ("متحور ألفا الجديد", {"1000"}),
        ("الثالث عشر", {"10"}),
        ("القرن العشرين", {"20"}),
        ("الحادي والعشرين", {"20"}),
        ("كست الثلوج", set()),
        ("كمية المياه", set()),
        ("في المئة", {"100"}),
        ("خمسة بالمئة", {"5"}),
        ("ألفا جندي", {"1000", "2000"}),  # or Alfa
        ("five ten", {"5", "10"}),
    ],
)
def test_words_that_resemble_numbers_and_ordinals_are_no_figures(text: str, held: set[str]) -> None:
    assert numbers(text) == []
    assert number_values(text) == held


@pytest.mark.parametrize("text", ["أكثر من ألف الأسبوع الماضي", "نحو ألف كرونا", "ألف كتاب"])
def test_a_thousand_is_not_the_verb(text: str) -> None:
    assert [fact.values for fact in numbers(text)] == [("1000",)]


@pytest.mark.parametrize("passage", ["مليون ونصف المليون", "1.5 million", "1,500,000", "١٫٥ مليون"])
@pytest.mark.parametrize("said", ["مليون ونصف", "a million and a half", "1,500,000"])
def test_the_same_number_in_other_words_is_supported(said: str, passage: str) -> None:
    assert unsupported(said, [passage]) == ()
    assert unsupported(said, ["مليونين ونصف المليون"])


def test_a_passage_holds_the_parts_of_a_number_too() -> None:
    assert unsupported("more than 3 million", ["3 ملايين و200 ألف"]) == ()
    assert unsupported("3 million and 200 thousand", ["3 ملايين و200 ألف"]) == ()
