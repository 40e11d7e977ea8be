from __future__ import annotations

import json
import logging
import sys
import warnings

import pytest
import typer

from rag.environment import child_environment
from rag.errors import StoreMissing
from rag.settings import ROOT, Settings
from ui.browser.hosts import is_loopback
from ui.browser.serve import chat_command
from ui.terminal.outcome import reporting


def outcome_of(error: BaseException, *, as_json: bool = False, debug: bool = False) -> int:
    with pytest.raises(typer.Exit) as ended, reporting(as_json=as_json, debug=debug):
        raise error
    return ended.value.exit_code


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (StoreMissing("There is no store."), 2, "Error: There is no store.\n"),
        (KeyboardInterrupt(), 130, "Error: Interrupted.\n"),
    ],
)
def test_errors_become_a_line_and_a_code(
    error: BaseException, code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome_of(error) == code
    assert capsys.readouterr() == ("", message)


def test_a_fault_of_our_own_is_short_and_has_a_code_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert outcome_of(KeyError("x")) == 70
    shown = capsys.readouterr().err
    assert "unexpectedly (KeyError: 'x')" in shown
    assert "sanad --debug" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("error", [KeyError("x"), StoreMissing("There is no store.")])
def test_debug_shows_where_an_error_arose(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome_of(error, debug=True)
    assert "Traceback" in capsys.readouterr().err


def test_a_fault_is_a_document_too(capsys: pytest.CaptureFixture[str]) -> None:
    outcome_of(KeyError("x"), as_json=True)
    assert list(json.loads(capsys.readouterr().out)) == ["error"]


def test_an_exit_passes_through() -> None:
    assert outcome_of(typer.Exit(1)) == 1


def test_libraries_are_silent_only_meanwhile_and_not_with_debug(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logger = logging.getLogger("library")
    with reporting():
        warnings.warn("old", stacklevel=1)
        assert not logger.isEnabledFor(logging.WARNING)
    assert logger.isEnabledFor(logging.WARNING)
    with pytest.warns(UserWarning, match="old"), reporting(debug=True):
        warnings.warn("old", stacklevel=1)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.8.0.1", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("192.168.1.4", False), ("news.example", False)],
)  # fmt: skip
def test_which_hosts_only_this_machine_can_reach(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_the_chat_is_served_by_this_python_from_the_repository() -> None:
    command = chat_command("127.0.0.1", 8000, open_browser=False)
    assert command[0] == sys.executable
    assert str(ROOT / "app.py") in command
    assert command[-5:] == ["--host", "127.0.0.1", "--port", "8000", "--headless"]
    assert "--headless" not in chat_command("127.0.0.1", 8000, open_browser=True)


def test_a_child_process_has_our_environment_with_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "yes")
    environment = child_environment(SANAD_STORE=str(Settings().store))
    assert (environment["KEPT"], environment["SANAD_STORE"]) == ("yes", ".sanad")
