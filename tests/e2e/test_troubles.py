"""What a reader sees when something is wrong, and that nothing an article says takes over."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.chat import ANSWER
from tests.e2e.conftest import OpenChat, StartServer


def test_an_empty_question_is_not_sent(open_chat: OpenChat) -> None:
    chat = open_chat("en-US")
    for text in ("", "   \n "):
        chat.type(text)
        chat.page.press("#chat-input", "Enter")
        expect(chat.page.locator("#chat-submit")).to_be_disabled()
    expect(chat.page.locator("#starters")).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "says"),
    [("ar-EG", "2001 حرفًا، والحد 2000"), ("en-US", "2001 characters of 2000")],
    ids=["ar", "en"],
)
def test_an_overlong_question_is_stopped_and_kept(
    open_chat: OpenChat, locale: str, says: str
) -> None:
    chat = open_chat(locale)
    question = "س" * 2001
    problem = chat.page.locator("#sanad-problem")
    chat.type(question)
    chat.page.press("#chat-input", "Enter")
    expect(problem).to_contain_text(says)
    expect(chat.page.locator("#chat-input")).to_have_value(question)
    chat.page.click("#chat-submit")
    expect(chat.page.locator("[data-step-type=user_message]")).to_have_count(0)
    chat.type(question[:100])
    expect(problem).to_be_hidden()
    chat.page.click("#chat-submit")
    expect(chat.page.locator("[data-step-type=user_message]")).to_have_count(1)


def test_more_than_the_websocket_carries_is_stopped(open_chat: OpenChat) -> None:
    chat = open_chat("en-US")
    chat.type("x" * 1_100_000)
    chat.page.press("#chat-input", "Enter")
    expect(chat.page.locator("#sanad-problem")).to_contain_text("too long")
    chat.type("")
    expect(chat.ask("How many soldiers did Tajikistan send?")).to_contain_text("200")


@pytest.mark.parametrize(
    ("locale", "question", "says"),
    [
        ("ar-EG", "س" * 2001, "السؤال أطول من اللازم"),
        ("en-US", "؟؟؟ !!!", "This question cannot be searched for"),
    ],
    ids=["long", "wordless"],
)
def test_the_server_refuses_what_the_page_lets_through(
    open_chat: OpenChat, locale: str, question: str, says: str
) -> None:
    chat = open_chat(locale)
    chat.page.route("**/public/sanad.js", lambda route: route.fulfill(body=""))
    chat.page.reload()
    chat.wait_until_connected()
    chat.type(question)
    chat.page.press("#chat-input", "Enter")
    notice = chat.page.locator(".ai-message .prose")
    expect(notice).to_contain_text(says)
    expect(chat.page.locator(ANSWER)).to_have_count(0)


def test_hostile_articles_are_shown_literally(open_chat: OpenChat) -> None:
    chat = open_chat("en-US")
    answer = chat.ask("How much did the Grobnik bridge cost?")
    text = answer.locator(".sanad-text").first
    for literal in ("<script>window.pwned='text'</script>", "<img src=x", "[x](javascript:"):
        expect(text).to_contain_text(literal)
    expect(answer.locator(".sanad-title-text").first).to_contain_text("**Grobnik** bridge")

    passage = chat.open(answer.locator(".sanad-source").first)
    expect(passage.locator("h2")).to_contain_text("<script>window.pwned='title'</script>")
    expect(passage).to_contain_text("<img src=http://evil.example/s.png")
    expect(passage).to_contain_text("![i](http://evil.example/i.png) **not bold** `code` :smile:")
    expect(passage).to_contain_text("| northern | 88 metres |")
    for place in (answer, passage, chat.page.locator(".ai-message .prose")):
        expect(place.locator("script, img, a, table, em, code")).to_have_count(0)
    assert chat.page.evaluate("window.pwned") is None


def test_a_store_in_use_is_explained(
    open_chat: OpenChat, start_server: StartServer, store: Path, server: str
) -> None:
    with start_server(store) as second:
        chat = open_chat("ar-EG", url=second)
        expect(chat.page.locator("#sanad-state")).to_contain_text("لم يستعد سند")
        chat.type("كم عدد الجنود المرسلين؟")
        chat.page.press("#chat-input", "Enter")
        said = chat.page.locator(".ai-message .prose")
        expect(said).to_contain_text("مخزن المقالات تستعمله عملية أخرى")
        expect(said.locator("code")).to_contain_text(str(store))
        assert "Traceback" not in said.inner_text()
        assert chat.style(said.locator("> *").first, "direction") == "rtl"
        assert chat.style(said.locator("code"), "direction") == "ltr"
