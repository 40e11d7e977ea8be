"""Which build of torch pip is asked for, against an index of our own on this machine."""

from __future__ import annotations

import os
import socket
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest

from scripts.install_torch import has_nvidia_driver, install

PLAIN, CPU, CUDA = "2.13.0", "2.13.0+cpu", "2.13.0+cu130"
BUILDS = {"/pypi": PLAIN, "/cpu": CPU, "/cu130": CUDA, "/lost": CPU}


def wheel(version: str) -> bytes:
    """A torch of that version, with nothing in it."""
    folder, data = f"torch-{version}.dist-info", BytesIO()
    with zipfile.ZipFile(data, "w") as files:
        files.writestr(
            f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n"
        )
        files.writestr(
            f"{folder}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        files.writestr(f"{folder}/RECORD", "")
    return data.getvalue()


class Index(ThreadingHTTPServer):
    """Package indexes by path, one build of torch each; notes what it is asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[str] = []

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{name}"

    def was_asked(self, name: str) -> bool:
        return any(path.startswith(f"{name}/") for path in self.asked)


class Answer(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        name, file = "/" + self.path.split("/")[1], self.path.split("/")[-1]
        version = BUILDS.get(name)
        if version and self.path == f"{name}/torch/":
            link = f"torch-{version.replace('+', '%2B')}-py3-none-any.whl"
            self.reply(f'<a href="{link}">{link}</a>'.encode(), "text/html")
        elif version and file.endswith(".whl") and name != "/lost":
            self.reply(wheel(version), "application/zip")
        else:
            self.send_error(404)

    def reply(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Index]:
    """Those indexes, of which pip knows ``/pypi``; it installs into ``tmp_path / "target"``."""
    for name in [n for n in os.environ if n.startswith("PIP_") or n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    with Index() as running:
        for name, value in {
            "CONFIG_FILE": os.devnull,
            "INDEX_URL": running.url("/pypi"),
            "TARGET": str(tmp_path / "target"),
            "NO_DEPS": "1",
            "NO_CACHE_DIR": "1",
            "QUIET": "2",
            "DISABLE_PIP_VERSION_CHECK": "1",
        }.items():
            monkeypatch.setenv(f"PIP_{name}", value)
        thread = threading.Thread(target=running.serve_forever, args=(0.05,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@contextmanager
def silent_server() -> Iterator[str]:
    """The address of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def installed(tmp_path: Path) -> str:
    [info] = (tmp_path / "target").glob("torch-*.dist-info")
    return info.name.removeprefix("torch-").removesuffix(".dist-info")


@pytest.mark.parametrize(
    ("small", "chosen", "gets", "unasked"),
    [
        (True, (), CPU, "/cu130"),
        (False, (), PLAIN, "/cpu"),
        (True, ("/cu130",), CUDA, "/cpu"),  # whoever chooses is not overruled
        (False, ("/cpu",), CPU, "/cu130"),
    ],
)
def test_the_build_that_fits(
    index: Index, tmp_path: Path, small: bool, chosen: tuple[str, ...], gets: str, unasked: str
) -> None:
    args = [part for name in chosen for part in ("--extra-index-url", index.url(name))]
    assert install(["torch==2.13.0"], args, small=small, index=index.url("/cpu")) == 0
    assert installed(tmp_path) == gets
    assert index.was_asked("/pypi")
    assert not index.was_asked(unasked)


@pytest.mark.parametrize("where", ["/nothing", "/lost"])
def test_without_the_cpu_build_the_plain_package_comes(
    index: Index, tmp_path: Path, capfd: pytest.CaptureFixture[str], where: str
) -> None:
    assert install(["torch==2.13.0"], small=True, index=index.url(where)) == 0
    assert installed(tmp_path) == PLAIN
    assert index.url(where) in capfd.readouterr().err


def test_an_index_that_does_not_answer_is_not_waited_for(
    index: Index, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with silent_server() as silent:
        assert install(["torch==2.13.0"], small=True, index=silent, patience=0.5) == 0
    assert f"{silent} does not answer within 0.5 s" in capfd.readouterr().err
    assert installed(tmp_path) == PLAIN


def test_a_package_that_is_nowhere_fails(index: Index, capfd: pytest.CaptureFixture[str]) -> None:
    assert install(["torch==2.12.9"], small=True, index=index.url("/cpu")) != 0
    assert "torch==2.12.9" in capfd.readouterr().err


def test_a_driver_is_found_in_the_kernel_or_by_its_program(tmp_path: Path) -> None:
    proc, programs = tmp_path / "proc", tmp_path / "bin"
    programs.mkdir()
    assert not has_nvidia_driver(proc, str(programs))
    program = programs / "nvidia-smi"
    program.touch(mode=0o755)
    assert has_nvidia_driver(proc, str(programs))
    program.unlink()
    (proc / "driver" / "nvidia").mkdir(parents=True)
    assert has_nvidia_driver(proc, str(programs))
