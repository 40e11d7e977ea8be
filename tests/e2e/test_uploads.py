"""Handing over articles in the chat."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, expect

from tests.e2e.conftest import OpenChat

INPUT = "input[type=file]"


def article(name: str, text: str) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": text.encode()}


@pytest.mark.parametrize(
    ("locale", "name", "text", "question", "says", "answer"),
    [
        (
            "en-US",
            "lighthouse.md",
            "# The Varn lighthouse\n\nThe Varn lighthouse was rebuilt in 1963 by Ida Holm.",
            "Who rebuilt the Varn lighthouse?",
            "Added: 1 article",
            "Ida Holm",
        ),
        (
            "ar-EG",
            "jisr.txt",
            "جسر وادي النخيل\n\nافتتح المهندس سامر الدباغ جسر وادي النخيل سنة 1974 بطول 312 مترا.",
            "من افتتح جسر وادي النخيل؟",
            "أُضيف: مقال واحد",
            "سامر الدباغ",
        ),
    ],
    ids=["en", "ar"],
)
def test_an_article_is_read_and_answers(
    open_chat: OpenChat,
    locale: str,
    name: str,
    text: str,
    question: str,
    says: str,
    answer: str,
) -> None:
    chat = open_chat(locale)
    chat.page.locator(INPUT).first.set_input_files(article(name, text))
    expect(chat.page.locator("#attachments")).to_contain_text(name)
    chat.page.wait_for_timeout(300)  # uploaded
    chat.page.click("#chat-submit")
    expect(chat.page.locator(".ai-message .prose")).to_contain_text(says, timeout=60_000)
    answered = chat.ask(question)
    expect(answered.locator(".sanad-text").first).to_contain_text(answer)
    passage = chat.open(answered.locator(".sanad-cite").first)
    expect(passage.locator("mark")).to_contain_text(answer)


@pytest.mark.parametrize(
    ("locale", "width", "title", "text", "question", "says", "badge"),
    [
        (
            "en-US",
            1280,
            "Storm Agnes cuts power to 40,000 homes in Cork",
            "Repair crews worked through the night, the utility said.",
            "How many homes in Cork lost power?",
            "Added: 1 article",
            "Headline",
        ),
        (
            "ar-EG",
            390,
            "الجزائر: 12 قتيلا في انقلاب حافلة",
            "أعلنت السلطات عن فتح تحقيق في الحادث الذي وقع صباح الجمعة.",
            "كم عدد قتلى انقلاب الحافلة في الجزائر؟",
            "أُضيف: مقال واحد",
            "العنوان",
        ),
    ],
    ids=["en", "ar, on a phone"],
)
def test_what_only_a_title_tells_is_shown_in_the_title(
    open_chat: OpenChat,
    locale: str,
    width: int,
    title: str,
    text: str,
    question: str,
    says: str,
    badge: str,
) -> None:
    chat = open_chat(locale, width=width)
    file = article(f"{badge}.txt", f"{title}\n\n{text}\n")
    chat.page.locator(INPUT).first.set_input_files(file)
    expect(chat.page.locator("#attachments")).to_contain_text(".txt")
    chat.page.wait_for_timeout(300)  # uploaded
    chat.page.click("#chat-submit")
    expect(chat.page.locator(".ai-message .prose")).to_contain_text(says, timeout=60_000)
    card = chat.ask(question).locator(".sanad-source").first
    expect(card.locator("mark")).to_have_text(title)
    expect(card.locator(".sanad-headline")).to_have_text(badge)
    assert chat.overflow() == 0
    passage = chat.open(card)
    expect(passage.locator("h2 mark")).to_have_text(title)
    expect(passage.locator("blockquote")).to_have_count(0)
    expect(passage).to_contain_text(text)


def test_a_file_that_cannot_be_read_is_named(open_chat: OpenChat) -> None:
    chat = open_chat("ar-EG")
    chat.page.locator(INPUT).first.set_input_files(article("broken.jsonl", "{not json"))
    expect(chat.page.locator("#attachments")).to_contain_text("broken.jsonl")
    chat.page.wait_for_timeout(300)
    chat.page.click("#chat-submit")
    said = chat.page.locator(".ai-message .prose")
    expect(said).to_contain_text("تعذرت قراءة", timeout=60_000)
    expect(said.locator("code")).to_contain_text("broken.jsonl")


def test_other_kinds_of_files_are_turned_away(open_chat: OpenChat) -> None:
    chat = open_chat("ar-EG")
    picture: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": b"\x89PNG"}
    chat.page.locator(INPUT).first.set_input_files(picture)
    expect(chat.page.locator("[data-sonner-toast]")).to_contain_text("يُقرأ من الملفات")
    expect(chat.page.locator("#attachments")).to_have_count(0)
