"""What went wrong, in the reader's language: every error of Sanad as a short notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rag.errors import (
    ChatModelError,
    EncoderError,
    EvaluationError,
    QuestionError,
    ReaderError,
    SanadError,
    SettingsError,
    SourceError,
    StoreError,
    StoreLocked,
    StoreMismatch,
    StoreMissing,
)
from rag.language.text import Lang
from ui.browser.startup import Stage
from ui.views.counted import other_uploads
from ui.views.words import WORDS


@dataclass(frozen=True, slots=True)
class Notice:
    """A title, what the reader can do, and the technical detail as it was raised."""

    title: str
    advice: str
    detail: str = ""


_NOTICES: Mapping[type[Exception], Mapping[Lang, tuple[str, str]]] = {
    QuestionError: {
        "ar": ("لا يمكن البحث عن هذا السؤال", "اكتب سؤالًا قصيرًا بالعربية أو الإنجليزية."),
        "en": ("This question cannot be searched for", "Ask a short question in either language."),
    },
    StoreMissing: {
        "ar": ("لا توجد مقالات بعد", "أضف مقالات بالأمر sanad ingest ثم اسأل من جديد."),
        "en": ("There are no articles yet", "Add some with sanad ingest, then ask again."),
    },
    StoreLocked: {
        "ar": (
            "مخزن المقالات تستعمله عملية أخرى",
            "أغلق العملية الأخرى، أو شغّل خادم Chroma مشتركًا، ثم اسأل من جديد.",
        ),
        "en": (
            "Another process is using the article store",
            "Close the other one, or share a Chroma server, then ask again.",
        ),
    },
    StoreMismatch: {
        "ar": (
            "بُني مخزن المقالات بنموذج أو إصدار آخر",
            "أعد فهرسة المقالات، ثم اسأل من جديد.",
        ),
        "en": (
            "The article store was built by another model or version",
            "Index the articles again, then ask again.",
        ),
    },
    StoreError: {
        "ar": ("تعذر استعمال مخزن المقالات", "راجع التفاصيل أدناه، ثم اسأل من جديد."),
        "en": ("The article store cannot be used", "See the detail below, then ask again."),
    },
    EvaluationError: {
        "ar": ("تعذّر استعمال أسئلة التقييم أو تقريره", "راجع التفاصيل أدناه."),
        "en": ("A question set or a report cannot be used", "See the detail below."),
    },
    ChatModelError: {
        "ar": (
            "نموذج المحادثة لا يجيب",
            "تحقق من أنه يعمل، أو ألغِ SANAD_CHAT_MODEL ليُجيب سند من المقالات مباشرة.",
        ),
        "en": (
            "The chat model does not answer",
            "Check that it is running, or unset SANAD_CHAT_MODEL to be answered from the articles.",
        ),
    },
    EncoderError: {
        "ar": ("تعذر تحميل نموذج اللغة", "راجع التفاصيل أدناه ثم أعد تشغيل سند."),
        "en": ("The language model cannot be loaded", "See the detail below, then restart Sanad."),
    },
    ReaderError: {
        "ar": ("تعذر تحميل نموذج القراءة", "راجع التفاصيل أدناه ثم أعد تشغيل سند."),
        "en": ("The reading model cannot be loaded", "See the detail below, then restart Sanad."),
    },
    SettingsError: {
        "ar": ("في الإعدادات قيمة لا تصلح", "صحّحها ثم أعد تشغيل سند."),
        "en": ("A setting makes no sense", "Correct it, then restart Sanad."),
    },
    SourceError: {
        "ar": ("تعذرت قراءة أحد المقالات", "راجع التفاصيل أدناه."),
        "en": ("An article cannot be read", "See the detail below."),
    },
    SanadError: {
        "ar": ("تعذر إتمام الطلب", "راجع التفاصيل أدناه."),
        "en": ("That did not work", "See the detail below."),
    },
    Exception: {
        "ar": ("حدث خطأ غير متوقع", "أعد المحاولة؛ سُجّلت التفاصيل في سجل الخادم."),
        "en": ("Something unexpected went wrong", "Try again; the server's log has the details."),
    },
}

_TOO_LONG: Mapping[Lang, tuple[str, str]] = {
    "ar": ("السؤال أطول من اللازم", "طوله {length} حرفًا، والحد {limit}: اختصره من فضلك."),
    "en": ("The question is too long", "It has {length} characters and may have {limit}."),
}
_EMPTY: Mapping[Lang, tuple[str, str]] = {
    "ar": ("السؤال فارغ", "اكتب سؤالك بالعربية أو الإنجليزية."),
    "en": ("The question is empty", "Ask your question in Arabic or English."),
}


def notice(error: Exception, lang: Lang) -> Notice:
    """The notice for an error; unexpected ones keep their detail for the log."""
    kind = next(kind for kind in type(error).__mro__ if kind in _NOTICES)
    title, advice = _NOTICES[kind][lang]
    return Notice(title, advice, str(error) if isinstance(error, SanadError) else "")


def question_notice(text: str, limit: int, lang: Lang) -> Notice | None:
    """What is wrong with the length of a question; None if nothing is."""
    if not text.strip():
        return Notice(*_EMPTY[lang])
    if len(text) <= limit:
        return None
    title, advice = _TOO_LONG[lang]
    return Notice(title, advice.format(length=len(text), limit=limit))


def stage_text(stage: Stage, lang: Lang) -> str:
    """What the server is doing while it gets ready or reads; "" once it is done."""
    words = WORDS[lang]
    match stage.name:
        case "queued":
            return words.queued.format(uploads=other_uploads(stage.total, lang))
        case "loading":
            return words.loading
        case "reading":
            return words.reading.format(done=stage.done, total=stage.total)
        case "failed":
            return words.failed
        case "ready":
            return ""
