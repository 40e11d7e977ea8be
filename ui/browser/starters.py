"""Questions to begin with: what the sample articles answer, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from rag.language.text import Lang

_STARTERS: Mapping[Lang, tuple[str, ...]] = {
    "ar": (
        "كم عدد الجنود المرسلين؟",
        "ما كمية نترات الأمونيوم التي كانت مخزنة في مرفأ بيروت؟",
        "متى غادرت آخر القوات الأجنبية كازاخستان؟",  # only an English article says it
    ),
    "en": (
        "Who commands CSTO forces?",
        "How many homes did Erdogan promise to build within a year?",
        "How many soldiers did Tajikistan send?",  # only an Arabic article says it
    ),
}


def starters(lang: Lang) -> tuple[str, ...]:
    """Starters in both languages, the reader's own first."""
    other: Lang = "en" if lang == "ar" else "ar"
    return (*_STARTERS[lang], *_STARTERS[other][:1])
