"""Reading question sets: what is taken, and what the error says of everything else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.questions.scripted import (
    MOST_SHOWN,
    Evidence,
    ScriptedQuestion,
    _question,
    file_hash,
    question_files,
    read_questions,
)
from rag.errors import EvaluationError
from rag.types import Turn

ARABIC = "من افتتح الجسر؟"
ANSWERED = {
    "id": "ar-bridge",
    "question": ARABIC,
    "answers": ["سلمى الحداد", "Selma Haddad"],
    "evidence": [{"article": "bridge-ar.md", "quote": "افتتحت المهندسة سلمى الحداد الجسر"}],
    "answerable": True,
    "tags": ["who", "user", "who"],
}
UNANSWERED = {"id": "no-en", "question": "Who?", "answers": [], "answerable": False}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of questions: bytes and texts as they are, objects as JSON, one a line."""

    def write_file(*lines: object, name: str = "set.jsonl") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if len(lines) == 1 and isinstance(lines[0], bytes):
            path.write_bytes(lines[0])
            return path
        texts = (x if isinstance(x, str) else json.dumps(x, ensure_ascii=False) for x in lines)
        path.write_bytes("".join(f"{text}\n" for text in texts).encode())
        return path

    return write_file


def without(line: dict[str, Any], field: str) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key != field}


def test_a_question_is_read_field_by_field(write: Write) -> None:
    history = [{"question": "أين الجسر؟", "answer": ""}]
    file = write({**ANSWERED, "history": history, "note": {"seen": [1, None]}}, UNANSWERED)
    assert read_questions([file]) == (
        ScriptedQuestion(
            id="ar-bridge",
            question=ARABIC,
            lang="ar",
            answers=("سلمى الحداد", "Selma Haddad"),
            evidence=(Evidence("bridge-ar.md", "افتتحت المهندسة سلمى الحداد الجسر"),),
            history=(Turn("أين الجسر؟", ""),),
            tags=("who", "user"),
        ),
        ScriptedQuestion("no-en", "Who?", "en", answerable=False),
    )


def test_the_language_is_told_or_found(write: Write) -> None:
    told = {**UNANSWERED, "id": "told", "question": "CSTO؟", "lang": "ar"}
    null = {**UNANSWERED, "id": "null", "question": "ما هي CSTO؟", "lang": None}
    assert [q.lang for q in read_questions([write(told, null, UNANSWERED)])] == ["ar", "ar", "en"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b""),
        (b"\xef\xbb\xbf", b"\n"),
        (b"\n  \n", b"\r\n"),
        (b"", b"\r\n\r\n"),
        (b"", "\n\u00a0\n".encode()),
    ],
)
def test_marks_blank_lines_and_line_ends_do_not_count(
    write: Write, before: bytes, after: bytes
) -> None:
    line = json.dumps(UNANSWERED).encode()
    assert [q.id for q in read_questions([write(before + line + after)])] == ["no-en"]


