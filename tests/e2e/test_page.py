"""The page itself: languages, directions, themes, sizes."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenChat

PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize(
    ("locale", "lang", "direction", "placeholder"),
    [
        ("ar", "ar", "rtl", "اسأل عن الأخبار"),
        ("ar-EG", "ar", "rtl", "اسأل عن الأخبار"),
        ("ar-SA", "ar", "rtl", "اسأل عن الأخبار"),
        ("ar-MA", "ar", "rtl", "اسأل عن الأخبار"),
        ("en-GB", "en", "ltr", "Ask about the news"),
        ("fr-FR", "en", "ltr", "Ask about the news"),
    ],
    ids=["ar", "ar-EG", "ar-SA", "ar-MA", "en-GB", "fr-FR"],
)
def test_the_interface_speaks_the_browsers_language(
    open_chat: OpenChat, locale: str, lang: str, direction: str, placeholder: str
) -> None:
    chat = open_chat(locale)
    assert (chat.html("lang"), chat.html("dir")) == (lang, direction)
    assert chat.page.title() == "Sanad · سند"
    composer = chat.page.locator("#chat-input")
    expect(composer).to_have_attribute("placeholder", re.compile(f"^{placeholder}"))
    assert chat.style(composer, "direction") == direction
    chat.page.click("#chat-settings-open-modal")
    title = {"ar": "الإعدادات", "en": "Settings"}[lang]
    expect(chat.page.get_by_role("dialog", name=title)).to_be_visible()


def test_each_starter_has_its_own_direction_and_is_asked_by_a_click(open_chat: OpenChat) -> None:
    chat = open_chat("ar-EG")
    arabic = chat.page.locator("#starters p", has_text="كم عدد الجنود المرسلين؟")
    english = chat.page.locator("#starters p", has_text="Who commands CSTO forces?")
    assert chat.style(arabic, "direction") == "rtl"
    assert chat.style(english, "direction") == "ltr"
    english.click()
    answer = chat.answer()
    expect(answer).to_contain_text("Serdyukov")
    assert (answer.get_attribute("lang"), chat.style(answer, "direction")) == ("en", "ltr")


def test_the_composer_turns_with_what_is_typed(open_chat: OpenChat) -> None:
    chat = open_chat("en-US")
    composer = chat.page.locator("#chat-input")
    for text, direction in (
        ("CSTO أرسلت قوات إلى كازاخستان", "rtl"),
        ("Who commands قوات?", "ltr"),
        ("", "ltr"),
    ):
        chat.type(text)
        expect(composer).to_have_css("direction", direction)


@pytest.mark.parametrize("locale", ["ar-EG", "en-US"])
def test_questions_stand_at_the_end_and_answers_at_the_start(
    open_chat: OpenChat, locale: str
) -> None:
    chat = open_chat(locale)
    answer = chat.ask("Who commands CSTO forces?").bounding_box()
    asked = chat.page.locator("[data-step-type=user_message] .bg-accent").bounding_box()
    assert answer is not None
    assert asked is not None
    room = chat.page.locator(".step").first.bounding_box()
    assert room is not None
    left = asked["x"] - room["x"]
    right = room["x"] + room["width"] - asked["x"] - asked["width"]
    assert (left < right) == locale.startswith("ar")


@pytest.mark.parametrize("locale", ["ar-EG", "en-US"])
def test_the_source_opens_at_the_end_of_the_line(open_chat: OpenChat, locale: str) -> None:
    chat = open_chat(locale)
    chat.open(chat.ask("Who commands CSTO forces?").locator(".sanad-cite").first)
    chat.page.wait_for_timeout(500)  # the panel slides in
    panel = chat.page.locator("aside").bounding_box()
    composer = chat.page.locator("#message-composer").bounding_box()
    assert panel is not None
    assert composer is not None
    assert (panel["x"] < composer["x"]) == locale.startswith("ar")
    assert panel["x"] >= 0
    assert chat.overflow() <= 0


@pytest.mark.parametrize("locale", ["ar-EG", "en-US"])
def test_the_slider_counts_in_reading_direction(open_chat: OpenChat, locale: str) -> None:
    chat = open_chat(locale)
    chat.page.click("#chat-settings-open-modal")
    slider = chat.page.locator("#chat-settings [role=slider]")
    rail = chat.page.locator("#chat-settings span[dir]", has=chat.page.locator("[role=slider]"))
    chat.page.wait_for_timeout(500)  # the dialog grows while it opens
    box = rail.bounding_box()
    assert box is not None
    rail.click(position={"x": box["width"] - 1, "y": box["height"] / 2})
    expect(slider).to_have_attribute("aria-valuenow", "1" if locale == "ar-EG" else "20")
    slider.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuenow", "2" if locale == "ar-EG" else "19")


@pytest.mark.parametrize(
    ("locale", "question"),
    [("ar-EG", "كم عدد الجنود المرسلين؟"), ("en-US", "Who commands CSTO forces?")],
    ids=["ar", "en"],
)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_phone_shows_everything_without_scrolling_sideways(
    open_chat: OpenChat, locale: str, question: str, dark: bool
) -> None:
    chat = open_chat(locale, dark=dark, **PHONE)
    assert chat.overflow() <= 0
    answer = chat.ask(question)
    assert chat.overflow() <= 0
    passage = chat.open(answer.locator(".sanad-cite").first)
    chat.page.wait_for_timeout(600)  # the sheet slides in
    assert chat.overflow() <= 0
    title = chat.page.locator("#side-view-title").bounding_box()
    close = chat.page.get_by_role("dialog").get_by_role("button").last.bounding_box()
    heading = passage.locator("h2").bounding_box()
    assert title is not None
    assert close is not None
    assert heading is not None
    assert close["y"] + close["height"] <= heading["y"], "the close button covers no text"
    assert passage.bounding_box()["width"] > 330  # type: ignore[index]
    chat.page.get_by_role("dialog").get_by_role("button").last.click()
    expect(passage).to_have_count(0)


def brightness(page: Page) -> float:
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(float(n) for n in re.findall(r"[\d.]+", colour)[:3]) / 3


def test_the_theme_follows_the_system_until_one_is_chosen(open_chat: OpenChat) -> None:
    chat = open_chat("en-US", dark=True)
    assert brightness(chat.page) < 60
    chat.page.click("#theme-toggle")
    chat.page.get_by_role("menuitem", name="Light").click()
    chat.page.wait_for_function("document.documentElement.classList.contains('light')")
    assert brightness(chat.page) > 200
    chat.page.reload()
    chat.wait_until_connected()
    assert brightness(chat.page) > 200


@pytest.mark.parametrize(
    ("locale", "says"),
    [("ar-EG", "يجيب عن الأسئلة"), ("en-US", "answers questions")],
    ids=["ar", "en"],
)
def test_the_about_page(open_chat: OpenChat, locale: str, says: str) -> None:
    chat = open_chat(locale)
    chat.page.click("#readme-button")
    dialog = chat.page.get_by_role("dialog")
    expect(dialog).to_contain_text(says)
    paragraph = dialog.locator(".prose > *").first
    expect(paragraph).to_have_css("direction", "rtl" if locale == "ar-EG" else "ltr")


@pytest.mark.parametrize(
    ("locale", "labels"),
    [
        ("ar-EG", ["أرسل السؤال", "محادثة جديدة", "بدّل المظهر", "الإعدادات"]),
        ("en-US", ["Send the question", "New chat", "Switch theme", "Settings"]),
    ],
    ids=["ar", "en"],
)
def test_buttons_have_names(open_chat: OpenChat, locale: str, labels: list[str]) -> None:
    chat = open_chat(locale)
    for label in labels:
        expect(chat.page.get_by_role("button", name=label)).to_be_visible()


def test_a_whole_session_stays_on_this_machine(open_chat: OpenChat) -> None:
    """Every test fails on a foreign request; this one goes everywhere."""
    chat = open_chat("ar-EG")
    answer = chat.ask("كم عدد الجنود المرسلين؟")
    chat.open(answer.locator(".sanad-source").first)
    for button in ("#readme-button", "#chat-settings-open-modal", "#theme-toggle"):
        chat.page.click(button)
        chat.page.wait_for_timeout(300)
        chat.page.keyboard.press("Escape")
        chat.page.wait_for_timeout(300)
    chat.page.click("#new-chat-button")
    chat.wait_until_connected()
    chat.page.reload()
    chat.wait_until_connected()
    asked = chat.page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
    assert any("/public/sanad.css" in name for name in asked)


def test_a_server_answers_only_under_its_own_names(server: str) -> None:
    port = server.rpartition(":")[2]
    polling = "/ws/socket.io/?EIO=4&transport=polling"
    for path in ("/", "/project/settings?language=en-US", polling):
        for host, status in (
            (f"127.0.0.1:{port}", 200),
            (f"localhost:{port}", 200),
            (f"evil.example:{port}", 400),
        ):
            answer = httpx.get(server + path, headers={"Host": host, "Origin": f"http://{host}"})
            assert answer.status_code == status, (host, path)
