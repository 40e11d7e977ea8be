"""The commands in this process, over a real store with the shipped encoder."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from typer.testing import CliRunner, Result

from cli import app
from rag.errors import StoreError
from rag.settings import ROOT
from rag.store import Store
from tests.ui.terminal.test_contract import CITATION_KEYS, HIT_KEYS

AR = "كم عدد الجنود الذين وصلوا إلى ألماتي؟"
EN = "Who commands the CSTO forces?"


def sanad(*arguments: str | Path, stdin: bytes | str | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def document(result: Result) -> dict[str, Any]:
    """The one JSON document on stdout."""
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("command", ["run", "ingest", "ask", "status", "reindex"])
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    result = sanad(command, "--help")
    assert result.exit_code == 0
    assert "--store" in result.stdout
    assert "Example: " in result.stdout


def test_the_version_is_printed() -> None:
    result = sanad("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("sanad ")


def test_sanad_alone_shows_its_commands() -> None:
    result = sanad()
    assert result.exit_code == 2
    for command in ("run", "ingest", "ask", "status", "reindex"):
        assert f" {command} " in result.output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["ingest"], "Missing argument"),
        (["ask"], "Missing argument"),
        (["ask", "q", "--colour"], "No such option"),
        (["ask", "q", "--k", "0"], "Invalid value for '--k'"),
        (["ask", "q", "--k", "51"], "Invalid value for '--k'"),
        (["ask", "q", "--k", "many"], "Invalid value for '--k'"),
        (["ask", "q", "--lang", "fr"], "Invalid value for '--lang'"),
        (["run", "--port", "0"], "Invalid value for '--port'"),
        (["answer"], "No such command"),
    ],
)
def test_bad_usage_is_told_on_stderr(arguments: list[str], complaint: str) -> None:
    result = sanad(*arguments)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", [["ask", EN], ["ask", "-"], ["status"], ["reindex"]])
def test_without_a_store_there_is_one_clear_error(command: list[str], tmp_path: Path) -> None:
    path = tmp_path / "nothing"
    result = sanad(*command, "--store", path, stdin=EN)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert str(path) in result.stderr
    assert "sanad ingest" in result.stderr
    assert "Traceback" not in result.stderr
    assert not path.exists()


@pytest.mark.parametrize("command", [["ask", EN], ["ask", "-"], ["status"], ["reindex"]])
def test_errors_are_documents_too(command: list[str], tmp_path: Path) -> None:
    result = sanad(*command, "--store", tmp_path / "nothing", "--json", stdin=EN)
    assert result.exit_code == 2
    assert list(document(result)) == ["error"]
    assert document(result)["error"] in result.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("name", "value"), [("SANAD_K", "0"), ("SANAD_ANSWER_LANG", "fr"), ("SANAD_BIDI", "yes")]
)
def test_a_bad_setting_names_its_variable(
    name: str, value: str, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    result = sanad("ask", EN, "--store", store)
    assert result.exit_code == 2
    assert f"{name}={value!r}" in result.stderr


def test_the_store_comes_from_the_environment(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANAD_STORE", str(store))
    assert document(sanad("status", "--json"))["store"] == str(store)


def test_ingest_reports_what_changed(articles: Path, tmp_path: Path) -> None:
    store, folder = tmp_path / "store", tmp_path / "articles"
    folder.mkdir()
    for file in articles.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    first = document(sanad("ingest", folder, "--store", store, "--json"))
    assert list(first) == [
        "added", "updated", "unchanged", "removed", "failed", "skipped", "chunks", "seconds"
    ]  # fmt: skip
    assert (first["added"], first["failed"], first["skipped"]) == (2, [], [])
    (folder / "kz-en.md").rename(folder / "kz-en.docx")
    second = document(sanad("ingest", folder, "--store", store, "--prune", "--json"))
    assert (second["added"], second["unchanged"], second["removed"]) == (0, 1, 1)
    assert second["chunks"] == 0
    assert second["skipped"] == [str(folder / "kz-en.docx")]


def test_a_source_that_fails_is_named_and_the_rest_goes_on(articles: Path, tmp_path: Path) -> None:
    missing = tmp_path / "أخبار.txt"
    result = sanad("ingest", articles, missing, "--store", tmp_path / "store")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert "added            2" in lines
    assert "failed           1" in lines
    assert str(missing) in lines
    assert lines.index(str(missing)) < len(lines) - 1, "the reason is below it"
    assert "\x1b" not in result.output
    found = document(sanad("ingest", missing, "--store", tmp_path / "store", "--json"))
    assert [list(failure) for failure in found["failed"]] == [["source", "reason"]]


def test_a_search_index_that_cannot_be_repaired_takes_no_report_away(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(Store, "index_state", "mending")
    monkeypatch.setattr(Store, "open_index", refuse)
    result = sanad("ingest", articles, "--store", tmp_path / "store", "--json")
    assert result.exit_code == 0
    assert document(result)["added"] == 2
    assert "Stored, but the search index could not be repaired: The disk is full." in " ".join(
        result.stderr.split()
    )


def test_private_addresses_are_read_if_allowed(tmp_path: Path) -> None:
    address = "http://user:secret@127.0.0.1:9/"
    for options, reason in [([], "--allow-private"), (["--allow-private"], "cannot be reached")]:
        result = sanad("ingest", address, "--store", tmp_path / "store", "--json", *options)
        assert result.exit_code == 1
        [failure] = document(result)["failed"]
        assert failure["source"] == "http://127.0.0.1:9/"
        assert reason in failure["reason"]
        assert "secret" not in result.output


def test_asking_prints_the_contract(store: Path) -> None:
    result = sanad("ask", AR, "--store", store, "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    found = document(result)
    assert list(found) == [
        "question", "lang", "answer", "refused", "reason", "citations", "hits", "timings"
    ]  # fmt: skip
    assert (found["question"], found["lang"], found["refused"]) == (AR, "ar", False)
    assert "2,500" in found["answer"]
    assert list(found["citations"][0]) == CITATION_KEYS
    assert list(found["hits"][0]) == HIT_KEYS
    assert found["citations"][0]["article_id"] == "kz-ar.md"


def test_an_answer_for_people_is_logical_and_without_colours_in_a_pipe(store: Path) -> None:
    result = sanad("ask", AR, "--store", store)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert "2,500 جندي وصلوا إلى ألماتي" in result.stdout
    assert "[1] قوات CSTO تصل إلى ألماتي" in result.stdout
    assert not any(mark in result.stdout for mark in "\u200e\u200f\u2068\u2069")


def test_lines_are_ordered_here_when_that_is_asked_for(store: Path) -> None:
    result = sanad("ask", AR, "--store", store, "--bidi", "visual")
    assert "جندي" not in result.stdout
    assert "\ufef1\ufeaa\ufee8\ufe9f 2,500" in result.stdout


def test_the_number_of_passages_and_the_language_can_be_chosen(store: Path) -> None:
    result = sanad("ask", EN, "--store", store, "--k", "1", "--lang", "ar", "--json")
    found = document(result)
    assert len(found["hits"]) == 1
    assert found["lang"] == "ar"


def test_a_question_may_hold_direction_marks(store: Path) -> None:
    marked = f"\u202b{AR}\u202c\u200f"
    found = document(sanad("ask", marked, "--store", store, "--json"))
    assert found["lang"] == "ar"
    assert found["citations"][0]["article_id"] == "kz-ar.md"


@pytest.mark.parametrize(
    ("question", "complaint"),
    [("", "empty"), ("  ؟ ", "empty"), ("x" * 2001, "2,001"), ("caf\udce9", "UTF-8")],
)
def test_a_bad_question_is_refused_before_anything_is_opened(
    question: str, complaint: str, tmp_path: Path
) -> None:
    result = sanad("ask", question, "--store", tmp_path / "nothing")
    assert result.exit_code == 2
    assert complaint in result.stderr


def test_each_line_of_stdin_is_a_question(store: Path) -> None:
    lines = ["\ufeff" + AR, "", "x" * 2001, EN]
    stdin = "\r\n".join(lines).encode() + b"\n\xff\xfe\n"
    result = sanad("ask", "-", "--store", store, "--json", stdin=stdin)
    assert result.exit_code == 1
    assert result.stderr == ""
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [d["question"] for d in found] == [AR, "", "x" * 2001, EN, "\ufffd\ufffd"]
    assert ["error" in d for d in found] == [False, True, True, False, True]
    assert list(found[1]) == ["question", "error"]
    assert "Line 5" in found[4]["error"]


def test_answers_to_stdin_can_be_read_by_people(store: Path) -> None:
    result = sanad("ask", "-", "--store", store, stdin=f"{EN}\n{AR}\n")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == f"? {EN}"
    assert f"? {AR}" in lines
    result = sanad("ask", "-", "--store", store, stdin="\n")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: The question is empty")


def test_no_questions_are_no_error(store: Path) -> None:
    result = sanad("ask", "-", "--store", store, "--json", stdin="")
    assert (result.exit_code, result.stdout) == (0, "")


def test_status_for_people_and_programs(store: Path) -> None:
    found = document(sanad("status", "--store", store, "--json"))
    assert (found["articles"], found["chunks"]) == (2, 2)
    assert found["languages"]["ar"] == {"articles": 1, "chunks": 1}
    assert found["encoder"]["dimension"] == 1024
    assert found["settings"] == {"store": str(store)}
    text = sanad("status", "--store", store).stdout
    assert f"{store} (" in text
    assert "articles   2\n" in text
    assert found["encoder"]["weights"] in text
    assert "extractive" in text
    assert f"SANAD_STORE={store}" in text


HOLD = """
import sys
from rag.store import open_store
with open_store(sys.argv[1], None):
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def owner(store: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that has the store open."""
    command = [sys.executable, "-c", HOLD, str(store)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        yield process


def test_a_store_in_use_is_an_error_but_has_a_status(
    store: Path, owner: subprocess.Popen[bytes]
) -> None:
    for command in (["ask", EN], ["ask", "-"], ["ingest", "x.txt"], ["reindex"]):
        result = sanad(*command, "--store", store, stdin=EN)
        assert result.exit_code == 2
        assert str(owner.pid) in result.stderr
        assert "SANAD_CHROMA_URL" in result.stderr
    found = document(sanad("status", "--store", store, "--json"))
    assert str(owner.pid) in found["in_use_by"]
    assert str(owner.pid) in sanad("status", "--store", store).stdout


def test_reindex_builds_the_store_anew(articles: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    sanad("ingest", articles, "--store", store)
    found = document(sanad("reindex", "--store", store, "--json"))
    assert found["updated"] == 2
    assert found["chunks"] == 2
    assert document(sanad("ask", AR, "--store", store, "--json"))["refused"] is False


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_busy_port_is_told_with_the_way_out(busy_port: int, tmp_path: Path) -> None:
    result = sanad("run", "--port", str(busy_port), "--store", tmp_path, "--no-open")
    assert result.exit_code == 2
    assert f"Port {busy_port} is in use" in result.stderr
    assert "sanad run --port" in result.stderr


def test_a_host_of_another_machine_is_an_error(tmp_path: Path) -> None:
    result = sanad("run", "--host", "192.0.2.1", "--port", "8765", "--store", tmp_path)
    assert result.exit_code == 2
    assert "192.0.2.1 is not an address of this machine" in result.stderr


@pytest.mark.parametrize(
    ("options", "inherited", "allowed"),
    [
        ((), "", ""),
        (("--allow-host", "a.example", "--allow-host", "b.example"), "", "a.example,b.example"),
        ((), "c.example, d.example", "c.example, d.example"),
        (("--allow-host", "a.example"), "c.example", "a.example"),
    ],
)
def test_the_server_is_told_by_which_names_it_may_be_opened(
    options: tuple[str, ...],
    inherited: str,
    allowed: str,
    free_port: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []

    def replace(path: str, command: list[str], environment: dict[str, str]) -> NoReturn:
        told.append(environment["SANAD_ALLOWED_HOSTS"])
        raise SystemExit(0)

    monkeypatch.setenv("SANAD_ALLOWED_HOSTS", inherited)
    monkeypatch.setattr(os, "execve", replace)
    result = sanad("run", "--port", str(free_port), "--store", tmp_path, "--no-open", *options)
    assert result.exit_code == 0, result.stderr
    assert told == [allowed]


def test_a_host_that_is_no_name_is_an_error(tmp_path: Path) -> None:
    result = sanad("run", "--store", tmp_path, "--allow-host", "https://news.example")
    assert result.exit_code == 2
    assert "SANAD_ALLOWED_HOSTS='https://news.example' will not do" in result.stderr
