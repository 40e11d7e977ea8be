"""Calling an answer wrong: a draft question in a file, in both languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from evaluate.questions.scripted import read_questions
from tests.e2e.chat import Chat
from tests.e2e.conftest import OpenChat

PHONE = {"width": 390, "height": 844}
SOLDIERS = "كم عدد الجنود المرسلين؟"
COMMANDER = "Who commands CSTO forces?"
CHESS = "Who won the 1987 chess olympiad in Reykjavik?"
_TAKES_CLICKS = """element => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return element.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""


def open_form(answer: Locator) -> Locator:
    """Click “Not right?” and wait for the place for a comment, which has the focus."""
    answer.locator(".sanad-wrong").click()
    comment = answer.locator(".sanad-comment")
    expect(comment).to_be_focused()
    return comment


def send(answer: Locator) -> Locator:
    answer.locator(".sanad-send").click()
    receipt = answer.locator(".sanad-receipt")
    expect(receipt).to_be_visible()
    return receipt


def file_of(receipt: Locator) -> Path:
    """The file that a reader is told of."""
    return Path(receipt.locator("code").inner_text())


def draft_with(comment: str, file: Path) -> dict[str, Any]:
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    (found,) = [line for line in lines if line["note"]["comment"] == comment]
    return dict(found)


@pytest.mark.parametrize(
    ("locale", "question", "comment", "says"),
    [
        ("ar-EG", SOLDIERS, "في مقال CSTO الآخر: 2030", "كُتبت مسوّدة سؤال"),
        ("en-GB", COMMANDER, "Not any more, “he” left", "A draft question was written"),
    ],
    ids=["ar", "en"],
)
@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
def test_a_comment_becomes_a_draft_in_the_file_that_is_named(
    open_chat: OpenChat,
    tmp_path: Path,
    locale: str,
    question: str,
    comment: str,
    says: str,
    phone: bool,
) -> None:
    chat = open_chat(locale, **(PHONE if phone else {}))
    lang, direction = ("ar", "rtl") if locale.startswith("ar") else ("en", "ltr")
    comment += " (phone)" if phone else ""
    answer = chat.ask(question)
    field = open_form(answer)
    for element in (answer.locator(".sanad-wrong"), answer.locator(".sanad-complaint"), field):
        assert chat.style(element, "direction") == direction
    chat.page.keyboard.type(comment)
    expect(field).to_have_value(comment)
    assert chat.overflow() <= 0
    for button in ("send", "cancel"):
        assert answer.locator(f".sanad-{button}").evaluate(_TAKES_CLICKS), "nothing lies over it"

    receipt = send(answer)
    expect(receipt).to_contain_text(says)
    expect(receipt).to_be_focused()
    assert chat.style(receipt, "direction") == direction
    assert chat.style(receipt.locator("code"), "direction") == "ltr"
    assert chat.overflow() <= 0

    made = draft_with(comment, file_of(receipt))
    assert (made["question"], made["lang"]) == (question, lang)
    assert (made["answers"], made["answerable"], made["tags"]) == ([], None, ["draft"])
    (quoted, *_) = made["note"]["quotes"]
    assert quoted["quote"] in made["note"]["answer"]
    assert made["evidence"] == []
    assert made["note"]["hits"][0]["article"].endswith(".md")

    filled_in = tmp_path / "questions.jsonl"
    filled_in.write_text(json.dumps(made | {"answerable": True, "answers": ["2030"]}), "utf-8")
    assert [q.id for q in read_questions([filled_in])] == [made["id"]]


def test_the_comment_turns_with_what_is_typed(open_chat: OpenChat) -> None:
    field = open_form(open_chat("ar-EG").ask(SOLDIERS))
    for text, direction in (("The other article", "ltr"), ("CSTO أرسلت أكثر", "rtl"), ("", "rtl")):
        field.fill(text)
        expect(field).to_have_css("direction", direction)


def test_a_refusal_can_be_called_wrong_without_a_word(open_chat: OpenChat) -> None:
    chat = open_chat("en-US")
    answer = chat.ask(CHESS)
    open_form(answer)
    made = draft_with("", file_of(send(answer)))
    assert (made["question"], made["note"]["quotes"]) == (CHESS, [])
    assert made["note"]["refused"] is True


def test_a_follow_up_takes_the_turns_before_it_along(open_chat: OpenChat) -> None:
    chat = open_chat("ar-EG")
    first, second = "ما كمية نترات الأمونيوم التي كانت مخزنة في مرفأ بيروت؟", "ومنذ متى؟"
    chat.ask(first)
    answer = chat.ask(second)
    open_form(answer).fill("منذ 2013")
    made = draft_with("منذ 2013", file_of(send(answer)))
    assert made["question"] == second
    assert [turn["question"] for turn in made["history"]] == [first]


