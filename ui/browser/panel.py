"""The settings that a reader can change in the chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rag.language.text import Lang
from rag.settings import Settings
from ui.views.words import WORDS

if TYPE_CHECKING:
    from chainlit.input_widget import InputWidget

    from rag.chain import AnswerLang

_MOST_PASSAGES = 20


def settings_panel(settings: Settings, lang: Lang) -> list[InputWidget]:
    """The widgets, in the reader's language, at the values that ``settings`` give."""
    from chainlit.input_widget import Select, Slider  # Chainlit writes files when it is imported

    words = WORDS[lang]
    return [
        Select(
            id="answer_lang",
            label=words.answer_lang,
            items={words.answer_langs[value]: value for value in ("auto", "ar", "en")},
            initial_value=settings.answer_lang,
        ),
        Slider(
            id="k",
            label=words.passages,
            description=words.passages_help,
            initial=settings.k,
            min=1,
            max=max(_MOST_PASSAGES, settings.k),
        ),
    ]


def chosen(values: Mapping[str, Any] | None, settings: Settings) -> tuple[AnswerLang, int]:
    """Language and number of passages from what the page sent; what makes no sense is not taken."""
    values = values or {}
    lang, k = values.get("answer_lang"), values.get("k")
    most = max(_MOST_PASSAGES, settings.k)
    return (
        lang if lang in ("auto", "ar", "en") else settings.answer_lang,
        round(k) if isinstance(k, (int, float)) and 1 <= k <= most else settings.k,
    )
