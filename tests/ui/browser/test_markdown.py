"""Literal text in Markdown, checked with a parser of the same dialect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ui.browser.markdown import WORD_JOINER, code, escape, notice_markdown
from ui.browser.notices import Notice

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PLAIN = {"paragraph_open", "inline", "paragraph_close"}


def shown(markdown: str) -> str:
    """The text that a reader sees; fails where anything but plain paragraphs was parsed."""
    seen = []
    for token in PARSER.parse(markdown):
        assert token.type in PLAIN, (token.type, markdown)
        for child in token.children or []:
            assert child.type in {"text", "softbreak", "hardbreak", "text_special"}, child
            seen.append(child.content if child.content else "\n")
        seen.append("\n")
    return "".join(seen).replace(WORD_JOINER, "")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![i](http://evil.example/i.png)",
        "**bold** _it_ ~~gone~~ `code`",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "# heading\n> quote\n- list\n1. one\n2) two",
        "title\n===\nother\n---",
        "    indented code",
        "```\nfence\n```",
        "<http://evil.example>",
        "&amp; &lt;b&gt;",
        "[1]: http://evil.example",
        "C:\\temp\\*",
        "line one  \nline two",
    ],
)
def test_markup_is_shown_as_it_is(text: str) -> None:
    assert " ".join(shown(escape(text)).split()) == " ".join(text.split())


@given(st.text(alphabet=st.sampled_from("ab1 \n\t*_`[]()<>!#|-=+~\\&:.@/\"'س،")))
def test_nothing_becomes_markup(text: str) -> None:
    assert shown(escape(text)).split() == text.split()


@pytest.mark.parametrize(
    ("address", "broken"),
    [
        ("https://evil.example/a", "https\\:" + WORD_JOINER + "//evil.example/a"),
        ("WWW.evil.example", "WWW" + WORD_JOINER + ".evil.example"),
        ("a@evil.example", "a" + WORD_JOINER + "\\@evil.example"),
    ],
)
def test_addresses_are_kept_from_being_linked(address: str, broken: str) -> None:
    assert escape(address) == broken


def test_directives_and_the_cursor_mean_nothing() -> None:
    assert escape(":name[x]\u200b at 10:30") == "\\:name\\[x\\] at 10\\:30"


@pytest.mark.parametrize("text", ["plain", "a`b", "``two`` ticks", "`", "a\nb", "ends in `"])
def test_code_holds_any_text(text: str) -> None:
    (paragraph,) = [t for t in PARSER.parse(code(text)) if t.type == "inline"]
    (inline,) = paragraph.children or []
    assert (inline.type, inline.content.strip()) == ("code_inline", " ".join(text.split()))


def test_blank_text_makes_no_code() -> None:
    assert code("  \n") == ""


def test_a_notice_has_title_advice_and_detail() -> None:
    notice = Notice("A *title*", "Do this.", "because")
    assert notice_markdown(notice) == "**A \\*title\\***\n\nDo this.\n\n`because`"
    assert notice_markdown(Notice("T", "A")) == "**T**\n\nA"