def test_a_separator_inside_a_text_ends_no_line(write: Write) -> None:
    question = "Who\u2028came\u0085first?"
    file = write(json.dumps({**UNANSWERED, "question": question}, ensure_ascii=False).encode())
    assert [q.question for q in read_questions([file])] == [question]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("not json", "Invalid JSON"),
        ('{"id": "a", ', "Invalid JSON"),
        ("{} {}", "Invalid JSON"),
        ("[" * 5_000, "Invalid JSON"),
        ('{"id": "\\ud800"}', "Invalid JSON"),
        ("[]", "object"),
        (f"[{json.dumps(UNANSWERED)}]", "object"),
        ("null", "object"),
        ('"text"', "object"),
        ({}, "id: Field required"),
        (without(ANSWERED, "id"), "id: Field required"),
        (without(ANSWERED, "question"), "question: Field required"),
        (without(ANSWERED, "answers"), "answers: Field required"),
        (without(ANSWERED, "answerable"), "answerable: Field required"),
        ({**ANSWERED, "id": 7}, "id: .*string"),
        ({**ANSWERED, "id": ""}, "id: "),
        ({**ANSWERED, "question": ["a"]}, "question: .*string"),
        ({**ANSWERED, "question": " ؟! "}, "question: "),
        ({**ANSWERED, "lang": "fr"}, "lang: .*'ar' or 'en'"),
        ({**ANSWERED, "answerable": "true"}, "answerable: .*boolean"),
        ({**ANSWERED, "answerable": 1}, "answerable: .*boolean"),
        ({**ANSWERED, "answers": "one"}, "answers: .*(list|array)"),
        ({**ANSWERED, "answers": [5]}, r"answers\.0: .*string"),
        ({**ANSWERED, "answers": ["one", " "]}, "answers: one of them is empty"),
        ({**ANSWERED, "answers": ["one", "؟"]}, "answers: one of them .* holds no word"),
        ({**ANSWERED, "answers": []}, "answers: fill in at least one"),
        ({**ANSWERED, "answers": ["\t"]}, "answers: fill in at least one"),
        ({**UNANSWERED, "answers": ["one"]}, "answerable: is false, but there are answers"),
        ({**UNANSWERED, "evidence": ANSWERED["evidence"]}, "answerable: is false, but there"),
        ({**ANSWERED, "evidence": {}}, "evidence: .*(list|array)"),
        ({**ANSWERED, "evidence": ["a.md"]}, r"evidence\.0: "),
        ({**ANSWERED, "evidence": [{"article": "a.md"}]}, r"evidence\.0\.quote: Field required"),
        ({**ANSWERED, "evidence": [{"article": "", "quote": "q"}]}, r"evidence\.0\.article: "),
        ({**ANSWERED, "evidence": [{"article": "a", "quote": ""}]}, r"evidence\.0\.quote: "),
        ({**ANSWERED, "evidence": [{"article": "a", "quote": " \n"}]}, r"evidence\.0\.quote: "),
        ({**ANSWERED, "history": [{"question": "Q"}]}, r"history\.0\.answer: Field required"),
        ({**ANSWERED, "history": ["Q"]}, r"history\.0: "),
        ({**ANSWERED, "tags": [None]}, r"tags\.0: .*string"),
        ({**ANSWERED, "note": "why"}, "note: "),
        ({**ANSWERED, "expected": []}, r"expected: there is no such field \(id, question, .*note"),
        ({**ANSWERED, "evidence": [{"article": "a", "quote": "q", "x": 1}]}, r"evidence\.0\.x: "),
    ],
)
def test_what_is_wrong_with_a_line(write: Write, line: object, complaint: str) -> None:
    file = write(UNANSWERED, line)
    with pytest.raises(EvaluationError, match=f"(?s)set.jsonl, line 2: .*{complaint}"):
        read_questions([file])


def test_a_draft_says_that_it_is_one(write: Write) -> None:
    draft = {**ANSWERED, "answers": [], "answerable": None, "note": {"answer": "…"}}
    with pytest.raises(EvaluationError, match="answerable: this is a draft; say true and fill in"):
        read_questions([write(draft)])


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n \r\n"])
def test_a_file_without_a_question_is_an_error(write: Write, content: bytes) -> None:
    with pytest.raises(EvaluationError, match=r"no question in .*set\.jsonl"):
        read_questions([write(content)])


@pytest.mark.parametrize("encoding", ["windows-1256", "utf-16", "utf-16-le"])
def test_another_encoding_is_named_with_its_place(write: Write, encoding: str) -> None:
    line = json.dumps({**UNANSWERED, "question": ARABIC}, ensure_ascii=False)
    with pytest.raises(EvaluationError, match=r"set.jsonl.*(UTF-8 \(byte \d+\)|line 1)"):
        read_questions([write(line.encode(encoding))])


def test_an_id_may_occur_once_over_all_files(write: Write) -> None:
    first = write(UNANSWERED, name="one.jsonl")
    second = write({**ANSWERED, "id": "other"}, "", UNANSWERED, name="two.jsonl")
    with pytest.raises(EvaluationError) as error:
        read_questions([first, second])
    assert f"{second}, line 3: id: 'no-en' is taken by {first}, line 1" in str(error.value)


