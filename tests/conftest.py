"""What every test starts from: nothing of the user's settings, nothing left in the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

os.environ["HF_HUB_OFFLINE"] = "1"  # before anything imports the hub's client

settings.register_profile("sanad", deadline=None, derandomize=True, database=None)
settings.load_profile("sanad")


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No ``SANAD_*`` variable, a plain terminal, no model hub, and an empty folder to run in.

    The default store is relative (``.sanad``), so it lies in that folder too.
    """
    for name in list(os.environ):
        if name.startswith("SANAD_") or name in {"FORCE_COLOR", "NO_COLOR", "COLUMNS"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "xterm-256color")
    home = tmp_path / "run"
    home.mkdir()
    monkeypatch.chdir(home)
