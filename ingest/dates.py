"""Dates as publishers write them, to ISO 8601."""

from __future__ import annotations

import re
from datetime import date, datetime
from email.utils import parsedate_to_datetime

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan يناير كانون-الثاني جانفي",
            "february feb فبراير شباط فيفري",
            "march mar مارس آذار",
            "april apr أبريل ابريل إبريل نيسان أفريل",
            "may مايو أيار ماي",
            "june jun يونيو حزيران جوان",
            "july jul يوليو تموز جويلية",
            "august aug أغسطس اغسطس آب أوت",
            "september sep sept سبتمبر أيلول",
            "october oct أكتوبر اكتوبر تشرين-الأول",
            "november nov نوفمبر تشرين-الثاني",
            "december dec ديسمبر كانون-الأول",
        ),
        start=1,
    )
    for name in names.split()
}
_YEAR_FIRST = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+")
_TWO_WORDS = re.compile(r"(كانون|تشرين)\s+(?=الثاني|الأول)")


def iso_date(value: object) -> str | None:
    """``value`` as an ISO 8601 date or date-time, or None when it cannot be told for sure.

    Taken are dates and date-times, ISO 8601, RFC 2822, ``2022/1/6``, ``31/12/2022`` (not
    ``6/1/2022``, which readers disagree about), ``6 January 2022`` and ``6 يناير/كانون الثاني
    ٢٠٢٢``.

    >>> iso_date("6 يناير/كانون الثاني ٢٠٢٢"), iso_date("January 6, 2022"), iso_date("6/1/2022")
    ('2022-01-06', '2022-01-06', None)
    """
    if isinstance(value, date):  # a datetime is a date, too
        return value.isoformat()
    if not isinstance(value, str) or not 8 <= len(text := value.strip()) <= 80:
        return None
    text = text.translate(_DIGITS)
    return _iso(text) or _rfc(text) or _numeric(text) or _written(text)


def _iso(text: str) -> str | None:
    if not re.match(r"\d{4}-?\d\d-?\d\d", text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.date().isoformat() if len(text) <= 10 else moment.isoformat()


def _rfc(text: str) -> str | None:
    if ":" not in text:
        return None
    try:
        return parsedate_to_datetime(text).isoformat()
    except (ValueError, TypeError, OverflowError):
        return None


def _numeric(text: str) -> str | None:
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(match[1], int(match[2]), match[3])
    if match := _YEAR_LAST.fullmatch(text):
        first, second = int(match[1]), int(match[2])
        if first > 12 or first == second:
            return _day(match[3], second, match[1])
        if second > 12:
            return _day(match[3], first, match[2])
    return None


def _written(text: str) -> str | None:
    """A day, a month's name (or its two Arabic names, agreeing) and a year, and little else."""
    words = _WORDS.findall(_TWO_WORDS.sub(r"\1-", text.lower()))
    months = {_MONTHS[word] for word in words if word in _MONTHS}
    numbers = [word for word in words if word.isdigit()]
    years = [number for number in numbers if len(number) == 4]
    days = [number for number in numbers if len(number) <= 2]
    if len(months) == len(years) == len(days) == 1 and len(words) <= 6:
        return _day(years[0], months.pop(), days[0])
    return None


def _day(year: str, month: int, day: str) -> str | None:
    try:
        return date(int(year), month, int(day)).isoformat()
    except ValueError:
        return None
