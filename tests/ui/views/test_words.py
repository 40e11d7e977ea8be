"""Which language a reader is served in, and items of both in one line."""

from __future__ import annotations

import pytest

from ui.views.words import interface_lang, listed


@pytest.mark.parametrize(
    ("locale", "lang"),
    [("ar", "ar"), ("ar-EG", "ar"), ("AR-sa", "ar"), ("en-GB", "en"), ("arn", "en"), ("", "en")],
)
def test_every_arabic_locale_is_served_in_arabic(locale: str, lang: str) -> None:
    assert interface_lang(locale) == lang


def test_listed_items_are_isolated() -> None:
    assert listed(["NATO", "2,500"], "ar") == "\u2068NATO\u2069، \u20682,500\u2069"
