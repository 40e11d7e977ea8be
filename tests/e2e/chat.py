"""The chat as a reader uses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

ANSWER = ".sanad-answer"
_BOX = """(element, index) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const places = [];
    while (walker.nextNode())
        for (let i = 0; i < walker.currentNode.length; i++)
            if (walker.currentNode.data[i].trim()) places.push([walker.currentNode, i]);
    const [node, at] = places.at(index);
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    const { left, right, top } = range.getBoundingClientRect();
    return { char: node.data[at], left, right, top };
}"""


@dataclass(frozen=True)
class Chat:
    """One tab; waits where a reader would."""

    page: Page

    def wait_until_connected(self) -> None:
        """Until Enter is heard: Chainlit enables all once, and again once the chat has begun."""
        for enabled in ("#starters button", "#chat-settings-open-modal"):
            self.page.wait_for_selector(f"{enabled}:not([disabled])", timeout=60_000)

    def type(self, text: str) -> None:
        self.page.fill("#chat-input", text)

    def ask(self, question: str) -> Locator:
        """Ask and wait for the settled answer."""
        before = self.page.locator(ANSWER).count()
        self.type(question)
        self.page.press("#chat-input", "Enter")
        return self.answer(before)

    def answer(self, number: int = 0) -> Locator:
        answer = self.page.locator(ANSWER).nth(number)
        expect(answer).to_be_visible(timeout=90_000)
        return answer

    def open(self, citation: Locator) -> Locator:
        """Click a citation or a card and wait for its passage."""
        citation.click()
        passage = self.page.locator(".sanad-passage")
        expect(passage).to_be_visible()
        return passage

    def style(self, element: Locator, name: str) -> str:
        return str(element.evaluate("(e, name) => getComputedStyle(e)[name]", name))

    def box(self, element: Locator, index: int) -> dict[str, Any]:
        """Where the visible character at ``index`` of an element's text stands on the screen."""
        box: dict[str, Any] = element.evaluate(_BOX, index)
        return box

    def html(self, name: str) -> str | None:
        return self.page.locator("html").get_attribute(name)

    def overflow(self) -> int:
        """How many pixels the page is wider than its window."""
        return int(
            self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )
