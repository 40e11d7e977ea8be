"""Asking, reading and checking an answer, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OpenChat

SOLDIERS = "كم عدد الجنود المرسلين؟"
COMMANDER = "Who commands CSTO forces?"
HOMES = "How many homes did Erdogan promise to build within a year?"


def test_an_arabic_question(open_chat: OpenChat) -> None:
    chat = open_chat("ar-EG")
    answer = chat.ask(SOLDIERS)
    text = answer.locator(".sanad-text").first
    expect(text).to_contain_text("2500 جندي")
    assert chat.style(text, "direction") == "rtl"
    assert "2500" in answer.locator(".sanad-text strong").first.inner_text()
    assert chat.style(answer.locator("strong").first, "fontStyle") == "normal"
    expect(answer.locator(".sanad-strip")).to_contain_text("العربية")

    passage = chat.open(answer.locator(".sanad-cite").first)
    mark = passage.locator("mark")
    expect(mark).to_be_visible()
    assert "2500 جندي" in mark.inner_text()
    assert len(passage.locator("blockquote").inner_text()) > len(mark.inner_text())
    assert chat.style(mark, "direction") == "rtl"
    assert chat.style(mark, "backgroundColor") != chat.style(passage, "backgroundColor")


def test_an_english_question(open_chat: OpenChat) -> None:
    chat = open_chat("en-GB")
    answer = chat.ask(COMMANDER)
    text = answer.locator(".sanad-text").first
    expect(text).to_contain_text("Serdyukov")
    assert chat.style(text, "direction") == "ltr"

    card = answer.locator(".sanad-source").first
    passage = chat.open(card)
    assert "Serdyukov" in passage.locator("mark").inner_text()
    expect(passage.locator("h2")).to_have_text(card.locator(".sanad-title-text").inner_text())
    expect(passage.locator(".sanad-verdict")).to_be_visible()
    assert chat.style(passage.locator("blockquote"), "direction") == "ltr"


@pytest.mark.parametrize(
    ("locale", "question"), [("ar-EG", SOLDIERS), ("en-US", HOMES)], ids=["ar", "en"]
)
def test_punctuation_stands_on_its_side(open_chat: OpenChat, locale: str, question: str) -> None:
    chat = open_chat(locale)
    text = chat.ask(question).locator(".sanad-text").first
    first, second = chat.box(text, 0), chat.box(text, 1)
    sentence = text.evaluate("e => e.textContent.replace(/\\s/g, '').indexOf('[')")
    stop, before = chat.box(text, sentence - 1), chat.box(text, sentence - 2)
    assert stop["char"] == "."
    if locale.startswith("ar"):
        assert first["right"] > second["right"], "the sentence begins on the right"
        assert stop["right"] <= before["left"] + 1, "its full stop is on the left of the last word"
    else:
        assert first["left"] < second["left"]
        assert stop["left"] >= before["right"] - 1
    asked = chat.page.locator("[data-step-type=user_message] pre")
    mark, letter = chat.box(asked, -1), chat.box(asked, -2)
    assert mark["char"] in "؟?"
    assert (mark["left"] < letter["left"]) == locale.startswith("ar")


def test_the_answer_streams_before_it_settles(open_chat: OpenChat) -> None:
    chat = open_chat("en-US")
    chat.page.evaluate(
        """() => {
            window.seen = [];
            new MutationObserver(() => {
                if (document.querySelector('.sanad-answer')) return;
                const text = document.querySelector('.ai-message .prose')?.innerText || '';
                if (text && text !== window.seen.at(-1)) window.seen.push(text);
            }).observe(document.body, { childList: true, subtree: true, characterData: true });
        }"""
    )
    chat.ask(HOMES)
    seen = chat.page.evaluate("window.seen")
    assert len(seen) >= 2
    assert len(seen[0]) < len(seen[-1])
    assert "319,000 homes" in seen[-1]
    expect(chat.page.locator(".ai-message .prose")).to_be_hidden()


@pytest.mark.parametrize(
    ("locale", "question", "found", "note"),
    [
        ("en-US", "How many soldiers did Tajikistan send?", "200", "Arabic"),
        ("ar-MA", "متى غادرت آخر القوات الأجنبية كازاخستان؟", "Jan. 19", "بالإنجليزية"),
    ],
    ids=["en", "ar"],
)
def test_an_answer_from_the_other_language(
    open_chat: OpenChat, locale: str, question: str, found: str, note: str
) -> None:
    chat = open_chat(locale)
    answer = chat.ask(question)
    own, other = ("rtl", "ltr") if locale.startswith("ar") else ("ltr", "rtl")
    statement = answer.locator(".sanad-statement", has=chat.page.locator(".sanad-foreign")).first
    expect(statement).to_contain_text(found)
    expect(statement).to_contain_text(note)
    assert chat.style(answer, "direction") == own
    assert chat.style(statement.locator(".sanad-text"), "direction") == other
    assert chat.style(statement.locator(".sanad-lead, .sanad-note").first, "direction") == own

    passage = chat.open(statement.locator(".sanad-cite").first)
    assert found in passage.locator("mark").inner_text()
    assert chat.style(passage, "direction") == own
    assert chat.style(passage.locator("blockquote"), "direction") == other


@pytest.mark.parametrize(
    ("locale", "question", "direction"),
    [
        ("en-US", "Who won the 1987 chess olympiad in Reykjavik?", "ltr"),
        ("ar-SA", "من اخترع المحرك النفاث في مدينة لشبونة سنة 1804؟", "rtl"),
    ],
    ids=["en", "ar"],
)
def test_a_refusal_says_why_and_shows_what_is_near(
    open_chat: OpenChat, locale: str, question: str, direction: str
) -> None:
    chat = open_chat(locale)
    answer = chat.ask(question)
    box = answer.locator(".sanad-refusal")
    expect(box).to_be_visible()
    assert chat.style(box, "direction") == direction
    assert len(box.inner_text()) > 20
    expect(answer.locator(".sanad-cite")).to_have_count(0)
    expect(answer.locator(".sanad-source")).to_have_count(3)
    passage = chat.open(answer.locator(".sanad-source").first)
    expect(passage.locator("blockquote")).not_to_be_empty()
    expect(passage.locator("mark")).to_have_count(0)


def test_another_citation_takes_the_place_of_the_first(open_chat: OpenChat) -> None:
    chat = open_chat("en-US")
    first = chat.open(chat.ask(HOMES).locator(".sanad-cite").first)
    quote = first.locator("mark").inner_text()
    second = chat.open(
        chat.ask("How many soldiers did Tajikistan send?").locator(".sanad-cite").first
    )
    expect(second.locator("mark")).to_contain_text("200")
    again = chat.open(chat.answer(0).locator(".sanad-cite").first)
    expect(again.locator("mark")).to_have_text(quote)
    chat.page.get_by_role("button", name="Close the source").click()
    expect(chat.page.locator(".sanad-passage")).to_have_count(0)
    chat.open(chat.answer(0).locator(".sanad-cite").first)


def test_a_follow_up_leans_on_the_question_before(open_chat: OpenChat) -> None:
    chat = open_chat("ar-EG")
    chat.ask("ما كمية نترات الأمونيوم التي كانت مخزنة في مرفأ بيروت؟")
    expect(chat.ask("ومنذ متى؟").locator(".sanad-text").first).to_contain_text("عام 2014")
    chat.page.click("#new-chat-button")
    chat.wait_until_connected()
    expect(chat.ask("ومنذ متى؟")).not_to_contain_text("عام 2014")


def test_the_settings_decide_the_language_of_the_answer(open_chat: OpenChat) -> None:
    chat = open_chat("en-US")
    chat.page.click("#chat-settings-open-modal")
    chat.page.click("#answer_lang")
    chat.page.get_by_role("option", name="Arabic").click()
    chat.page.click("#chat-settings #confirm")
    answer = chat.ask(COMMANDER)
    assert answer.get_attribute("lang") == "ar"
    expect(answer.locator(".sanad-strip")).to_contain_text("المصادر")


def test_the_answer_can_be_copied_with_its_sources(open_chat: OpenChat) -> None:
    chat = open_chat("en-US")
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answer = chat.ask(HOMES)
    answer.locator(".sanad-copy").click()
    expect(answer.locator(".sanad-copy")).to_contain_text("Copied")
    copied = chat.page.evaluate("navigator.clipboard.readText()")
    assert "319,000 homes" in copied
    assert copied.splitlines()[-1].startswith("[1] ")
