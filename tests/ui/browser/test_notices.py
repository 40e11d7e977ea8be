"""Errors in the reader's language."""

from __future__ import annotations

import re

import pytest

from rag import errors
from rag.language.text import LANGS, Lang
from ui.browser.notices import Notice, notice, question_notice, stage_text
from ui.browser.startup import Stage
from ui.views.words import WORDS

KINDS = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, Exception)]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_its_own_notice(kind: type[Exception], lang: Lang) -> None:
    said = notice(kind("because"), lang)
    assert said.detail == "because"
    assert bool(re.search("[ء-ي]", said.title + said.advice)) == (lang == "ar")
    others = {notice(other("x"), lang).title for other in KINDS if other is not kind}
    assert said.title not in others


def test_the_detail_of_a_fault_is_for_the_log() -> None:
    assert notice(ZeroDivisionError("secret"), "en") == Notice(
        "Something unexpected went wrong", "Try again; the server's log has the details."
    )


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", "The question is empty"),
        (" \n\t", "The question is empty"),
        ("x" * 11, "The question is too long"),
        ("x" * 10, None),
    ],
)
def test_the_length_of_a_question(text: str, title: str | None) -> None:
    said = question_notice(text, 10, "en")
    assert (said.title if said else None) == title


def test_an_overlong_question_is_told_its_length() -> None:
    said = question_notice("س" * 2001, 2000, "ar")
    assert said == Notice("السؤال أطول من اللازم", "طوله 2001 حرفًا، والحد 2000: اختصره من فضلك.")


def test_stages_are_told() -> None:
    assert stage_text(Stage("reading", 3, 12), "ar") == "تُقرأ المقالات: 3 من 12"
    assert stage_text(Stage("loading"), "en") == WORDS["en"].loading
    assert stage_text(Stage("failed"), "en") == WORDS["en"].failed
    assert stage_text(Stage("ready"), "en") == ""
