from __future__ import annotations

import pytest
from hypothesis import given

from rag.answer.followup import MOST_ADDED, leans_on_context, standalone
from rag.types import Turn
from tests.rag.strategies import texts

CSTO = Turn("Who commands CSTO forces?", "«Their commander is General Andrei Serdyukov.» [1]")
CSTO_AR = Turn("من يقود قوات منظمة معاهدة الأمن الجماعي؟", "«يقودها الجنرال أندريه سيرديوكوف.» [1]")
QUAKE = Turn("How many people died in the earthquake in Turkey?", "«53,537 people died.» [1]")
QUAKE_AR = Turn("كم عدد قتلى الزلزال في تركيا؟", "«قتل 53537 شخصا.» [1]")


@pytest.mark.parametrize(
    ("text", "turn", "joined"),
    [
        # nothing but a question word, or words that ask for more
        ("and when?", CSTO, "commands CSTO forces"),
        ("Why?", CSTO, "commands CSTO forces"),
        ("Really?", CSTO, "commands CSTO forces"),
        ("Who else?", CSTO, "commands CSTO forces"),
        ("Tell me more", CSTO, "commands CSTO forces"),
        ("more details?", CSTO, "commands CSTO forces"),
        ("On which day?", QUAKE, "people died earthquake Turkey"),
        ("what was the cause?", QUAKE, "people died earthquake Turkey"),
        ("ومتى؟", QUAKE_AR, "قتلى الزلزال تركيا"),
        ("لماذا؟", QUAKE_AR, "قتلى الزلزال تركيا"),
        ("وما السبب؟", QUAKE_AR, "قتلى الزلزال تركيا"),
        ("في أي يوم؟", QUAKE_AR, "قتلى الزلزال تركيا"),
        ("المزيد من التفاصيل", QUAKE_AR, "قتلى الزلزال تركيا"),
        # a verb whose subject was said before
        ("Who won?", QUAKE, "people died earthquake Turkey"),
        ("أين ولد؟", QUAKE_AR, "قتلى الزلزال تركيا"),
        # pronouns and demonstratives
        ("How many died there?", CSTO, "commands CSTO forces"),
        ("What caused it?", QUAKE, "people died earthquake Turkey"),
        ("Who is responsible for that?", QUAKE, "people died earthquake Turkey"),
        ("How many of them came?", CSTO, "commands CSTO forces Andrei Serdyukov"),
        ("When did they leave Kazakhstan?", CSTO, "commands CSTO forces Andrei Serdyukov"),
        ("من المسؤول عنه؟", QUAKE_AR, "قتلى الزلزال تركيا"),
        ("هل مات أحد فيها؟", QUAKE_AR, "قتلى الزلزال تركيا"),
        ("متى أُنشئت هذه المنظمة؟", CSTO_AR, "يقود قوات منظمة معاهدة الأمن الجماعي"),
        # Arabic words that end in a pronoun
        ("ومن يقودها؟", QUAKE_AR, "قتلى الزلزال تركيا"),
        ("ما هي أهدافها؟", CSTO_AR, "يقود قوات منظمة معاهدة الأمن الجماعي"),
        ("وأسبابها؟", QUAKE_AR, "قتلى الزلزال تركيا"),
        ("كم عددهم؟", QUAKE_AR, "قتلى الزلزال تركيا"),
        ("متى وصلوا؟", QUAKE_AR, "قتلى الزلزال تركيا"),
        # a person is meant: the one that the answer named
        ("How old is he?", CSTO, "commands CSTO forces Andrei Serdyukov"),
        ("Where was he born?", CSTO, "commands CSTO forces Andrei Serdyukov"),
        ("كم عمره؟", CSTO_AR, "يقود قوات منظمة معاهدة الأمن الجماعي أندريه سيرديوكوف"),
        # another place: the one before is left out
        ("And in Syria?", QUAKE, "people died earthquake"),
        ("What about Syria?", QUAKE, "people died earthquake"),
        ("ماذا عن سوريا؟", QUAKE_AR, "قتلى الزلزال"),
        ("وفي سوريا؟", QUAKE_AR, "قتلى الزلزال"),
        # across languages
        ("ومن يقودها؟", CSTO, "commands CSTO forces"),
        ("and why?", QUAKE_AR, "قتلى الزلزال تركيا"),
    ],
)
def test_what_leans_on_the_turn_before_is_joined(text: str, turn: Turn, joined: str) -> None:
    assert standalone(text, [turn]) == f"{text} {joined}"


