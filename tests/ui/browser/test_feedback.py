"""An answer that is called wrong in the chat."""

from __future__ import annotations

import asyncio
import json
import pickle
import re
import unicodedata
from dataclasses import asdict, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.text import LANGS, Lang
from rag.types import Statement
from tests.ui.samples import ARABIC, answer, cite
from ui.browser.feedback import (
    COMMENT_CHARS,
    REMEMBERED_ANSWERS,
    Complaint,
    Said,
    clean_comment,
    complaint_from,
    feedback_view,
    said_in,
)

DAY = date(2026, 3, 9)
QUOTE = "أُرسل نحو 2500 جندي."
ANSWER = answer(Statement(QUOTE, (1,)), citations=(cite(1, ARABIC, QUOTE),))
SENT = {"answer": "a1", "comment": "No.", "lang": "en"}


def said(*ids: str) -> Said:
    chat = Said()
    for number, answer_id in enumerate(ids):
        chat.remember(answer_id, replace(ANSWER, text=f"answer {number}"))
    return chat


def drafts(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("", ""),
        ("  لا،\tالعدد\r\n\n2030  ", "لا، العدد 2030"),
        ("می‌شود \u200f", "می‌شود \u200f"),
        ("a\x00b\x1b[31mc\x7f\x9bd", "ab[31mcd"),
        ("one\u2028two\u202e\u2066three\u2069", "one twothree"),
        ("half \ud83d", "half"),
        ("x" * 3000, "x" * 2000),
        ("x" * 1999 + " y", "x" * 1999),
    ],
    ids=["empty", "spaces", "joiners", "controls", "order", "surrogate", "long", "cut at a space"],
)
def test_a_comment_is_one_short_line_of_text(sent: str, kept: str) -> None:
    assert clean_comment(sent) == kept


