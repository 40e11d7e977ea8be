from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.expected import AnswerKind, candidate_spans, expected_kind
from rag.language.facts import passage_values
from tests.rag.strategies import texts

QUESTIONS: dict[AnswerKind, list[str]] = {
    "number": [
        "كم عدد الجنود المرسلين؟",
        "وكم عدد الجرحى؟",
        "بكم بيعت اللوحة؟",
        "كم بلغت الخسائر؟",
        "كم استغرقت المهمة؟",
        "كم مرة فاز المغرب؟",
        "ما عدد القتلى؟",
        "ما هو عدد سكان مصر؟",
        "ما هي نسبة التضخم؟",
        "ما قوة الزلزال؟",
        "ما حصيلة الضحايا؟",
        "ما سعر الدولار؟",
        "بأي نسبة ارتفعت الأسعار؟",
        "How many soldiers were sent?",
        "How much did it cost?",
        "How old is Messi?",
        "How long did it take?",
        "How far is Mars?",
        "What percentage of voters took part?",
        "What was the magnitude of the earthquake?",
        "What is the population of Egypt?",
        "What was the death toll?",
        "What's the price of oil?",
        "In how many countries is it used?",
        "At what age did he die?",
    ],
    "date": [
        "متى وصلت القوات؟",
        "ومتى انتهت؟",
        "منذ متى وهو رئيس؟",
        "في أي عام تأسست المنظمة؟",
        "في أي شهر وقع الزلزال؟",
        "في أي ساعة ضرب الزلزال؟",
        "ما تاريخ الانفجار؟",
        "ما هو تاريخ توقيع المعاهدة؟",
        "When did the ship run aground?",
        "And when did it end?",
        "Since when has he been president?",
        "What year was it founded?",
        "On which day did it happen?",
        "In what year did the man who led it die?",
        "What time did the quake strike?",
        "What was the date of the vote?",
    ],
    "place": [
        "أين وقع الانفجار؟",
        "من أين انطلقت الاحتجاجات؟",
        "إلى أين ذهبت القوات؟",
        "في أي مدينة بدأت الاحتجاجات؟",
        "ما عاصمة كازاخستان؟",
        "ما هي الدولة الأكثر تضررا؟",
        "ما اسم المدينة التي ضربها الزلزال؟",
        "ما الدول الأعضاء؟",
        "Where did the ship run aground?",
        "Which city was hit hardest?",
        "What country sent the most troops?",
        "Which countries are members?",
        "What is the capital of Kazakhstan?",
        "What is the city where he was born?",
    ],
    "person": [
        "من يقود قوات المنظمة؟",
        "مَن قتل الملك؟",
        "ومن فاز؟",
        "فمن المسؤول؟",
        "من هو رئيس مصر؟",
        "من الذي طلب التدخل؟",
        "ما اسم قائد القوات؟",
        "أي لاعب سجل الهدف؟",
        "بقيادة من؟",
        "Who commands CSTO forces?",
        "Who's the president of Egypt?",
        "Whose idea was it?",
        "To whom did he speak?",
        "By whom was the ship owned?",
        "Do you know who commands the forces?",
        "Which player scored the goal?",
        "What is the name of the president?",
        "What is the commander's name?",
        "Who was president when the war ended?",
        "Who lived where the dam stood?",
    ],
    "reason": [
        "لماذا بدأت الاحتجاجات؟",
        "ولماذا رفضت؟",
        "لم استقال الوزير؟",
        "ما سبب الانفجار؟",
        "ما هي أسباب الاحتجاجات؟",
        "ما الدافع وراء الهجوم؟",
        "لأي سبب أغلقت القناة؟",
        "ما الذي أدى إلى انهيار السد؟",
        "Why did protests begin?",
        "How come it failed?",
        "What caused the collapse?",
        "What led to the collapse of the dam?",
        "What are the main causes of inflation?",
        "What was the reason for the delay?",
    ],
    "other": [
        "ما هي منظمة معاهدة الأمن الجماعي؟",
        "كيف انهار السد؟",
        "ماذا حدث في درنة؟",
        "ماذا يحدث عندما تنخفض العملة؟",
        "هل أرسلت روسيا قوات؟",
        "من بين الأعضاء، هل توجد روسيا؟",
        "أي معاهدة وقعت؟",
        "What is the CSTO?",
        "How did the dam collapse?",
        "How do vaccines work?",
        "What did the minister say?",
        "What happens when the currency falls?",
        "What will happen to people whose homes fell?",
        "Is it true that the general who commands the troops resigned?",
        "Did Russia send troops?",
        "",
    ],
}


