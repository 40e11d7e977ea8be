from __future__ import annotations

import pytest

from rag.answer.refusal_text import refusal, refusal_reason
from rag.language.text import Lang
from rag.types import Question
from tests.rag.samples import hits, question


@pytest.mark.parametrize(
    ("lang", "has_hits", "missing", "reason"),
    [
        ("en", False, (), "No passage of the articles comes near this question."),
        ("ar", False, ("لندن",), "لا توجد في المقالات فقرة قريبة من هذا السؤال."),
        ("en", True, (), "The articles do not answer this; these are the nearest passages."),
        ("ar", True, (), "لا تجيب المقالات عن هذا السؤال؛ هذه أقرب الفقرات إليه."),
        (
            "en",
            True,
            ("London", "2024"),
            "The articles do not answer this: the nearest passages do not say “London”, “2024”.",
        ),
        (
            "ar",
            True,
            ("لندن", "٢٠٢٤"),
            "لا تجيب المقالات عن هذا السؤال: أقرب الفقرات لا تذكر «لندن»، «٢٠٢٤».",
        ),
    ],
)
def test_the_reason_is_in_the_language_of_the_answer(
    lang: Lang, has_hits: bool, missing: tuple[str, ...], reason: str
) -> None:
    assert refusal_reason(lang, has_hits, missing) == reason


def test_a_refusal_is_a_field_and_shows_the_nearest_passages() -> None:
    asked = Question("Who?", "Who?", "en", "ar")
    answer = refusal(asked, hits(), ("London",), {"select": 1.5})
    assert answer.refused
    assert answer.reason == answer.text == refusal_reason("ar", True, ("London",))
    assert (answer.question, answer.lang, answer.hits) == (asked, "ar", hits())
    assert (answer.statements, answer.citations) == ((), ())
    assert answer.missing == ("London",)
    assert answer.timings == {"select": 1.5}


def test_timings_are_the_answers_own() -> None:
    taken = {"select": 1.0}
    answer = refusal(question("Who?"), (), (), taken)
    taken["select"] = 2.0
    assert answer.timings == {"select": 1.0}
