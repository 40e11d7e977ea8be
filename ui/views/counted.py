"""Counts of things in words that agree with their number."""

from __future__ import annotations

from rag.language.text import Lang


def count_of_articles(count: int, lang: Lang) -> str:
    """How many articles, in words that agree with the number.

    >>> count_of_articles(1, "en"), count_of_articles(2, "ar"), count_of_articles(3, "ar")
    ('1 article', 'مقالان', '3 مقالات')
    """
    if lang == "en":
        return f"{count} article{'' if count == 1 else 's'}"
    if count == 1:
        return "مقال واحد"
    if count == 2:
        return "مقالان"
    if 3 <= count % 100 <= 10:
        return f"{count} مقالات"
    return f"{count} مقالًا" if count % 100 >= 11 else f"{count} مقال"


def other_uploads(count: int, lang: Lang) -> str:
    """How many uploads come first, as the object of waiting.

    >>> other_uploads(1, "en"), other_uploads(2, "ar"), other_uploads(3, "ar")
    ('1 other upload', 'عمليتي رفع أخريين', '3 عمليات رفع أخرى')
    """
    if lang == "en":
        return f"{count} other upload{'' if count == 1 else 's'}"
    if count == 1:
        return "عملية رفع أخرى"
    if count == 2:
        return "عمليتي رفع أخريين"
    return f"{count} {'عمليات' if 3 <= count % 100 <= 10 else 'عملية'} رفع أخرى"
