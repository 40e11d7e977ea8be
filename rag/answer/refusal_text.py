"""The answer that refuses: its text, the nearest passages, and what was not found in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.language.text import Lang
from rag.types import Answer, Hit, Question

_TEXTS: dict[Lang, dict[str, str]] = {
    "ar": {
        "nothing": "لا توجد في المقالات فقرة قريبة من هذا السؤال.",
        "missing": "لا تجيب المقالات عن هذا السؤال: أقرب الفقرات لا تذكر {missing}.",
        "unanswered": "لا تجيب المقالات عن هذا السؤال؛ هذه أقرب الفقرات إليه.",
        "comma": "، ",
        "quote": "«{}»",
    },
    "en": {
        "nothing": "No passage of the articles comes near this question.",
        "missing": "The articles do not answer this: the nearest passages do not say {missing}.",
        "unanswered": "The articles do not answer this; these are the nearest passages.",
        "comma": ", ",
        "quote": "“{}”",
    },
}


def refusal_reason(lang: Lang, has_hits: bool, missing: Sequence[str]) -> str:
    """The sentence that says why, in ``lang``."""
    texts = _TEXTS[lang]
    if not has_hits:
        return texts["nothing"]
    if missing:
        quoted = texts["comma"].join(texts["quote"].format(word) for word in missing)
        return texts["missing"].format(missing=quoted)
    return texts["unanswered"]


def refusal(
    question: Question, hits: Sequence[Hit], missing: Sequence[str], timings: Mapping[str, float]
) -> Answer:
    """An answer that refuses: the reason in the asker's language, the nearest hits as they are.

    ``missing`` are the question's names, numbers and dates that the nearest passage lacks.
    """
    reason = refusal_reason(question.answer_lang, bool(hits), missing)
    return Answer(
        question=question,
        text=reason,
        lang=question.answer_lang,
        hits=tuple(hits),
        refused=True,
        reason=reason,
        missing=tuple(missing),
        timings=dict(timings),
    )
