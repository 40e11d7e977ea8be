from __future__ import annotations

import sys

import pytest

from rag.environment import child_environment, terminal_environment


def test_only_known_terminal_variables_that_are_set_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in terminal_environment():
        monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("VTE_VERSION", "")
    monkeypatch.setenv("SECRET", "x")
    assert terminal_environment() == {"TERM": "xterm"}


def test_a_child_gets_the_environment_with_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "1")
    found = child_environment(KEPT="2", NEW="3")
    assert (found["KEPT"], found["NEW"]) == ("2", "3")
    assert "PATH" in found or sys.platform == "win32"
