from __future__ import annotations

import pytest
from hypothesis import given, settings

from rag.language.facts import (
    dates,
    names,
    number_values,
    numbers,
    passage_values,
    unsupported,
    word_value,
    years,
)
from rag.language.sentences import sentence_spans
from tests.rag.strategies import number_like, prose, texts

TROOPS_AR = (
    "وصل الجنرال الروسي أندريه سيرديوكوف إلى كازاخستان يوم الخميس 6 يناير/كانون الثاني 2022 على "
    "رأس نحو ٢٬٥٠٠ جندي من قوات منظمة معاهدة الأمن الجماعي CSTO بطلب من الرئيس قاسم توكاييف. "
    "وقال وزير الخارجية الأمريكي أنتوني بلينكن إن عدد القتلى بلغ 164، وإن الخسائر بلغت 2.5 مليون "
    "دولار، أي نحو خمسة وعشرين في المئة من ميزانية الرئيس السابق نور سلطان نزارباييف."
)
TROOPS_EN = (
    "Russian General Andrei Serdyukov arrived in Kazakhstan on Thursday, January 6, 2022 with "
    "about 2,500 troops of the Collective Security Treaty Organization (CSTO), asked for by "
    "President Kassym-Jomart Tokayev. U.S. Secretary of State Antony Blinken said that 164 people "
    "had died and that $2.5 million, or twenty-five percent of former President Nursultan "
    "Nazarbayev's budget, were lost."
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2,500 troops", [("2,500", {"2500"})]),
        ("٢٬٥٠٠ جندي", [("٢٬٥٠٠", {"2500"})]),
        ("2.5 million", [("2.5 million", {"2500000"})]),
        ("٢٫٥ مليون دولار", [("٢٫٥ مليون", {"2500000"})]),
        ("34.2bn", [("34.2bn", {"34200000000"})]),
        ("7 مليارات", [("7 مليارات", {"7000000000"})]),
        ("15 ألفا و3 آلاف", [("15 ألفا", {"15000"}), ("3 آلاف", {"3000"})]),
        ("5 hundred thousand", [("5 hundred thousand", {"500000"})]),
        ("5m", [("5m", {"5000000", "5"})]),  # metres or millions
        ("2.500 دولار", [("2.500", {"2.5", "2500"})]),  # grouped by a dot, or not
        ("0.500", [("0.500", {"0.5"})]),
        ("at 10:00", [("10", {"10"})]),
        ("twenty-five soldiers", [("twenty-five", {"25"})]),
        ("three hundred and five", [("three hundred and five", {"305"})]),
        ("two thousand five hundred men", [("two thousand five hundred", {"2500"})]),
        ("خمسة وعشرون جنديا", [("خمسة وعشرون", {"25"})]),
        ("مئة وثلاثة وعشرين", [("مئة وثلاثة وعشرين", {"123"})]),
        ("ألفان وخمسمئة جندي", [("ألفان وخمسمئة", {"2500"})]),
        ("ثلاثة آلاف ومئتين", [("ثلاثة آلاف ومئتين", {"3200"})]),
        ("خمسة عشر ألفا", [("خمسة عشر ألفا", {"15000"})]),
        ("مليون ومئتا ألف", [("مليون ومئتا ألف", {"1200000"})]),
        # several dots: a date or a version, whatever scale follows
        ("1.1.2022 ألف", [("1.1.2022 ألف", {"1.1.2022"})]),
        ("1.2.3 million", [("1.2.3 million", {"1.2.3"})]),
        # turns of phrase, shares and ordinals are no figures
        ("one of the two", []),
        ("واحد من اثنين", []),
        ("two and a half", []),
        ("half of the men", []),
        ("عشرين ونصف", []),
        ("في المئة", []),
        ("القرن العشرين", []),
        ("لا رقم هنا", []),
    ],
)
def test_numbers(text: str, found: list[tuple[str, set[str]]]) -> None:
    assert [(fact.text, set(fact.values)) for fact in numbers(text)] == found


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("about 2.5 million, ٢٬٥٠٠ and twelve", {"2.5", "2500000", "2500", "12"}),
        ("6 January", {"6", "1"}),
        ("٦ كانون الثاني", {"6", "1"}),
        ("he may go", set()),
        ("خمسة وعشرون", {"25", "5", "20"}),
        ("وخمسة", {"5"}),
        ("1.2.3", {"1.2.3"}),
    ],
)
def test_number_values(text: str, values: set[str]) -> None:
    assert number_values(text) == values