def test_some_problems_are_told_and_the_rest_counted(write: Write) -> None:
    file = write(*({**UNANSWERED, "id": f"q{i}", "colour": i} for i in range(MOST_SHOWN + 2)))
    with pytest.raises(EvaluationError) as error:
        read_questions([file])
    assert str(error.value).count("colour: there is no such field") == MOST_SHOWN
    assert "and 2 more\n" in str(error.value)


def test_a_folder_stands_for_its_question_files(write: Write, tmp_path: Path) -> None:
    last = write({**UNANSWERED, "id": "b"}, name="set/b.jsonl")
    first = write({**UNANSWERED, "id": "a"}, name="set/a.jsonl")
    write("no questions", name="set/README.md")
    write({**UNANSWERED, "id": "c"}, name="set/below/c.jsonl")
    single = write({**UNANSWERED, "id": "d"}, name="d.txt")
    assert question_files([single, tmp_path / "set"]) == [single, first, last]
    assert question_files([last, tmp_path / "set", last]) == [last, first], "each once"
    assert [q.id for q in read_questions([single, tmp_path / "set"])] == ["d", "a", "b"]


def test_a_path_that_holds_nothing_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"no question file .*none\.jsonl"):
        read_questions([tmp_path / "none.jsonl"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(EvaluationError, match=r"empty holds no \.jsonl file"):
        read_questions([tmp_path / "empty"])


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(EvaluationError, match=r"folder\.jsonl cannot be read: "):
        read_questions([tmp_path])
    with pytest.raises(EvaluationError, match=r"gone\.jsonl cannot be read: "):
        file_hash(tmp_path / "gone.jsonl")


LABELLED = ScriptedQuestion(
    "q",
    "And then?",
    "en",
    ("one", "two"),
    (Evidence("a.md", "x"), Evidence("b.md", "y")),
    history=(Turn("Who?", "Selma."),),
)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"id": "other", "question": "Else?", "lang": "ar", "tags": ("t",), "cluster": "c"}, True),
        ({"answers": ("two", "one")}, True),
        ({"evidence": LABELLED.evidence[::-1]}, True),
        ({"answers": ("one",)}, False),
        ({"answers": ("one", "two", "three")}, False),
        ({"answers": ("onetwo",)}, False),
        ({"evidence": LABELLED.evidence[:1]}, False),
        ({"evidence": (Evidence("a.md", "y"), Evidence("b.md", "x"))}, False),
        ({"history": ()}, False),
        ({"history": (Turn("Who?", "Omar."),)}, False),
        ({"history": (Turn("Who?", "Selma."),) * 2}, False),
        ({"answerable": False}, False),
        ({"answers": ("one", "two\udcff")}, False),
    ],
)
def test_a_label_is_what_makes_a_question(changes: dict[str, Any], same: bool) -> None:
    assert re.fullmatch("[0-9a-f]{16}", LABELLED.label)
    assert (replace(LABELLED, **changes).label == LABELLED.label) == same


def test_the_hash_of_a_file_is_of_its_bytes(write: Write) -> None:
    first, second = write(b"abc", name="a"), write(b"abc\n", name="b")
    assert file_hash(first) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_hash(second) != file_hash(first)


words = st.text("ab جس", min_size=1, max_size=8).filter(str.strip)
answered = st.builds(
    ScriptedQuestion,
    id=words,
    question=words,
    lang=st.sampled_from(["ar", "en"]),
    answers=st.lists(words, min_size=1, max_size=3).map(tuple),
    evidence=st.lists(st.builds(Evidence, words, words), max_size=2).map(tuple),
    history=st.lists(st.builds(Turn, words, st.text(max_size=5)), max_size=2).map(tuple),
    tags=st.lists(words, max_size=3, unique=True).map(tuple),
)


@given(answered)
def test_every_question_is_read_as_it_was_written(question: ScriptedQuestion) -> None:
    line = {
        "id": question.id,
        "question": question.question,
        "lang": question.lang,
        "answers": question.answers,
        "evidence": [{"article": e.article, "quote": e.quote} for e in question.evidence],
        "answerable": True,
        "history": [{"question": t.question, "answer": t.answer} for t in question.history],
        "tags": question.tags,
    }
    assert _question(json.dumps(line)) == question
