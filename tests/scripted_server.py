"""A small OpenAI-compatible server that replies from a script, for tests of written answers.

with ScriptedServer() as server:
    server.script("2,500 soldiers [1].", Reply(status=500))
    ...  # ask a ChatOpenAI(base_url=server.url, ...)
    assert server.requests[0]["temperature"] == 0
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self

Request = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What to answer a request with.

    ``pieces`` are streamed one by one (default: the words of ``text``), ``pause`` seconds apart,
    after ``silence`` seconds in which nothing is sent at all. ``cut`` ends the stream early:
    ``"reset"`` closes the socket in the middle of the body, ``"quiet"`` ends the body properly
    without the end of the answer. A ``status`` other than 200 sends an error instead.
    """

    text: str = ""
    pieces: tuple[str, ...] = ()
    pause: float = 0.0
    silence: float = 0.0
    cut: Literal["", "reset", "quiet"] = ""
    status: int = 200

    def parts(self) -> Iterable[str]:
        return self.pieces or re.findall(r"\s*\S+\s*", self.text)


Line = str | Reply | Callable[[Request], str]


class ScriptedServer:
    """Serves ``/v1/chat/completions`` on a free port, from a thread, until it is closed."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.headers: list[dict[str, str]] = []
        self._lines: deque[Line] = deque()
        self._closing = threading.Event()
        self._http = _Server(self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,))

    def script(self, *lines: Line) -> None:
        """Add replies, used up one a request; a function makes its reply from the request."""
        self._lines.extend(lines)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def next_reply(self, request: Request, headers: dict[str, str]) -> Reply:
        self.requests.append(request)
        self.headers.append(headers)
        line = self._lines.popleft() if self._lines else Reply("The script is over.", status=500)
        if callable(line):
            line = line(request)
        return Reply(line) if isinstance(line, str) else line

    def wait(self, seconds: float) -> None:
        self._closing.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing the server waits for them

    def __init__(self, owner: ScriptedServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # the client may hang up
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = self.server.owner.next_reply(request, dict(self.headers.items()))
        if reply.silence:
            self.server.owner.wait(reply.silence)
        if self.path != "/v1/chat/completions":
            self._send_json(404, {"error": {"message": f"no {self.path} here"}})
        elif reply.status != 200:
            self._send_json(reply.status, {"error": {"message": reply.text or "scripted"}})
        elif request.get("stream"):
            self._send_stream(reply)
        else:
            message = {"role": "assistant", "content": "".join(reply.parts())}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self._send_json(200, _completion("chat.completion", choice))

    def _send_stream(self, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._send_event({"delta": {"role": "assistant", "content": ""}, "finish_reason": None})
        for piece in reply.parts():
            self._send_event({"delta": {"content": piece}, "finish_reason": None})
            self.server.owner.wait(reply.pause)
        if reply.cut == "reset":
            self.close_connection = True
            return
        if not reply.cut:
            self._send_event({"delta": {}, "finish_reason": "stop"})
            self._send_chunk(b"data: [DONE]\n\n")
        self._send_chunk(b"")

    def _send_event(self, choice: dict[str, Any]) -> None:
        event = _completion("chat.completion.chunk", {"index": 0, **choice})
        self._send_chunk(b"data: " + json.dumps(event).encode() + b"\n\n")

    def _send_chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _send_json(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def _completion(kind: str, choice: dict[str, Any]) -> dict[str, Any]:
    return {"id": "1", "object": kind, "created": 0, "model": "scripted", "choices": [choice]}
