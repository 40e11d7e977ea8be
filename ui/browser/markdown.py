"""Literal text inside Markdown: what an article says must never become markup.

The rules hold for the dialect that Chainlit's page reads: CommonMark with GitHub's tables and
autolinks, and the directives of remark-directive (``:name[…]``).
"""

from __future__ import annotations

import re

from ui.browser.notices import Notice

_MARKUP = re.compile(r"[!#$&()*+\-:<=>@\[\\\]^_`{|}~]")
_LIST_NUMBER = re.compile(r"^(\d{1,9})([.)])(?=\s|$)", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_AUTOLINK = re.compile(r"(?i)(https?:|ftp:|mailto:|xmpp:|www(?=\.))")
_CURSOR = "\u200b"
"""Chainlit draws its blinking cursor wherever this character stands."""

WORD_JOINER = "\u2060"
"""Invisible, without width: keeps an address from being taken for a link."""


def escape(text: str) -> str:
    r"""Markdown that shows ``text`` as it is: no markup, links, images, lists, tables or code.

    Line breaks stay; indentation and zero-width spaces go, because Markdown and Chainlit give
    them a meaning of their own. Addresses get an invisible word joiner, which keeps them from
    being linked.

    >>> print(escape("**2,500** <b>[x](y)</b>"))
    \*\*2,500\*\* \<b\>\[x\]\(y\)\</b\>
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(_CURSOR, "")
    text = _INDENT.sub("", text)
    text = _AUTOLINK.sub(rf"\g<1>{WORD_JOINER}", text)
    text = text.replace("@", f"{WORD_JOINER}@")
    text = _MARKUP.sub(r"\\\g<0>", text)
    return _LIST_NUMBER.sub(r"\1\\\2", text)


def code(text: str) -> str:
    """``text`` as inline code on one line, whatever backticks it holds; "" for blank text."""
    text = " ".join(text.replace(_CURSOR, "").split())
    if not text:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {text} {fence}" if longest else f"{fence}{text}{fence}"


def notice_markdown(notice: Notice) -> str:
    """A notice as a message: its title, its advice, and the detail in small print."""
    pieces = (f"**{escape(notice.title)}**", escape(notice.advice), code(notice.detail))
    return "\n\n".join(piece for piece in pieces if piece)