@pytest.mark.parametrize(
    ("kind", "question"),
    [(kind, question) for kind, questions in QUESTIONS.items() for question in questions],
)
def test_question_words_tell_the_kind_of_answer(kind: AnswerKind, question: str) -> None:
    assert expected_kind(question) == kind


@pytest.mark.parametrize(
    ("kind", "question"),
    [
        ("number", " «كَمْ عَدَدُ الجُنُود؟» "),
        ("person", "“WHO COMMANDS CSTO FORCES?”"),
        ("person", "\u200fمن يقود القوات؟\u200f"),
    ],
)
def test_the_writing_of_a_question_does_not_matter(kind: AnswerKind, question: str) -> None:
    assert expected_kind(question) == kind


@pytest.mark.parametrize(
    ("kind", "question", "sentence", "answers"),
    [
        (
            "number",
            "كم عدد الجنود المرسلين؟",
            "في 6 يناير 2022 وصل نحو ٢٬٥٠٠ جندي من خمس دول.",
            ["٢٬٥٠٠ جندي", "خمس دول"],
        ),
        (
            "number",
            "How many troops were sent in 2022?",
            "In 2022 about 2,500 troops and twelve planes came for $34.2bn, or 9% of it.",
            ["2,500 troops", "twelve planes", "$34.2bn", "9%"],
        ),
        ("number", "How many troops?", "Some 1700 troops came in 1992.", ["1700 troops"]),
        ("number", "How many of the 5 died?", "Of the 5 nobody died.", []),
        (
            "date",
            "متى وصل الجنود؟",
            "وصلوا الخميس 6 يناير/كانون الثاني 2022.",
            ["الخميس 6 يناير/كانون الثاني 2022"],
        ),
        (
            "date",
            "When was it founded?",
            "Founded in 1992, it met on May 15, 2002 and on Friday.",
            ["1992", "May 15, 2002", "Friday"],
        ),
        (
            "person",
            "من يقود قوات المنظمة؟",
            "ويقود القوات الجنرال الروسي أندريه سيرديوكوف.",
            ["أندريه سيرديوكوف"],
        ),
        (
            "person",
            "Who commands CSTO forces?",
            "Its forces are led by Andrei Serdyukov, not by Sergei Lavrov or the RAF.",
            ["Andrei Serdyukov", "Sergei Lavrov"],
        ),
        (
            "place",
            "أين وقع الزلزال؟",
            "ضرب الزلزال جنوب تركيا ومدينة أنطاكيا.",
            ["تركيا", "أنطاكيا"],
        ),
        (
            "place",
            "Where was the ship?",
            "The ship lay in the Suez Canal near Egypt.",
            ["Suez Canal", "Egypt"],
        ),
        (
            "reason",
            "لماذا بدأت الاحتجاجات؟",
            "بدأت الاحتجاجات بسبب ارتفاع سعر الغاز، ثم اتسعت.",
            ["بسبب ارتفاع سعر الغاز"],
        ),
        (
            "reason",
            "Why did it fail?",
            "Because help came too late, it failed.",
            ["Because help came too late"],
        ),
        ("other", "What is it?", "It is 5 metres tall.", []),
    ],
)
def test_candidates(kind: AnswerKind, question: str, sentence: str, answers: list[str]) -> None:
    assert expected_kind(question) == kind
    spans = candidate_spans(sentence, kind, passage_values(question))
    assert [sentence[a:b] for a, b in spans] == answers


@given(st.sampled_from(list(QUESTIONS)), texts, texts)
def test_candidates_lie_in_the_sentence_in_order(
    kind: AnswerKind, sentence: str, question: str
) -> None:
    spans = candidate_spans(sentence, kind, passage_values(question))
    assert spans == sorted(spans)
    assert all(0 <= a < b <= len(sentence) for a, b in spans)
