from __future__ import annotations

import pytest
from hypothesis import given

from rag.language.terms import skeletons
from rag.language.text import tokens
from rag.language.transliterate import arabic_skeletons, concepts, latin_skeletons, without_prefixes
from tests.rag.strategies import texts


def skeletons_of(text: str) -> set[str]:
    return {s for t in tokens(text) for s in skeletons(t, text, every_word=True)}


def found_concepts(text: str) -> list[tuple[str, str]]:
    found = concepts(list(tokens(text)))
    return [(term, text[first.start : last.end]) for term, first, last in found]


@pytest.mark.parametrize(
    ("latin", "arabic"),
    [
        ("Blinken", "بلينكن"),
        ("Tokayev", "توكاييف"),
        ("Nazarbayev", "نزارباييف"),
        ("Nazarbayev's", "نزارباييف"),
        ("Serdyukov", "سيرديوكوف"),
        ("Erdogan", "أردوغان"),
        ("Erdoğan", "أردوغان"),
        ("Washington", "واشنطن"),
        ("Putin", "وبوتين"),
        ("Zelensky", "زيلينسكي"),
        ("Biden", "بايدن"),
        ("Trump", "ترامب"),
        ("Netanyahu", "نتنياهو"),
        ("Khamenei", "خامنئي"),
        ("Pashinyan", "باشينيان"),
        ("Lukashenko", "لوكاشينكو"),
        ("Charles", "تشارلز"),
        ("Michael", "مايكل"),
        ("Christine", "كريستين"),
        ("Johnson", "جونسون"),
        ("John", "جون"),
        ("Wright", "رايت"),
        ("Philip", "فيليب"),
        ("Chicago", "شيكاغو"),
        ("Jack", "جاك"),
        ("Thomas", "توماس"),
        ("Mohammed", "محمد"),
        ("Muhammad", "محمد"),
        ("Mahmoud", "محمود"),
        ("Youssef", "يوسف"),
        ("Yusuf", "يوسف"),
        ("Sisi", "السيسي"),
        ("Suez", "السويس"),
        ("Jeddah", "جدة"),
        ("Xiaoping", "شياوبينغ"),
        ("Microsoft", "مايكروسوفت"),
        ("Jelica", "يليكا"),
        ("Djamila", "جميلة"),
        ("Almaty", "ألماتي"),
        ("Elizabeth", "إليزابيث"),
        ("Valencia", "فالنسيا"),
        ("California", "كاليفورنيا"),
        ("Pakistan", "لباكستان"),
        ("Kazakhstan", "لكازاخستان"),
    ],
)
def test_a_name_has_one_skeleton_in_both_scripts(latin: str, arabic: str) -> None:
    assert skeletons_of(latin) & skeletons_of(arabic)


@pytest.mark.parametrize(
    ("latin", "arabic"),
    [
        ("Blinken", "بوتين"),
        ("Putin", "بايدن"),
        ("Tokayev", "نزارباييف"),
        ("Sisi", "السوداني"),
        ("Macron", "ميركل"),
        ("Washington", "لندن"),
        ("Derna", "درعا"),
    ],
)
def test_different_names_have_different_skeletons(latin: str, arabic: str) -> None:
    assert not skeletons_of(latin) & skeletons_of(arabic)


@pytest.mark.parametrize("short", ["Ali", "Lee", "Joe", "a"])
def test_names_of_one_consonant_have_no_skeleton(short: str) -> None:
    assert latin_skeletons(short) == ()


def test_a_hamza_tells_a_name_from_an_article() -> None:
    assert skeletons_of("ألماتي") == {"~lmt"}
    assert skeletons_of("الماضي") == set(arabic_skeletons("ماضي"))


@pytest.mark.parametrize(
    ("form", "readings"),
    [
        ("الجنود", ("جنود",)),
        ("للجيش", ("جيش",)),
        ("والجيش", ("جيش",)),
        ("بالجيش", ("بالجيش", "جيش")),
        ("لكازاخستان", ("لكازاخستان", "كازاخستان")),
        ("فرنسا", ("فرنسا", "رنسا")),
        ("جندي", ("جندي",)),
        ("باب", ("باب",)),
    ],
)
def test_prefixes(form: str, readings: tuple[str, ...]) -> None:
    assert without_prefixes(form) == readings


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        (["~teg"] * 8, "مصر ومصر وبمصر للمصريين Egypt Egypt's Egyptian EGYPT"),
        (["~tkz"] * 4, "كازاخستان لكازاخستان الكازاخية Kazakhstan"),
        (["~tde"] * 6, "ألمانيا لألمانيا ألماني الألماني والألمان German"),
        (["~tus"] * 6, "الولايات المتحدة وأمريكا الأميركيين US U.S. American"),
        (["~tgb"] * 4, "المملكة المتحدة البريطانية Britain UK"),
        (["~ttr"] * 4, "تركيا التركية Turkey Türkiye"),
        (["~tci"] * 3, "ساحل العاج Côte d'Ivoire Ivory Coast"),
        (["~tkp", "~tkr", "~okorea"], "North Korea's leader, South Korean and Korean"),
        (["~tkp", "~tkr", "~okorea"], "كوريا الشمالية والكورية الجنوبية وكوريا"),
        (["~oun"] * 5, "الأمم المتحدة للأمم المتحدة UN U.N. United Nations"),
        (["~oeu"] * 3, "وللاتحاد الأوروبي EU European Union"),
        (["~ocsto"] * 2, "منظمة معاهدة الأمن الجماعي CSTO"),
        (["~owho", "~owho"], "منظمة الصحة العالمية WHO"),
        (["~m1"] * 5, "يناير كانون الثاني جانفي January Jan."),
        (["~m8"] * 4, "أغسطس آب أوت August"),
        (["~m11"] * 3, "نوفمبر تشرين الثاني November"),
        (["~w7", "~w1", "~w6"], "الأحد والاثنين Saturday"),
    ],
)
def test_concepts_have_one_term_in_both_languages(terms: list[str], text: str) -> None:
    assert [term for term, _ in found_concepts(text)] == terms


def test_a_concept_spans_its_words() -> None:
    assert found_concepts("في كانون الثاني/يناير من كوريا الشمالية") == [
        ("~m1", "كانون الثاني"),
        ("~m1", "يناير"),
        ("~tkp", "كوريا الشمالية"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "he may march with us, who is un",
        "أحد الجنود واثنين آخرين",
        "بأن اللبن كان من البان",
        "الدعم المالي للبلاد",
        "وقال كما في ملف مالك ولكن",
    ],
)
def test_ordinary_words_are_no_concepts(text: str) -> None:
    assert found_concepts(text) == []


@given(texts)
def test_concepts_are_in_order_and_apart(text: str) -> None:
    end = 0
    for _, first, last in concepts(list(tokens(text))):
        assert end <= first.start <= last.start
        end = last.end