@pytest.mark.parametrize(
    ("form", "value"),
    [("twelve", 12), ("ثلاثه", 3), ("وثلاثه", 3), ("بالف", 1000), ("الف", 1000), ("جندي", None)],
)
def test_word_value(form: str, value: int | None) -> None:
    assert word_value(form) == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("on January 6, 2022 he", ["January 6, 2022"]),
        ("on 6 January 2022 he", ["6 January 2022"]),
        ("the 6th of January", ["6th of January"]),
        ("on Jan. 6 and in May", ["Jan. 6", "May"]),
        ("he may march on", []),
        ("في 6 يناير 2022", ["6 يناير 2022"]),
        ("في ٦ يناير/كانون الثاني ٢٠٢٢", ["٦ يناير", "كانون الثاني ٢٠٢٢"]),
        ("15 مايو/أيار 1992", ["15 مايو", "أيار 1992"]),
        ("في فيفري وجانفي وأوت", ["فيفري", "وجانفي", "وأوت"]),
        ("يناير 2,500 جندي", ["يناير"]),
        ("In January 2,500 troops left", ["January"]),
        ("killed 26. January came", ["January"]),
        ("يوم الخميس والجمعة", ["الخميس", "والجمعة"]),
        ("on Thursday", ["Thursday"]),
        ("أب وأم", []),
        ("5 آب", ["5 آب"]),
    ],
)
def test_dates(text: str, found: list[str]) -> None:
    assert [fact.text for fact in dates(text)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("in 1992 and 2022", ["1992", "2022"]),
        ("عام ٢٠٠٢م", ["٢٠٠٢"]),
        ("2,022 and 20225 and 1.2022", []),
        ("999 and 2100", []),
    ],
)
def test_years(text: str, found: list[str]) -> None:
    assert [fact.text for fact in years(text)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("in 1992", ["1992"]),
        ("عام 1992", ["1992"]),
        ("منذ ١٩٩٢", ["١٩٩٢"]),
        ("some 1700 troops", []),
        ("نحو 1700 جندي", []),
        ("Who won the 2018 World Cup?", ["2018"]),
        ("the 1700 Russian troops", []),
        ("the 2000 soldiers", []),
        ("ماذا حدث في 13 ذي الحجة 1444؟", ["1444"]),
        ("متى ينتهي موسم 1446هـ؟", ["1446"]),
        ("في رمضان 1445", ["1445"]),
        ("نقل 1444 حاجا", []),
    ],
)
def test_sure_years_follow_a_cue(text: str, found: list[str]) -> None:
    assert [fact.text for fact in years(text, sure=True)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Yesterday Antony Blinken met him", ["Antony", "Blinken"]),
        ("Antony Blinken met him", ["Antony", "Blinken"]),
        ("He met Mr. Lee. And Gen. Pat", ["Lee", "Pat"]),
        ("Troops left.", []),  # a sentence's first word may be any word
        ("CSTO left.", ["CSTO"]),
        ("President Biden and Prime Minister Modi", ["Biden", "Modi"]),
        ("“But I won't,” he said. While he slept, It rained.", []),
        ("Ludwig van Beethoven", ["Ludwig", "van", "Beethoven"]),
        ("the Bank of England", ["Bank", "England"]),
        ("in North Korea", ["North Korea"]),
        ("on Monday in January", []),
        ("الجنرال الروسي أندريه سيرديوكوف قال", ["الروسي", "أندريه", "سيرديوكوف"]),
        ("وزير الخارجية الأمريكي أنتوني بلينكن", ["الأمريكي", "أنتوني", "بلينكن"]),
        ("للرئيس توكاييف", ["توكاييف"]),
        ("والرئيس السابق نور سلطان نزارباييف", ["نور", "سلطان"]),
        ("التقى فلاديمير بوتين محمد بن سلمان", ["فلاديمير", "بوتين", "محمد", "بن", "سلمان"]),
        ("وقال لعبد الفتاح السيسي إن", ["لعبد", "الفتاح", "السيسي"]),
        ("سجل محمد صلاح هدفا", ["محمد", "صلاح"]),
        ("أعلن جون ثم غادر", ["جون"]),
        ("أنا وإن آن الأوان وهدى الله جميل", []),
        ("قال الرئيس إن الوضع جيد", []),
        ("أعلن الرئيس أمس", []),
        ("الرئيس أعلن ذلك", []),
        ("الأمين العام لحزب العدالة", []),
        ("المتحدث باسم الجيش", []),
        ("وزير الشؤون الاجتماعية والصحة", []),
        ("رئيس مجلس إدارة شركة", []),
        ("قوات CSTO في كازاخستان", ["CSTO", "كازاخستان"]),
        ("الأمم المتحدة والصين", ["الأمم المتحدة", "والصين"]),
        ("الدعم المالي", []),
    ],
)
def test_names(text: str, found: list[str]) -> None:
    assert [fact.text for fact in names(text)] == found


def test_a_known_name_may_also_be_matched_as_a_word() -> None:
    (fact,) = names("in Mexico")
    assert fact.is_known
    assert set(fact.values) >= {"~tmx", "mexico", "~mksk"}
    assert not names("Mr. Blinken")[0].is_known


@settings(max_examples=400)
@given(number_like)
def test_whatever_looks_like_a_number_can_be_read(text: str) -> None:
    assert all(fact.values for fact in numbers(text))
    assert {value for fact in numbers(text) for value in fact.values} <= passage_values(text)


@given(texts)
def test_facts_stand_where_they_say(text: str) -> None:
    for fact in (*numbers(text), *dates(text), *years(text), *names(text)):
        assert text[fact.start : fact.end] == fact.text
        assert fact.text


