"""What only a process of its own can show: streams, signals, exit codes, what is imported."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.settings import ROOT

CLI = [sys.executable, str(ROOT / "cli.py")]
AR = "كم عدد الجنود الذين وصلوا إلى ألماتي؟"
EN = "Who commands the CSTO forces?"


def test_help_needs_nothing_heavy() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from cli import app\n"
        "assert CliRunner().invoke(app, ['ask', '--help']).exit_code == 0\n"
        "heavy = {'torch', 'chromadb', 'langchain_core', 'numpy', 'chainlit', 'rag.settings'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"


def test_a_missing_store_is_found_before_a_model_is_loaded(tmp_path: Path) -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from cli import app\n"
        f"result = CliRunner().invoke(app, ['ask', 'who?', '--store', {str(tmp_path / 'no')!r}])\n"
        "print(result.exit_code, 'torch' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout == "2 False\n"


def test_asking_imports_no_library_that_it_can_do_without(store: Path) -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from cli import app\n"
        f"result = CliRunner().invoke(app, ['ask', {EN!r}, '--json', '--store', {str(store)!r}])\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'chromadb', 'langchain_core',\n"
        "    'langsmith', 'httpx', 'scipy', 'sqlalchemy', 'chainlit', 'huggingface_hub'}\n"
        "print(result.exit_code, sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout == "0 []\n"


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What a command writes to the terminal that it runs on."""
    ours, theirs = pty.openpty()
    subprocess.run(
        [*CLI, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={"PATH": os.environ["PATH"], "TERM": "xterm", "PYTHONUTF8": "1", **environment},
        timeout=120,
        check=False,
    )
    os.close(theirs)
    with contextlib.closing(os.fdopen(ours, "rb")) as terminal:
        written = b""
        with contextlib.suppress(OSError):  # Linux says so that nothing more will come
            while part := terminal.read(1):
                written += part
    return written.decode("utf-8")


def test_a_terminal_gets_colours_and_the_order_that_it_wants(tmp_path: Path) -> None:
    missing = str(tmp_path / "خبر")
    xterm = on_a_terminal("status", "--store", missing, XTERM_VERSION="XTerm(379)")
    assert "\x1b[1;31mError:" in xterm
    assert "\ufeae\ufe92\ufea7" in xterm
    assert "خبر" not in xterm
    mlterm = on_a_terminal("status", "--store", missing, TERM="mlterm")
    assert "خبر" in mlterm
    plain = on_a_terminal("status", "--store", missing, TERM="mlterm", NO_COLOR="1")
    assert "\x1b[1;31m" not in plain


@contextlib.contextmanager
def asking(store: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``sanad ask -`` where the locale knows ASCII alone."""
    command = [*CLI, "ask", "-", "--json", "--store", str(store)]
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def answer_of(process: subprocess.Popen[bytes], question: str) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(question.encode() + b"\n")
    process.stdin.flush()
    return dict(json.loads(process.stdout.readline().decode("utf-8")))


@pytest.mark.slow
def test_answers_come_line_by_line_in_any_locale_and_a_closed_pipe_ends_it_quietly(
    store: Path,
) -> None:
    with asking(store) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        answer = answer_of(process, AR)  # while stdin is still open
        assert answer["question"] == AR
        assert answer["citations"]
        process.stdout.close()
        process.stdin.write(f"{EN}\n{EN}\n".encode())
        process.stdin.close()
        assert process.wait(60) == 141
        assert process.stderr.read() == b""


@pytest.mark.slow
def test_an_interrupt_ends_it_with_130(store: Path) -> None:
    with asking(store) as process:
        assert process.stderr is not None
        answer_of(process, EN)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read() == b"Error: Interrupted.\n"


@pytest.mark.server
@pytest.mark.slow
def test_run_serves_the_chat_from_any_folder(free_port: int, tmp_path: Path) -> None:
    command = [*CLI, "run", "--port", str(free_port), "--store", "store", "--no-open"]
    address = f"http://127.0.0.1:{free_port}"
    with subprocess.Popen(command, cwd=tmp_path) as process:
        try:
            assert "<html" in page(address, seconds=90)
        finally:
            process.terminate()
            process.wait(60)


def page(address: str, seconds: float) -> str:
    """The page at ``address`` as soon as it answers."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                return str(response.read().decode())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
