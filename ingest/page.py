"""The words of a page's body, as extraction left it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ingest.clean import one_line

_HEADING = "head"
_LINES = frozenset({"item", "row"})
_INSIDE = frozenset({"list", "quote", "table", "body", "div"})


class Element(Protocol):
    """What is used of an lxml element."""

    tag: str
    text: str | None
    tail: str | None

    def itertext(self) -> Iterator[str]:
        """All text below, in order."""
        ...

    def __iter__(self) -> Iterator[Element]: ...


def body_text(body: Element, title: str = "") -> str:
    """Paragraphs with a blank line between them; a heading that repeats ``title`` is left out.

    ``body`` is the tree that trafilatura gives: paragraphs, headings, lists, quotes and tables.
    """
    paragraphs = list(_paragraphs(body))
    if paragraphs and title and paragraphs[0].lstrip("# ") == title:
        del paragraphs[0]
    return "\n\n".join(paragraphs)


def _paragraphs(parent: Element) -> Iterator[str]:
    """Paragraphs below ``parent``, in order."""
    if words := one_line(parent.text or ""):
        yield words
    if items := list(filter(None, (_item(child) for child in parent if child.tag in _LINES))):
        yield "\n".join(items)
    for child in parent:
        if child.tag in _INSIDE:
            yield from _paragraphs(child)
        elif child.tag not in _LINES and (words := _words(child)):
            yield f"## {one_line(words)}" if child.tag == _HEADING else words
        if words := one_line(child.tail or ""):
            yield words


def _item(element: Element) -> str:
    if element.tag == "row":
        return " | ".join(filter(None, (one_line("".join(c.itertext())) for c in element)))
    words = one_line(" ".join(element.itertext()))
    return f"- {words}" if words else ""


def _words(element: Element) -> str:
    """The words of a paragraph; its line breaks stay."""
    pieces = [element.text or ""]
    for child in element:
        pieces.append("\n" if child.tag == "lb" else "".join(child.itertext()))
        pieces.append(child.tail or "")
    lines = (one_line(line) for line in "".join(pieces).split("\n"))
    return "\n".join(filter(None, lines))
