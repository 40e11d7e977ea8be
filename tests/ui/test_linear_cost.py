"""What is shown costs no more than in proportion to its length, whatever a text repeats."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import get_args

import pytest
from rich.console import Console

from tests.linear import FRAGMENTS, assert_linear
from ui.browser.feedback import clean_comment
from ui.browser.markdown import code, escape
from ui.browser.page import content_security_policy, local_page, served_locale
from ui.terminal.bidi import Order, direction_of, embedding_levels, first_strong
from ui.terminal.contract import without_password
from ui.terminal.screen import Manner, Screen
from ui.views.layout import safe_url, shortened

MARKUP = (
    '<link href="https://',
    '<meta content="https://',
    "<link ",
    " <link",
    "<title>",
    "<script>",
    "language=ar&",
    "//",
    "//a",
    "//a:",
    "www.",
    "1.",
    "1) ",
)

CALLS: dict[str, Callable[[str], object]] = {
    "Markdown": escape,
    "code": code,
    "a comment": clean_comment,
    "an excerpt": lambda text: shortened(text, 300),
    "the end of an excerpt": lambda text: shortened(text, 300, keep_end=True),
    "an address": safe_url,
    "a password": without_password,
    "the page": local_page,
    "the policy": content_security_policy,
    "the language": served_locale,
    "the direction": direction_of,
    "the first letter": first_strong,
}


@pytest.mark.parametrize("name", CALLS)
def test_text(name: str) -> None:
    for fragment in (*FRAGMENTS, *MARKUP):
        assert_linear(CALLS[name], fragment)


@pytest.mark.parametrize("order", get_args(Order))
def test_paragraphs_on_a_terminal(order: Order) -> None:
    def call(text: str) -> None:
        console = Console(file=io.StringIO(), width=80, force_terminal=True)
        Screen(console, Manner(order)).paragraph(text)

    for fragment in (f for f in FRAGMENTS if f != "\ud800"):
        assert_linear(call, fragment, characters=8_000, seconds=0.05)


def test_embedding_levels() -> None:
    for fragment in (f for f in FRAGMENTS if f != "\ud800"):
        assert_linear(lambda text: embedding_levels(text, "rtl"), fragment, characters=20_000)
