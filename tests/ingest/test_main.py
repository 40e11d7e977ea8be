"""``python -m ingest`` is the command ``sanad ingest``: the same options, output and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ingest.__main__ import main
from rag.settings import ROOT
from tests.ingest.conftest import Write


def test_it_answers_for_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "Usage: python -m ingest [OPTIONS]" in shown
    assert all(option in shown for option in ("--store", "--prune", "--allow-private", "--json"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [([], "Missing argument"), (["a.txt", "--json"], "SANAD_MAX_SOURCE_MB='-1' will not do")],
)
def test_bad_usage_and_settings_end_with_2(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.setenv("SANAD_MAX_SOURCE_MB", "-1")
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    shown = capsys.readouterr()
    assert told in shown.out + shown.err


@pytest.mark.slow
def test_it_runs_by_its_name(write: Write) -> None:
    path = write("a.txt", "Words.")
    done = subprocess.run(
        [sys.executable, "-m", "ingest", path, "missing.txt", "--store", "kept", "--json"],
        cwd=path.parent,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert (report["added"], report["chunks"]) == (1, 1)
    assert [failure["source"] for failure in report["failed"]] == ["missing.txt"]
