"""Web pages read in a process of their own, which can be ended when a page takes too long.

Pages are taken apart by libraries, and some pages keep them busy for minutes: tens of thousands of
attributes, or one huge table. Nothing inside a process can stop them, least of all a thread.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from ingest.formats import RawArticle
from rag.errors import SourceError
from rag.settings import ROOT

PAGE_SECONDS = 20.0
"""How long a page may take. One of a newspaper takes a tenth of a second to two seconds."""

_START_SECONDS = 120.0  # to load the libraries, on a machine that is busy
_END_SECONDS = 10.0  # for what is killed to be gone


class PageProcess:
    """Reads pages in another process, one at a time. Use as a context manager.

    The process is started with the first page, by ``exec`` and not by a mere fork, so the caller
    may have threads and an event loop. It serves all further pages, and ends with the context or
    when the caller is killed.
    """

    def __init__(self, seconds: float = PAGE_SECONDS) -> None:
        """Give each page ``seconds``; nothing is started yet."""
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, if there is one. A further page starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=_END_SECONDS)

    def parse_html(self, html: str, url: str | None = None) -> RawArticle:
        """As :func:`ingest.formats.parse_html`.

        Raises:
            SourceError: there is no article on the page, it takes too long, or the process does
                not start or ends by itself.
            RuntimeError: there is a fault in the reading itself.
        """
        request = json.dumps([html, url], ensure_ascii=False).encode("utf-8", "surrogatepass")
        with self._lock:
            try:
                reply = self._ask(request)
            except BaseException:
                self.close()  # or the reply that is still to come would be taken for another page's
                raise
        if "error" in reply:
            raise SourceError(reply["error"])
        if "fault" in reply:
            raise RuntimeError(reply["fault"])
        return RawArticle(**reply["raw"])

    def _ask(self, request: bytes) -> dict[str, Any]:
        if self._process is None:
            self._process = self._start()
            too_slow = (
                "The process that reads web pages did not start within "
                f"{_START_SECONDS:g} seconds. Try again."
            )
            _exchange(self._process, None, _START_SECONDS, too_slow)
        too_slow = (
            f"Taking this page apart took more than {self._seconds:g} seconds; it is very large or "
            "oddly made. Save the article's words as .txt."
        )
        return _exchange(self._process, request, self._seconds, too_slow)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "ingest.page_worker", str(os.getpid()), str(self._seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,  # where `ingest` is found
        )


def _exchange(
    process: subprocess.Popen[bytes], request: bytes | None, seconds: float, too_slow: str
) -> dict[str, Any]:
    """What ``process`` replies, to ``request`` if there is one; it is killed after ``seconds``.

    ``too_slow`` is then the error, also where the reply came in the same moment: the process can
    read no further page.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        if request is not None:
            process.stdin.write(request + b"\n")
            process.stdin.flush()
        line = process.stdout.readline()
    except BrokenPipeError:
        line = b""
    finally:
        timer.cancel()
        timer.join()  # it is over, or is just killing
    if late.is_set():
        raise SourceError(too_slow)
    if line.endswith(b"\n"):
        reply: dict[str, Any] = json.loads(line)
        return reply
    with suppress(subprocess.TimeoutExpired):
        process.wait(_END_SECONDS)
    raise SourceError(
        f"The process that reads web pages ended by itself (exit code {process.returncode}). "
        "Try again, or save the article's words as .txt."
    )