def test_the_form_can_be_left(open_chat: OpenChat) -> None:
    chat = open_chat("en-US")
    answer = chat.ask(COMMANDER)
    button = answer.locator(".sanad-wrong")
    expect(button).to_have_attribute("aria-expanded", "false")
    for leave in (
        lambda: chat.page.keyboard.press("Escape"),
        answer.get_by_role("button", name="Cancel").click,
        button.click,
    ):
        field = open_form(answer)
        expect(button).to_have_attribute("aria-expanded", "true")
        leave()
        expect(field).to_have_count(0)
        expect(button).to_be_focused()
    expect(answer.locator(".sanad-receipt")).to_have_count(0)


def test_the_next_question_takes_neither_a_comment_nor_the_focus_away(open_chat: OpenChat) -> None:
    chat = open_chat("ar-EG")
    first = chat.ask(COMMANDER)
    field = open_form(first)
    field.fill("القائد غيره")
    second = chat.ask(SOLDIERS)
    expect(field).to_have_value("القائد غيره")
    expect(field).to_have_css("direction", "rtl")
    receipt = send(first)
    expect(receipt).to_be_focused()
    third = chat.ask(CHESS)
    expect(chat.page.locator("#chat-input")).to_be_focused()
    expect(first.locator(".sanad-receipt")).to_contain_text("A draft question was written")
    for answer in (second, third):
        expect(answer.locator(".sanad-wrong")).to_be_visible()
        expect(answer.locator(".sanad-receipt")).to_have_count(0)


def test_an_answer_is_noted_once_and_only_if_the_server_gave_it(open_chat: OpenChat) -> None:
    chat = open_chat("en-US")
    answer = chat.ask(COMMANDER)
    open_form(answer).fill("once")
    with chat.page.expect_request("**/project/action") as sent:
        receipt = send(answer)
    expect(answer.locator(".sanad-wrong")).to_have_count(0)
    body = sent.value.post_data_json
    assert set(body["action"]["payload"]) == {"answer", "comment", "lang"}
    for changes, outcome in (
        ({"comment": "a second comment"}, "before"),
        ({"answer": "not-an-answer", "text": "made up", "question": "made up"}, "forgotten"),
    ):
        action = body["action"] | {"payload": body["action"]["payload"] | changes}
        reply = chat.page.request.post(sent.value.url, data=body | {"action": action}).json()
        assert reply["response"]["outcome"] == outcome
    held = file_of(receipt).read_text("utf-8")
    assert draft_with("once", file_of(receipt))["question"] == COMMANDER
    assert "a second comment" not in held
    assert "made up" not in held


@pytest.mark.parametrize(
    ("locale", "question", "says"),
    [
        ("ar-EG", SOLDIERS, "لم تُحفظ المسوّدة."),
        ("en-US", COMMANDER, "The draft was not kept."),
    ],
    ids=["ar", "en"],
)
def test_a_file_that_cannot_be_written_is_told_and_the_comment_kept(
    open_chat: OpenChat, locale: str, question: str, says: str
) -> None:
    chat = open_chat(locale)
    file = _drafts(chat)
    aside = file.rename(file.with_suffix(".aside"))
    file.mkdir()
    answer = chat.ask(question)
    open_form(answer).fill(f"again: {locale}")
    receipt = send(answer)
    expect(receipt).to_contain_text(says)
    expect(receipt).to_have_attribute("role", "alert")
    expect(receipt.locator("code")).to_contain_text(str(file))
    assert chat.style(receipt.locator("code"), "direction") == "ltr"
    expect(answer.locator(".sanad-comment")).to_have_value(f"again: {locale}")
    assert chat.overflow() <= 0
    file.rmdir()
    aside.rename(file)
    answer.locator(".sanad-send").click()
    expect(answer.locator(".sanad-complaint")).to_have_count(0)
    assert draft_with(f"again: {locale}", file)["question"] == question


def test_a_server_that_does_not_answer_is_told(open_chat: OpenChat) -> None:
    chat = open_chat("en-US")
    answer = chat.ask(COMMANDER)
    open_form(answer).fill("lost")
    chat.page.route("**/project/action", lambda route: route.abort())
    expect(send(answer)).to_contain_text("Your comment did not arrive")
    expect(answer.locator(".sanad-comment")).to_have_value("lost")
    chat.page.unroute("**/project/action")
    answer.locator(".sanad-send").click()
    expect(answer.locator(".sanad-complaint")).to_have_count(0)


def _drafts(chat: Chat) -> Path:
    """The server's file of drafts, with a draft in it."""
    answer = chat.ask(CHESS)
    open_form(answer).fill("where?")
    return file_of(send(answer))
