"""What the settings panel sends back, and what an upload came to."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.report import Failure, IngestReport
from rag.settings import Settings
from ui.browser.panel import chosen
from ui.browser.uploads import upload_markdown


@pytest.fixture
def settings() -> Settings:
    return Settings(answer_lang="auto", k=8)


@pytest.mark.parametrize(
    ("values", "result"),
    [
        (None, ("auto", 8)),
        ({}, ("auto", 8)),
        ({"answer_lang": "ar", "k": 3}, ("ar", 3)),
        ({"answer_lang": "en", "k": 20.0}, ("en", 20)),
        ({"answer_lang": "fr", "k": 21}, ("auto", 8)),
        ({"answer_lang": None, "k": 0}, ("auto", 8)),
        ({"answer_lang": ["ar"], "k": "3"}, ("auto", 8)),
    ],
)
def test_only_sensible_choices_are_taken(
    settings: Settings, values: dict[str, Any] | None, result: tuple[str, int]
) -> None:
    assert chosen(values, settings) == result


def test_a_default_beyond_the_slider_stays_reachable() -> None:
    wide = Settings(answer_lang="ar", k=40)
    assert chosen({"k": 40}, wide) == ("ar", 40)
    assert chosen({"k": 41}, wide) == ("ar", 40)


def test_counts_are_said_in_words() -> None:
    report = IngestReport(added=2, updated=1, unchanged=11)
    assert upload_markdown(report, "ar") == (
        "أُضيف\\: مقالان · حُدّث\\: مقال واحد · بلا تغيير\\: 11 مقالًا"
    )
    assert upload_markdown(report, "en") == (
        "Added\\: 2 articles · Updated\\: 1 article · Unchanged\\: 11 articles"
    )


def test_failures_are_named_with_their_reason() -> None:
    report = IngestReport(failed=(Failure("a`b.md", "It is *empty*."),))
    assert upload_markdown(report, "en") == "Could not be read\\:\n\n`` a`b.md: It is *empty*. ``"


def test_files_without_articles_are_told_so() -> None:
    assert upload_markdown(IngestReport(), "en") == "These files hold no articles."
