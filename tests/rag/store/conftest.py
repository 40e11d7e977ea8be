"""Both places where a vector index can be: a folder, and a real Chroma server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from rag.store import Store, open_store
from tests.rag.store.build import ENCODER


@dataclass
class Server:
    """A running `chroma run`."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def start_server(folder: Path, port: int | None = None) -> Server:
    if port is None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    program = shutil.which("chroma", path=str(Path(sys.executable).parent)) or "chroma"
    process = subprocess.Popen(
        [program, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = Server(folder, port, process)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{server.url}/api/v2/heartbeat").is_success:
                return server
        except httpx.TransportError:
            time.sleep(0.05)
    server.stop()
    raise RuntimeError(f"chroma run did not start on port {port}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("chroma"))
    yield running
    running.stop()


@pytest.fixture(params=["local", pytest.param("server", marks=pytest.mark.server)])
def chroma_url(request: pytest.FixtureRequest) -> str | None:
    return request.getfixturevalue("server").url if request.param == "server" else None


@pytest.fixture
def store(tmp_path: Path, chroma_url: str | None) -> Iterator[Store]:
    """An empty store, over each backend."""
    with open_store(
        tmp_path / "store", ENCODER.identity, chroma_url=chroma_url, create=True
    ) as opened:
        yield opened
