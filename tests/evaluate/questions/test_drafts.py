"""Draft questions: what they hold, and that none is lost or torn on its way to the disk."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.questions.drafts import append_draft, disputed, draft
from evaluate.questions.scripted import Evidence, read_questions
from rag.errors import EvaluationError
from rag.settings import ROOT
from rag.types import Answer, Statement, Turn
from tests.ui.samples import ARABIC, ENGLISH, answer, cite, refusal

DAY = date(2026, 3, 9)
QUOTE = "أُرسل نحو 2500 جندي."
ANSWERED = answer(Statement(QUOTE, (1,)), citations=(cite(1, ARABIC, QUOTE),))


def of_id(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, **more}


def lines(path: Path) -> list[Any]:
    """What a file holds, line by line; None for what is no JSON."""
    found: list[Any] = []
    for line in path.read_bytes().removesuffix(b"\n").split(b"\n"):
        try:
            found.append(json.loads(line))
        except ValueError:
            found.append(None)
    return found


# --- what a draft holds ------------------------------------------------------------------------


def test_an_answer_becomes_a_question_to_be_filled_in() -> None:
    made = draft(disputed(ANSWERED), "العدد قديم", DAY)
    assert re.fullmatch(r"draft-2026-03-09-[0-9a-f]{8}", made["id"])
    assert list(made) == [
        "id", "question", "lang", "answers", "evidence", "answerable", "tags", "note"
    ]  # fmt: skip
    assert made | {"id": ""} == {
        "id": "",
        "question": "كم؟",
        "lang": "ar",
        "answers": [],
        "evidence": [],
        "answerable": None,
        "tags": ["draft"],
        "note": {
            "answer": f"{QUOTE} [1]",
            "quotes": [{"article": "ar.md", "quote": QUOTE}],
            "hits": [
                {
                    "article": "ar.md",
                    "text": "أُرسل نحو 2500 جندي. وقال زاس إن العدد قابل للزيادة.",
                }
            ],
            "comment": "العدد قديم",
            "refused": False,
        },
    }


def test_a_refusal_becomes_one_without_quotes() -> None:
    made = draft(disputed(refusal("The articles do not say.")), "", DAY)
    assert (made["note"]["quotes"], made["note"]["refused"]) == ([], True)
    assert made["note"]["answer"] == "The articles do not say."
    assert [hit["article"] for hit in made["note"]["hits"]] == ["ar.md"] * 3 + ["en.md"]


def test_the_language_is_that_of_the_question_and_the_turns_before_it_are_kept() -> None:
    asked = replace(ANSWERED.question, answer_lang="en", history=(Turn("من؟", "زاس."),))
    made = draft(disputed(replace(ANSWERED, question=asked, lang="en")), "", DAY)
    assert made["lang"] == "ar"
    assert made["history"] == [{"question": "من؟", "answer": "زاس."}]


def test_verbatim_quotes_are_noted_each_once_in_the_order_of_their_numbers() -> None:
    first, second = "Col. Gen. Andrey Serdyukov commanded the forces.", "He left last."
    citations = (
        cite(3, ENGLISH, first),
        cite(2, ARABIC, QUOTE, verified=False),
        cite(4, ENGLISH, first),
        cite(1, ENGLISH, second),
    )
    made = draft(disputed(answer(Statement("x", (1, 2, 3, 4)), citations=citations)), "", DAY)
    assert [noted["quote"] for noted in made["note"]["quotes"]] == [second, first]


def test_a_passage_is_cut() -> None:
    hit = ANSWERED.hits[0]
    long = replace(hit, chunk=replace(hit.chunk, text="ab" * 200))
    (noted,) = draft(disputed(replace(ANSWERED, hits=(long,))), "", DAY)["note"]["hits"]
    assert noted["text"] == "ab" * 80


@pytest.mark.parametrize(
    ("said", "comment", "day"),
    [
        (replace(ANSWERED, text="2030"), "", DAY),
        (replace(ANSWERED, hits=()), "", DAY),
        (ANSWERED, "no", DAY),
        (ANSWERED, "", date(2026, 3, 10)),
    ],
    ids=["answer", "hits", "comment", "day"],
)
def test_ids_are_equal_where_drafts_are(said: Answer, comment: str, day: date) -> None:
    assert draft(disputed(ANSWERED), "", DAY)["id"] == draft(disputed(ANSWERED), "", DAY)["id"]
    assert draft(disputed(said), comment, day)["id"] != draft(disputed(ANSWERED), "", DAY)["id"]


def test_a_draft_is_refused_until_it_is_filled_in(tmp_path: Path) -> None:
    asked = replace(ANSWERED.question, history=(Turn("من؟", "زاس."),))
    made = draft(disputed(replace(ANSWERED, question=asked)), "العدد قديم", DAY)
    file = tmp_path / "drafts.jsonl"
    append_draft(file, made)
    with pytest.raises(EvaluationError, match=r"line 1: answerable: this is a draft"):
        read_questions([file])
    file.write_text(json.dumps(made | {"answerable": True}), "utf-8")
    with pytest.raises(EvaluationError, match="fill in at least one answer"):
        read_questions([file])
    file.write_text(json.dumps(made | {"answerable": True, "answers": ["2030"]}), "utf-8")
    (question,) = read_questions([file])
    assert (question.id, question.answers) == (made["id"], ("2030",))
    assert question.evidence == (), "what was quoted is not what answers"
    assert question.history == asked.history


def test_a_quote_that_does_answer_is_copied_from_the_note(tmp_path: Path) -> None:
    made = draft(disputed(ANSWERED), "", DAY)
    filled_in = {"answerable": True, "answers": ["2500"], "evidence": made["note"]["quotes"]}
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps(made | filled_in), "utf-8")
    (question,) = read_questions([file])
    assert question.evidence == (Evidence("ar.md", QUOTE),)


# --- how it comes to the disk ------------------------------------------------------------------


def test_drafts_are_appended_in_a_folder_that_need_not_be_there(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "drafts.jsonl"
    assert append_draft(file, of_id("one", text="سند"))
    assert append_draft(file, of_id("two"))
    assert file.read_text("utf-8") == '{"id": "one", "text": "سند"}\n{"id": "two"}\n'


def test_a_draft_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    file = tmp_path / "drafts.jsonl"
    append_draft(file, of_id("one"))
    before = file.read_bytes()
    assert not append_draft(file, of_id("one"))
    assert file.read_bytes() == before


@pytest.mark.parametrize("torn", ['{"id": "one", "te', '{"id": "one"}', "{", '[]\n{"id": "zero"'])
def test_a_last_line_without_its_end_is_left_alone(tmp_path: Path, torn: str) -> None:
    file = tmp_path / "drafts.jsonl"
    file.write_text(torn, "utf-8")
    assert append_draft(file, of_id("two"))
    assert file.read_text("utf-8") == f'{torn}\n{{"id": "two"}}\n'


def test_a_torn_draft_is_written_anew(tmp_path: Path) -> None:
    file = tmp_path / "drafts.jsonl"
    file.write_text('{"id": "one", "text": "half', "utf-8")
    assert append_draft(file, of_id("two"))
    assert append_draft(file, of_id("one"))
    assert lines(file) == [None, of_id("two"), of_id("one")]


@given(
    st.lists(st.text() | st.text(st.sampled_from('\n\r\x85\u2028\u2029\x1c\ud800"\\a')), max_size=3)
)
def test_whatever_the_text_a_draft_is_one_line(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    file = tmp_path_factory.mktemp("drafts") / "drafts.jsonl"
    for number, text in enumerate(texts):
        append_draft(file, of_id(str(number), text=text))
    held = file.read_bytes().decode("utf-8").splitlines() if texts else []
    whole = [text.encode("utf-8", "replace").decode() for text in texts]
    assert [json.loads(line)["text"] for line in held] == whole


APPENDING = """
import sys
from pathlib import Path
from evaluate.questions.drafts import append_draft
file, name, many = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("begin", flush=True)
for number in range(many):
    append_draft(file, {"id": f"{name}-{number}", "text": "س" * 20_000})
    append_draft(file, {"id": f"both-{number}"})