@pytest.mark.parametrize("passage", [TROOPS_AR, TROOPS_EN])
@pytest.mark.parametrize(
    "statement",
    [
        "About 2,500 troops went to Kazakhstan.",
        "Some 2500 soldiers arrived on January 6, 2022.",
        "They are led by General Andrei Serdyukov.",
        "President Tokayev had asked for them.",
        "According to Secretary Blinken, 164 people died.",
        "$2.5m was lost, 25% of what Nazarbayev's budget had been.",
        "The CSTO, a Russian-led alliance, came on Thursday.",
        "American diplomats counted 164 dead.",
        "أرسلت المنظمة ٢٥٠٠ جندي إلى كازاخستان في 6 كانون الثاني.",
        "يقودهم الجنرال أندريه سيرديوكوف.",
        "طلبهم الرئيس توكاييف يوم الخميس.",
        "قال الوزير بلينكن إن القتلى 164.",
        "خسرت البلاد مليونين ونصف المليون دولار.",
        "القوات تابعة لمنظمة معاهدة الأمن الجماعي (CSTO).",
        "وصل نحو ألفين وخمسمئة جندي.",
    ],
)
def test_what_the_passage_says_is_supported_in_both_languages(statement: str, passage: str) -> None:
    assert unsupported(statement, [passage]) == ()


@pytest.mark.parametrize("passage", [TROOPS_AR, TROOPS_EN])
@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("About 2,600 troops went to Kazakhstan.", ("2,600",)),
        ("About 250 troops went to Kazakhstan.", ("250",)),
        ("2.6 million was lost.", ("2.6 million",)),
        ("Some 2.5 billion was lost.", ("2.5 billion",)),
        ("They came in February 2022.", ("February 2022",)),
        ("They came on January 7.", ("7",)),
        ("They came in 2021.", ("2021",)),
        ("They came on Friday.", ("Friday",)),
        ("They are led by General Sergei Lavrov.", ("Sergei", "Lavrov")),
        ("Troops went to Uzbekistan.", ("Uzbekistan",)),
        ("The Chinese sent them.", ("Chinese",)),
        ("Two hundred and seventy people died.", ("Two hundred and seventy",)),
        ("وصل ٢٦٠٠ جندي.", ("٢٦٠٠",)),
        ("وصلوا في شباط.", ("شباط",)),
        ("وصلوا عام ٢٠٢١.", ("٢٠٢١",)),
        ("يقودهم الجنرال سيرغي لافروف.", ("سيرغي", "لافروف")),
        ("قال الوزير ماكرون إن القتلى 164.", ("ماكرون",)),
        ("أرسلتهم تركيا.", ("تركيا",)),
        ("وصل ثلاثة آلاف جندي.", ("ثلاثة آلاف",)),
    ],
)
def test_what_the_passage_does_not_say_is_found(
    statement: str, missing: tuple[str, ...], passage: str
) -> None:
    assert unsupported(statement, [passage]) == missing


def test_names_that_are_translated_are_let_pass_across_scripts_only() -> None:
    statement = "The Supreme Court and the FBI agreed with the Ministry."
    assert unsupported(statement, ["اتفقت المحكمة العليا مع الوزارة"]) == ()
    assert unsupported(statement, ["They agreed."]) == ("Supreme", "Court", "FBI", "Ministry")


def test_what_is_known_by_a_code_is_compared_across_scripts() -> None:
    assert unsupported("NATO and the EU came.", ["وصلت قوات حلف شمال الأطلسي"]) == ("EU",)
    assert unsupported("Korean troops left.", ["انسحبت قوات كوريا الشمالية"]) == ()


def test_a_name_too_short_to_compare_is_let_pass_across_scripts_only() -> None:
    assert unsupported("He met Mr. Lee.", ["التقى السيد لي"]) == ()
    assert unsupported("He met Mr. Lee.", ["He met Mr. Kim."]) == ("Lee",)


def test_one_of_several_passages_is_enough() -> None:
    assert unsupported("2,500 troops in Egypt", ["نحو ٢٥٠٠ جندي", "in Egypt"]) == ()
    assert unsupported("2,500 troops in Egypt", []) == ("2,500", "Egypt")


def test_what_is_missing_comes_in_order_and_once() -> None:
    assert unsupported("In Egypt 7 and 9, in Egypt 7", ["nothing"]) == ("Egypt", "7", "9")


@given(texts)
def test_a_text_supports_itself(text: str) -> None:
    assert unsupported(text, [text]) == ()


@given(prose)
def test_a_text_supports_each_of_its_sentences(text: str) -> None:
    for start, end in sentence_spans(text):
        assert unsupported(text[start:end], [text]) == ()


@given(prose, prose)
def test_a_longer_passage_holds_no_less(text: str, more: str) -> None:
    missing = set(unsupported(text, [more]))
    assert set(unsupported(text, [more, text])) <= missing


def test_every_value_of_a_fact_can_be_held() -> None:
    held = passage_values(TROOPS_AR)
    for fact in (*numbers(TROOPS_AR), *dates(TROOPS_AR), *names(TROOPS_AR)):
        assert held.issuperset(fact.values), fact
