"""Uploads that wait for one another, and a reader who asks meanwhile."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from rag.settings import ROOT, SAMPLE_ARTICLES
from scripts.chat_server import environment
from tests.e2e.chat import Chat
from tests.e2e.conftest import OpenChat, StartServer
from tests.e2e.test_uploads import INPUT, article

WAITING = 6
"""Uploads that wait: as many as the event loop has threads on two cores."""

KNOWN = SAMPLE_ARTICLES / "kazakhstan-csto-withdrawal-en.md"
STOP = "#stop-button"
LONG = "# Ledger of the Quorl archive\n\n" + "\n\n".join(
    f"Entry {number}: the Quorl archive lists shelf {number * 7} and drawer {number * 13}, "
    "and says which clerk put every one of its boxes there, and on which day of the week. " * 3
    for number in range(8000)
)


@pytest.fixture(scope="module")
def own_server(
    start_server: StartServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A server over a single article, whose uploads disturb no other test."""
    store = tmp_path_factory.mktemp("queue") / "store"
    command = [sys.executable, "-m", "ingest", str(KNOWN)]
    subprocess.run(command, cwd=ROOT, env=environment(store), capture_output=True, check=True)
    with start_server(store) as url:
        yield url


def hand_over(chat: Chat, name: str, text: str) -> Locator:
    """Send a file, and give the reply that tells what becomes of it."""
    chat.page.locator(INPUT).first.set_input_files(article(name, text))
    expect(chat.page.locator("#attachments")).to_contain_text(name)
    chat.page.wait_for_timeout(300)  # uploaded
    chat.page.click("#chat-submit")
    return chat.page.locator(".ai-message .prose").last


def test_a_question_is_answered_while_uploads_wait_and_stop_frees_the_line(
    open_chat: OpenChat, own_server: str
) -> None:
    first = open_chat("en-US", url=own_server)
    reading = hand_over(first, "ledger.md", LONG)
    expect(reading).to_contain_text("Reading articles: 0 of 1", timeout=60_000)

    locales = ["ar-EG" if number % 2 == 0 else "en-US" for number in range(WAITING)]
    chats = [open_chat(locale, url=own_server) for locale in locales]
    replies = [
        hand_over(chat, f"note{number}.txt", f"Note {number}\n\nThe pier of Tarn {number} is red.")
        for number, chat in enumerate(chats)
    ]
    expect(replies[0]).to_contain_text("بانتظار عملية رفع أخرى", timeout=60_000)
    expect(replies[1]).to_contain_text("wait for 2 other uploads", timeout=60_000)
    expect(replies[2]).to_contain_text("بانتظار 3 عمليات رفع أخرى", timeout=60_000)
    expect(replies[-1]).to_contain_text(f"wait for {WAITING} other uploads", timeout=60_000)
    assert chats[0].style(replies[0].locator("> *").first, "direction") == "rtl"

    asker = open_chat("ar-EG", url=own_server)
    expect(asker.ask("Who commands CSTO forces?")).to_contain_text("Serdyukov")
    expect(reading).to_contain_text("Reading articles: 0 of 1")
    expect(replies[-1]).to_contain_text("wait for")

    chats[1].page.click(STOP)
    expect(replies[1]).to_contain_text("stopped before anything was read")
    expect(chats[1].page.locator(".ai-message")).to_have_count(1)
    expect(replies[2]).to_contain_text("بانتظار عمليتي رفع أخريين")

    first.page.click(STOP)
    expect(reading).to_contain_text("Reading was stopped")
    for number, reply in enumerate(replies):
        if number != 1:
            added = "أُضيف: مقال واحد" if locales[number] == "ar-EG" else "Added: 1 article"
            expect(reply).to_contain_text(added, timeout=60_000)
    chats[1].page.reload()
    chats[1].wait_until_connected()
    expect(chats[1].ask("What colour is the pier of Tarn 2?")).to_contain_text("red")
