"""Hits over two small articles, one in each language, that tell the same."""

from __future__ import annotations

from rag.language.text import Lang, detect_language
from rag.types import Article, Chunk, Hit, Question

PARAGRAPHS = (
    "أرسلت منظمة معاهدة الأمن الجماعي نحو 2500 جندي إلى كازاخستان في 6 يناير 2022. ويقود القوات "
    "الجنرال الروسي أندريه سيرديوكوف، وقد وصلت طلائعها إلى ألماتي.",
    "The Collective Security Treaty Organization sent about 2,500 troops to Kazakhstan on "
    "January 6, 2022. Their commander is Russian General Andrei Serdyukov. President Tokayev had "
    "asked for them.",
    "بدأت الاحتجاجات في جاناوزين بعد ارتفاع سعر الغاز. وبلغ السعر 120 تنغة للتر.",
)


def hit(text: str, rank: int = 1, *, before: str = "") -> Hit:
    """A hit whose passage is ``text``, in an article where ``before`` stands in front of it."""
    lang: Lang = detect_language(text)
    article = Article(f"article-{rank}", f"Title {rank}", before + text, lang)
    start = len(before)
    chunk = Chunk(f"chunk-{rank}", article.id, text, start, start + len(text), lang)
    return Hit(chunk, article, rank, 1 / rank)


def hits() -> tuple[Hit, ...]:
    """A hit for each of the paragraphs, none of which begins its article."""
    return tuple(hit(text, rank, before="…\n\n") for rank, text in enumerate(PARAGRAPHS, 1))


def question(text: str) -> Question:
    """A question that stands alone, to be answered in its own language."""
    lang = detect_language(text)
    return Question(text, text, lang, lang)