"""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_that_write_at_once_take_turns(tmp_path: Path) -> None:
    file, many = tmp_path / "drafts.jsonl", 30
    running = [start(APPENDING, file, name, many) for name in ("one", "two", "three")]
    for process in running:
        process.communicate()
        assert process.returncode == 0
    ids = [line["id"] for line in lines(file)]
    names = ("one", "two", "three", "both")
    assert sorted(ids) == sorted(f"{name}-{number}" for name in names for number in range(many))


@pytest.mark.parametrize("after", [0.0, 0.013, 0.05])
def test_a_process_that_is_killed_spoils_nothing(tmp_path: Path, after: float) -> None:
    file = tmp_path / "drafts.jsonl"
    with start(APPENDING, file, "killed", 100_000) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begin\n"
        time.sleep(after)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert append_draft(file, of_id("next"))
    *before, last = lines(file)
    assert last == of_id("next")
    assert all(line is not None for line in before[:-1]), "at most the last line may be torn"


# --- what cannot be written --------------------------------------------------------------------


def test_a_file_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    for file in (tmp_path, taken / "drafts.jsonl"):
        with pytest.raises(EvaluationError, match=re.escape(f"to {file} (")) as told:
            append_draft(file, of_id("one"))
        assert "SANAD_DRAFTS" in str(told.value)


REFUSED = """
import os, resource, sys
from pathlib import Path
from rag.errors import EvaluationError
from evaluate.questions.drafts import append_draft
def shut_out():
    if os.geteuid() == 0:  # nobody shuts root out
        os.seteuid(65534)
def fill(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
file = Path(sys.argv[1])
exec(sys.argv[2])
try:
    append_draft(file, {"id": "one", "text": "x" * 1000})
except EvaluationError as error:
    print(error)
"""


def test_a_folder_that_may_not_be_written_to_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "shut"
    folder.mkdir(mode=0o555)
    file = folder / "drafts.jsonl"
    said, _ = start(REFUSED, file, "shut_out()").communicate()
    assert said.startswith(f"The draft could not be written to {file} (Permission denied).")


@pytest.mark.parametrize("room", [0, 1, 500])
def test_a_full_disk_is_told_and_leaves_the_file_as_it_was(tmp_path: Path, room: int) -> None:
    file = tmp_path / "drafts.jsonl"
    append_draft(file, of_id("before"))
    held = file.read_bytes()
    said, _ = start(REFUSED, file, f"fill({len(held) + room})").communicate()
    assert said.startswith(f"The draft could not be written to {file} (")
    assert file.read_bytes() == held
    assert append_draft(file, of_id("one"))
