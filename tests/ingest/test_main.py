from __future__ import annotations

import json
from pathlib import Path

import pytest

import ingest.__main__ as command
from rag.store import open_store
from tests.doubles import HashingEncoder
from tests.ingest.conftest import Write


@pytest.fixture(autouse=True)
def small_encoder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    encoder = HashingEncoder()
    monkeypatch.setattr(command, "encoder_identity", lambda name: encoder.identity)
    monkeypatch.setattr(command, "load_encoder", lambda name, threads: encoder)
    for name in ("SANAD_STORE", "SANAD_CHROMA_URL", "SANAD_MAX_SOURCE_MB", "SANAD_ALLOW_PRIVATE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_json(write: Write, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write("a.txt", "Words.")
    path = write("b.txt", "More words.")
    assert command.main([str(folder), "--store", "kept", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert (first["added"], first["chunks"], first["failed"]) == (2, 2, [])
    path.unlink()
    assert command.main([str(folder), "--store", "kept", "--prune", "--json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert (second["unchanged"], second["removed"]) == (1, 1)
    with open_store("kept", None) as store:
        assert list(store.ledger()) == ["a.txt"]


def test_failures_are_told_on_stderr(
    write: Write, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("a.txt", "Words.")
    assert command.main([str(folder), "missing.txt"]) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("1 added, 0 updated, 0 unchanged, 0 removed, 1 failed; 1 passages")
    assert shown.err == "missing.txt: There is no such file or folder. Check the spelling.\n"
    assert Path(".sanad").is_dir()


def test_bad_settings_and_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SANAD_MAX_SOURCE_MB", "-1")
    assert command.main(["a.txt", "--json"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "SANAD_MAX_SOURCE_MB='-1' will not do" in shown.err
    with pytest.raises(SystemExit) as stopped:
        command.main([])
    assert stopped.value.code == 2


def test_an_interrupt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], write: Write, folder: Path
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "ingest", interrupted)
    assert command.main([str(folder)]) == 130
    assert "run it again for the rest" in capsys.readouterr().err


def test_private_addresses_need_an_option_or_a_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    address = "http://user:secret@127.0.0.1:9/"
    assert command.main([address]) == 1
    refused = capsys.readouterr().err
    assert refused.startswith("http://127.0.0.1:9/: It leads to 127.0.0.1, which is not a public")
    assert "pass --allow-private, or set SANAD_ALLOW_PRIVATE=1" in refused
    assert command.main([address, "--allow-private"]) == 1
    assert "It cannot be reached: [Errno" in capsys.readouterr().err
    monkeypatch.setenv("SANAD_ALLOW_PRIVATE", "1")
    assert command.main([address]) == 1
    assert "It cannot be reached: [Errno" in capsys.readouterr().err
