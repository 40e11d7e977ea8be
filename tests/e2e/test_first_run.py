"""The first start: an empty store is given the sample articles, once, in plain sight."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OpenChat, StartServer


@pytest.mark.slow
def test_two_tabs_watch_one_start(
    open_chat: OpenChat, start_server: StartServer, tmp_path: Path
) -> None:
    with start_server(tmp_path / "store") as url:
        arabic, english = open_chat("ar-EG", url=url), open_chat("en-US", url=url)
        english.type("How many soldiers did Tajikistan send?")
        english.page.press("#chat-input", "Enter")
        said = english.page.locator(".ai-message .prose")
        expect(said).to_contain_text("Your question will be answered")

        state = arabic.page.locator("#sanad-state")
        expect(state).to_contain_text(re.compile(r"تُقرأ المقالات: \d+ من \d+"), timeout=90_000)
        progress = state.locator("progress").evaluate("p => [p.value, p.max]")
        assert progress[0] <= progress[1]
        expect(state).to_be_hidden(timeout=90_000)
        expect(arabic.page.locator("#starters")).to_be_visible()

        answer = english.answer()
        expect(answer).to_contain_text("200")
        expect(english.page.locator("#sanad-state")).to_be_hidden()
        cards = arabic.ask("كم عدد الجنود المرسلين؟").locator(".sanad-source")
        assert len(set(cards.all_inner_texts())) == cards.count()