@given(st.text(st.characters(categories=["C", "Z", "L"]), max_size=80))
def test_nothing_in_a_comment_commands_or_reorders(sent: str) -> None:
    kept = clean_comment(sent)
    assert len(kept) <= COMMENT_CHARS
    assert not {unicodedata.category(c) for c in kept} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(c) for c in kept} & {
        *("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    }
    assert clean_comment(kept) == kept


def test_a_complaint_is_read_and_takes_nothing_else_from_the_page() -> None:
    given = {**SENT, "comment": " No.\n", "question": "made up", "text": "made up"}
    assert complaint_from(given) == Complaint("a1", "No.", "en")


@pytest.mark.parametrize(
    "changed",
    [{"answer": 1}, {"comment": None}, {"comment": ["x"]}, {"lang": "fr"}, {"lang": None}],
)
def test_anything_else_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a complaint"):
        complaint_from({**SENT, **changed})
    with pytest.raises(ValueError, match="not a complaint"):
        complaint_from({name: SENT[name] for name in SENT if name not in changed})


@pytest.mark.parametrize("lang", LANGS)
async def test_a_complaint_becomes_a_draft_and_the_reader_is_told_where(
    tmp_path: Path, lang: Lang
) -> None:
    file = tmp_path / "drafts.jsonl"
    receipt = await said("a0", "a1").note(Complaint("a1", "No.", lang), file, DAY)
    assert (receipt.outcome, receipt.detail) == ("written", str(file))
    assert bool(re.search("[ء-ي]", receipt.text)) == (lang == "ar")
    (made,) = drafts(file)
    assert made["id"].startswith("draft-2026-03-09-")
    assert (made["question"], made["note"]["answer"]) == ("كم؟", "answer 1")
    assert made["note"]["comment"] == "No."


async def test_the_file_is_told_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    receipts = [
        await said("a1").note(complaint_from(SENT | {"comment": comment}), Path(name), DAY)
        for comment, name in (("one", "drafts.jsonl"), ("two", "~/drafts.jsonl"))
    ]
    assert {receipt.detail for receipt in receipts} == {str(tmp_path / "drafts.jsonl")}
    assert len(drafts(tmp_path / "drafts.jsonl")) == 2


async def test_the_same_answer_is_noted_once(tmp_path: Path) -> None:
    file, chat = tmp_path / "drafts.jsonl", said("a1", "a2")
    await chat.note(Complaint("a1", "No.", "en"), file, DAY)
    again = await chat.note(Complaint("a1", "Really not.", "en"), file, DAY)
    assert (again.outcome, again.detail) == ("before", str(file))
    assert [made["note"]["comment"] for made in drafts(file)] == ["No."]
    other = await chat.note(Complaint("a2", "No.", "en"), file, DAY)
    assert other.outcome == "written"


class Kept(dict[str, Any]):
    """What a chat keeps, as Chainlit keeps it."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value


async def test_each_chat_remembers_its_own_answers(tmp_path: Path) -> None:
    one, other = Kept(), Kept()
    said_in(one).remember("a1", ANSWER)
    complaint, file = Complaint("a1", "No.", "en"), tmp_path / "drafts.jsonl"
    assert (await said_in(other).note(complaint, file, DAY)).outcome == "forgotten"
    assert (await said_in(one).note(complaint, file, DAY)).outcome == "written"


async def test_clicks_at_once_write_once(tmp_path: Path) -> None:
    file, chat = tmp_path / "drafts.jsonl", said("a1")
    notes = (chat.note(Complaint("a1", str(n), "en"), file, DAY) for n in range(5))
    outcomes = sorted(receipt.outcome for receipt in await asyncio.gather(*notes))
    assert outcomes == ["before"] * 4 + ["written"]
    assert len(drafts(file)) == 1


async def test_the_same_complaint_of_another_chat_was_noted_before(tmp_path: Path) -> None:
    file = tmp_path / "drafts.jsonl"
    outcomes = [
        (await said("a1").note(Complaint("a1", "No.", "en"), file, DAY)).outcome for _ in range(2)
    ]
    assert outcomes == ["written", "before"]
    assert len(drafts(file)) == 1


async def test_only_the_last_answers_of_this_chat_can_be_noted(tmp_path: Path) -> None:
    file = tmp_path / "drafts.jsonl"
    chat = said(*(f"a{number}" for number in range(REMEMBERED_ANSWERS + 1)))
    for answer_id, outcome in (("a0", "forgotten"), ("a1", "written"), ("nobody's", "forgotten")):
        receipt = await chat.note(Complaint(answer_id, "", "en"), file, DAY)
        assert receipt.outcome == outcome
    assert len(drafts(file)) == 1


async def test_what_could_not_be_written_is_told_and_can_be_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, chat = tmp_path / "drafts.jsonl", said("a1")
    file.mkdir()
    failed = await chat.note(Complaint("a1", "No.", "ar"), file, DAY)
    assert (failed.outcome, failed.text) == ("failed", "لم تُحفظ المسوّدة.")
    assert failed.detail.startswith(f"The draft could not be written to {file} (")
    assert str(file) in caplog.text
    file.rmdir()
    assert (await chat.note(Complaint("a1", "No.", "ar"), file, DAY)).outcome == "written"
    assert len(drafts(file)) == 1


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_is_given_its_words(lang: Lang) -> None:
    view = feedback_view("a1", lang)
    assert json.loads(json.dumps(asdict(view))) == asdict(view)
    assert (view.answer, view.limit) == ("a1", COMMENT_CHARS)
    for field in fields(view)[2:]:
        text = getattr(view, field.name)
        assert bool(re.search("[ء-ي]", text)) == (lang == "ar"), field.name


def test_no_article_is_kept_for_the_sake_of_a_comment() -> None:
    chat = Said()
    for number in range(REMEMBERED_ANSWERS):
        long = replace(ARABIC, id=f"{number}.md", text=ARABIC.text + "\n\n" + "س" * 100_000)
        quoted = answer(Statement(QUOTE, (1,)), citations=(cite(1, long, QUOTE),))
        chat.remember(f"a{number}", quoted)
    assert len(pickle.dumps(chat)) < 100_000