@pytest.mark.parametrize(
    "text",
    [
        "Who commands CSTO forces?",
        "How many people died in the Derna flood?",
        "When was the Suez Canal blocked?",
        "Who won the 2022 World Cup?",
        "How many countries are there in the CSTO?",
        "Is there a vaccine against malaria?",
        "What is the magnitude of the earthquake that hit Turkey?",
        "What is one cause of the Beirut port explosion?",
        "Then-president Obama visited which country?",
        "What did this year's Nobel committee say about Han Kang?",
        "Did Blinken say that it was legal?",
        "What is inflation?",
        "inflation",
        "malaria vaccine rollout",
        "Kazakhstan protests",
        "how do vaccines work?",
        "كم عدد قتلى فيضان درنة؟",
        "متى أعيد افتتاح كاتدرائية نوتردام؟",
        "ما سعر صرف الجنيه المصري؟",
        "ما سعر الدرهم؟",
        "لماذا اندلعت الاحتجاجات في كازاخستان؟",
        "ما الجائزة التي فازت بها مارلي ماتلين؟",
        "كم عدد الدول التي يمر بها نهر النيل؟",
        "هل هناك دواء للإقلاع عن التدخين؟",
        "ما اللغة المتحدث بها في بلغاريا؟",
        "من هم الفايكنج؟",
        "من هو رونتغن؟",
        "كم عدد الفراعنة وأعمارهم؟",
        "كم عدد سكان القاهرة وضواحيها؟",
        "ما هي مهمة مسبار الأمل؟",
        "وزير خارجية أمريكا",
        "وقود الطائرات في مصر",
        "وفاة الملكة إليزابيث متى كانت؟",
        "فيضان درنة",
        "التضخم",
        "كيف تعمل اللقاحات؟",
    ],
)
def test_what_stands_alone_is_left_alone(text: str) -> None:
    assert not leans_on_context(text)
    assert standalone(text, [CSTO, QUAKE_AR]) == text


@pytest.mark.parametrize("text", ["and when?", "ومن يقودها؟", "Why?"])
def test_without_a_conversation_nothing_is_joined(text: str) -> None:
    assert standalone(text, []) == text


def test_the_topic_is_followed_through_turns_that_lean_themselves() -> None:
    history = [QUAKE, CSTO, Turn("and when?", "…"), Turn("why?", "…")]
    assert standalone("Where?", history) == "Where? commands CSTO forces"


def test_what_is_said_already_is_not_said_again() -> None:
    assert standalone("and the forces?", [CSTO]) == "and the forces? commands CSTO"


def test_no_more_than_a_few_words_are_added() -> None:
    turn = Turn(" ".join(f"word{letter}" for letter in "abcdefghijklmnop"), "…")
    assert len(standalone("and why?", [turn]).split()) == 2 + MOST_ADDED


def test_names_come_from_the_quote_not_from_its_title() -> None:
    turn = Turn("Who is in command?", "From “Lavrov meets Blinken”:\n«General Serdyukov is.» [1]")
    assert standalone("How old is he?", [turn]) == "How old is he? command Serdyukov"


@given(texts, texts)
def test_the_words_of_the_asker_stay_in_front(text: str, before: str) -> None:
    found = standalone(text, [Turn(before, before)])
    assert found.startswith(text.rstrip())
    assert standalone(text, [Turn(before, before)]) == found
