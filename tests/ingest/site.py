"""A site to read pages from, and servers that answer what they should not."""

from __future__ import annotations

import base64
import gzip
import socket
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

BODY = "افتتح رئيس البلدية الجسر الجديد صباح الأحد بحضور مئات من سكان الحي القديم والحي الجديد."
MB = 2**20
SECRET = "tulip-4711"


def page(title: str = "افتتاح الجسر", head: str = "") -> str:
    return f"<html><head><title>{title}</title>{head}</head><body><p>{BODY}</p></body></html>"


@cache
def packed_body(name: str) -> tuple[str, bytes]:
    """A content coding, and a body in it that is small as it is sent and large as it is read."""
    return {
        "gzip": lambda: ("gzip", gzip.compress(b" " * 64 * MB)),
        "deflate": lambda: ("deflate", zlib.compress(b" " * 64 * MB)),
        "twice": lambda: ("gzip, gzip", gzip.compress(packed_body("gzip")[1])),
        "mixed": lambda: ("deflate, gzip", gzip.compress(packed_body("deflate")[1])),
        "br": lambda: ("br", b"\x0b\x02\x80"),
        "zstd": lambda: ("zstd", b"\x28\xb5\x2f\xfd"),
        "trailing": lambda: ("gzip", gzip.compress(page().encode()) + b"x" * 32 * MB),
    }[name]()


class Site(ThreadingHTTPServer):
    """Serves on this machine; ``seen`` are the paths that were asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[str] = []

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # else the reader has had enough
            raise

    def __str__(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.seen.append(self.path)
        if self.path.startswith("http:"):  # as a proxy is asked
            self.reply(page().encode(), "text/html")
            return
        path = self.path.partition("?")[0]
        getattr(self, f"do_{path.strip('/').replace('-', '_').partition('/')[0]}", self.missing)()

    @property
    def rest(self) -> str:
        """The path behind its first part."""
        return unquote(self.path.split("/", 2)[2])

    def missing(self) -> None:
        self.reply(b"", "text/html", status=404)

    def reply(self, body: bytes, kind: str | None, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_header_charset(self) -> None:
        self.reply(page().encode("cp1256"), "text/html; charset=windows-1256")

    def do_meta_charset(self) -> None:
        meta = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1256">'
        self.reply(page(head=meta).encode("cp1256"), "text/html")

    def do_no_charset(self) -> None:
        self.reply(page().encode(), "TEXT/HTML")

    def do_no_kind(self) -> None:
        self.reply(page().encode(), None)

    def do_rich(self) -> None:
        head = (
            f'<link rel="canonical" href="http://{self.headers["Host"]}/canonical/7">'
            '<meta property="og:site_name" content="وكالة النهر">'
            '<meta property="article:published_time" content="2023-05-04T10:00:00Z">'
        )
        self.reply(page(head=head).encode(), "text/html; charset=utf-8")

    def do_text(self) -> None:
        self.reply(f"عنوان\n\n{BODY}".encode(), "text/plain; charset=utf-8")

    def do_coded(self) -> None:
        pack = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress}
        body = pack.get(self.rest.split(",")[-1], bytes)(page().encode())
        self.reply(body, "text/html", Content_Encoding=self.rest)

    def do_spaces(self) -> None:
        self.reply(gzip.compress(b" " * int(self.rest)), "text/plain", Content_Encoding="gzip")

    def do_broken_gzip(self) -> None:
        self.reply(b"no gzip", "text/html", Content_Encoding="gzip")

    def do_bomb(self) -> None:
        coding, body = packed_body(self.rest)
        self.reply(body, "text/html", Content_Encoding=coding)

    def do_moved_bomb(self) -> None:
        coding, body = packed_body(self.rest)
        self.reply(body, None, status=301, Location="/text", Content_Encoding=coding)

    def do_to(self) -> None:
        self.reply(b"", None, status=302, Location=self.rest)

    def do_hop(self) -> None:
        time.sleep(0.15)
        self.reply(b"", None, status=302, Location=f"/hop/{self.rest}x")

    def do_login(self) -> None:
        address = f"http://reader:{SECRET}@{self.headers['Host']}/private?b=1"
        self.reply(b"", None, status=302, Location=address)

    def do_private(self) -> None:
        expected = f"Basic {base64.b64encode(b'reader:' + SECRET.encode()).decode()}"
        if self.headers["Authorization"] != expected:
            self.reply(b"", "text/html", status=401, WWW_Authenticate='Basic realm="x"')
            return
        own = f"http://reader:{SECRET}@{self.headers['Host']}/private/story"
        self.reply(page(head=f'<link rel="canonical" href="{own}">').encode(), "text/html")

    def do_moved(self) -> None:
        self.reply(b"", None, status=301, Location="/text?utm_source=x&id=5#part")

    def do_circle(self) -> None:
        self.reply(b"", None, status=302, Location="/circle")

    def do_pdf(self) -> None:
        self.reply(b"%PDF-1.4", "application/pdf")

    def do_error(self) -> None:
        self.reply(b"", "text/html", status=503)

    def do_empty(self) -> None:
        self.reply(b"", "text/html")

    def do_huge(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        try:
            for _ in range(64):
                self.wfile.write(b"word " * (MB // 5))
        except OSError:
            pass  # the reader has had enough

    def do_slow(self) -> None:
        time.sleep(3)

    def do_short(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"cut")

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Site]:
    server = Site()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


class Drip:
    """Answers one connection with ``start``, and then with ``piece`` again and again, slowly.

    ``is_finished`` says that somebody listened to the end, after five seconds.
    """

    def __init__(self, start: bytes, piece: bytes) -> None:
        self.is_finished = False
        self._start, self._piece = start, piece
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(30)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._answer)
        self._thread.start()

    def _answer(self) -> None:
        with self._listener:
            connection, _ = self._listener.accept()
        with connection:
            connection.recv(65536)
            try:
                connection.sendall(self._start)
                for _ in range(100):
                    time.sleep(0.05)
                    connection.sendall(self._piece)
            except OSError:
                return  # nobody listens any more
            self.is_finished = True

    def wait(self) -> None:
        self._thread.join()
