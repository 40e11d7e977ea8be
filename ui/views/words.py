"""What the interface says, in both of its languages.

Sentences with ``{…}`` are filled with `str.format`. Digits stay as Western digits, the way the
articles write them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rag.language.text import Lang


@dataclass(frozen=True, slots=True)
class Words:
    """Every text that a face shows to its reader, in one language."""

    language_names: Mapping[Lang, str]
    months: tuple[str, ...]

    sources: str
    nearest: str
    copy: str
    copied: str
    source_label: str
    headline: str
    foreign: Mapping[Lang, str]
    unsupported: str
    unsupported_list: str
    refused: str
    not_found: str
    index_mending: str
    index_failed: str

    wrong: str
    wrong_what: str
    wrong_kept: str
    wrong_send: str
    wrong_cancel: str
    wrong_noted: str
    wrong_before: str
    wrong_forgotten: str
    wrong_unwritten: str
    wrong_unsent: str

    panel: str
    original: str
    verified: str
    verified_headline: str
    unverified: str
    begins: str
    earlier: str
    later: str
    article_language: str
    panel_failed: str

    loading: str
    queued: str
    reading: str
    failed: str
    waiting: str
    stopped: str
    unbegun: str
    halted: str

    added: str
    updated: str
    unchanged: str
    unread: str
    nothing_read: str

    answer_lang: str
    answer_langs: Mapping[str, str]
    passages: str
    passages_help: str


ARABIC = Words(
    language_names={"ar": "العربية", "en": "الإنجليزية"},
    months=(
        "يناير/كانون الثاني",
        "فبراير/شباط",
        "مارس/آذار",
        "أبريل/نيسان",
        "مايو/أيار",
        "يونيو/حزيران",
        "يوليو/تموز",
        "أغسطس/آب",
        "سبتمبر/أيلول",
        "أكتوبر/تشرين الأول",
        "نوفمبر/تشرين الثاني",
        "ديسمبر/كانون الأول",
    ),
    sources="المصادر",
    nearest="أقرب ما ورد في المقالات",
    copy="انسخ الجواب مع مصادره",
    copied="نُسخ",
    source_label="المصدر {number}: {title}",
    headline="العنوان",
    foreign={
        "ar": "الجواب مقتبس من مقال بالعربية بلغته الأصلية.",
        "en": "الجواب مقتبس من مقال بالإنجليزية بلغته الأصلية.",
    },
    unsupported="لا يسند هذه الجملةَ أيُّ مقطع من المقالات",
    unsupported_list="لم يرد في المقاطع المستشهد بها: {items}",
    refused="لا تجيب المقالات عن هذا السؤال",
    not_found="لم يرد في المقالات: {items}",
    index_mending="يُصلَح فهرس البحث الآن، وحتى ينتهي إصلاحه يبحث سند من دونه، وذلك أبطأ.",
    index_failed="تعذر إصلاح فهرس البحث، فيبحث سند من دونه، وذلك أبطأ. السبب في سجل الخادم.",
    wrong="غير صحيح؟",
    wrong_what="ما الخطأ في هذا الجواب؟ (اختياري)",
    wrong_kept="يُحفظ السؤال وما سبقه في المحادثة، والجواب ومقاطعه وتعليقك، في ملف على الجهاز الذي "
    "يعمل عليه سند.",
    wrong_send="إرسال",
    wrong_cancel="إلغاء",
    wrong_noted="كُتبت مسوّدة سؤال في الملف أدناه. إذا أُضيف إليها الجواب المتوقع دخلت في اختبار "
    "\u2068sanad\u00a0eval\u2069.",
    wrong_before="سبق أن سُجّلت ملاحظة على هذا الجواب، والمسوّدة في الملف أدناه.",
    wrong_forgotten="لم يعد سند يحفظ هذا الجواب. أعد طرح السؤال، ثم علّق على جوابه.",
    wrong_unwritten="لم تُحفظ المسوّدة.",
    wrong_unsent="لم يصل تعليقك. تحقق من أن سند ما زال يعمل، ثم أعد إرساله.",
    panel="المصدر",
    original="المقال الأصلي",
    verified="اقتباس حرفي من المقال",
    verified_headline="اقتباس حرفي من عنوان المقال",
    unverified="لم يُعثر على هذا الاقتباس حرفيًا في المقال",
    begins="أول المقال",
    earlier="قبله في المقال",
    later="بعده في المقال",
    article_language="لغة المقال: {language}",
    panel_failed="تعذر فتح هذا المقطع.",
    loading="يستعد سند: يُحمَّل نموذج اللغة…",
    queued="ملفاتك في الدور، بانتظار {uploads}.",
    reading="تُقرأ المقالات: {done} من {total}",
    failed="لم يستعد سند. اسأل لترى السبب ولتعاد المحاولة.",
    waiting="سيُجاب عن سؤالك فور الانتهاء.",
    stopped="أُوقف الجواب.",
    unbegun="أُوقف الرفع قبل أن تبدأ القراءة.",
    halted="أُوقفت القراءة. ما حُفظ من المقالات قبل ذلك يبقى.",
    added="أُضيف",
    updated="حُدّث",
    unchanged="بلا تغيير",
    unread="تعذرت قراءة",
    nothing_read="لا مقالات في هذه الملفات.",
    answer_lang="لغة الجواب",
    answer_langs={"auto": "لغة السؤال", "ar": "العربية", "en": "الإنجليزية"},
    passages="عدد المقاطع",
    passages_help="كم مقطعًا من المقالات يجوز أن يستند إليه الجواب.",
)

ENGLISH = Words(
    language_names={"ar": "Arabic", "en": "English"},
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    sources="Sources",
    nearest="Nearest passages",
    copy="Copy the answer with its sources",
    copied="Copied",
    source_label="Source {number}: {title}",
    headline="Headline",
    foreign={
        "ar": "Quoted from an Arabic article, in the original.",
        "en": "Quoted from an English article, in the original.",
    },
    unsupported="No passage of the articles backs this sentence",
    unsupported_list="Not in the cited passages: {items}",
    refused="The articles do not answer this question",
    not_found="Not found in the articles: {items}",
    index_mending="The search index is being repaired. Until that is done Sanad searches without "
    "it, which is slower.",
    index_failed="The search index could not be repaired. Sanad searches without it, which is "
    "slower; the server's log says why.",
    wrong="Not right?",
    wrong_what="What is wrong with this answer? (optional)",
    wrong_kept="The question and what came before it, the answer, its passages and your comment "
    "are kept in a file on the computer that Sanad runs on.",
    wrong_send="Send",
    wrong_cancel="Cancel",
    wrong_noted="A draft question was written to the file below. Once its expected answer is "
    "filled in, \u2068sanad\u00a0eval\u2069 can ask it.",
    wrong_before="This answer was noted before; its draft is in the file below.",
    wrong_forgotten="Sanad no longer remembers this answer. Ask again, then comment on the new "
    "one.",
    wrong_unwritten="The draft was not kept.",
    wrong_unsent="Your comment did not arrive. Check that Sanad is still running, then send it "
    "again.",
    panel="Source",
    original="Original article",
    verified="Verbatim quote from the article",
    verified_headline="Verbatim quote from the headline",
    unverified="This quote was not found word for word in the article",
    begins="The article begins",
    earlier="Earlier in the article",
    later="Later in the article",
    article_language="Article in {language}",
    panel_failed="This passage could not be opened.",
    loading="Sanad is getting ready: loading the language model…",
    queued="Your files wait for {uploads}.",
    reading="Reading articles: {done} of {total}",
    failed="Sanad is not ready. Ask to see why and to try again.",
    waiting="Your question will be answered as soon as this is done.",
    stopped="The answer was stopped.",
    unbegun="The upload was stopped before anything was read.",
    halted="Reading was stopped. Articles stored before that stay.",
    added="Added",
    updated="Updated",
    unchanged="Unchanged",
    unread="Could not be read",
    nothing_read="These files hold no articles.",
    answer_lang="Answer in",
    answer_langs={"auto": "The language of the question", "ar": "Arabic", "en": "English"},
    passages="Passages",
    passages_help="How many passages of the articles an answer may rest on.",
)

WORDS: Mapping[Lang, Words] = {"ar": ARABIC, "en": ENGLISH}


def interface_lang(locale: str | None) -> Lang:
    """The interface language for a browser locale: Arabic for ``ar`` and ``ar-EG``, else English.

    >>> interface_lang("ar-MA"), interface_lang("fr-FR"), interface_lang(None)
    ('ar', 'en', 'en')
    """
    return "ar" if (locale or "").lower().split("-")[0] == "ar" else "en"


def listed(items: Iterable[str], lang: Lang) -> str:
    """Items of any language in one line, each isolated so that none disturbs its neighbours."""
    comma = "، " if lang == "ar" else ", "
    return comma.join(f"\u2068{item}\u2069" for item in items)
