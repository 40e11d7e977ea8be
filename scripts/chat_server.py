"""Run the real chat on a store of one's choice, beside whatever else runs: for tests and pictures.

Chainlit writes beside its configuration, and empties what it wrote when it ends, so every server
gets a copy of the files it serves.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from rag.settings import ROOT

SERVED = (".chainlit", "public", "chainlit.md", "chainlit_ar.md")
_PATIENCE = 60.0


def environment(store: Path) -> dict[str, str]:
    """This process's environment with ``store``, and without any other setting of Sanad's."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SANAD_", "CHAINLIT_"))}
    return {**kept, "SANAD_STORE": str(store), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)}


@contextmanager
def running_chat(store: Path, root: Path) -> Iterator[str]:
    """Serve the chat from the empty folder ``root``; yields its address, and ends it after.

    Raises:
        RuntimeError: it did not start; with what it printed.
    """
    for name in SERVED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, root / name)
    port = _free_port()
    command = [sys.executable, "-m", "chainlit", "run", str(ROOT / "app.py"), "--headless"]
    log = root / "server.log"
    with log.open("w", encoding="utf-8") as output:
        server = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=root,
            env=environment(store),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(f"http://127.0.0.1:{port}/health", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            _end(server)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(url).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.1)
    raise RuntimeError(f"the chat does not answer at {url}:\n{log.read_text(encoding='utf-8')}")


def _end(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
