from __future__ import annotations

import gzip
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ingest.discover import discover
from ingest.pipeline import ingest
from ingest.read import Reading, read
from ingest.report import Failure
from ingest.web import canonical, fetch
from rag.errors import SourceError
from rag.store import Store
from tests.doubles import HashingEncoder

BODY = "افتتح رئيس البلدية الجسر الجديد صباح الأحد بحضور مئات من سكان الحي القديم والحي الجديد."
MB = 2**20

pytestmark = pytest.mark.server


def page(title: str = "افتتاح الجسر", head: str = "") -> str:
    return f"<html><head><title>{title}</title>{head}</head><body><p>{BODY}</p></body></html>"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        getattr(self, f"do_{path.strip('/').replace('-', '_').partition('/')[0]}", self.missing)()

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

    def do_gzip(self) -> None:
        self.reply(gzip.compress(page().encode()), "text/html", Content_Encoding="gzip")

    def do_bomb(self) -> None:
        self.reply(gzip.compress(b" " * 20 * MB), "text/html", Content_Encoding="gzip")

    def do_moved(self) -> None:
        self.reply(b"", None, status=301, Location="/text?utm_source=x&id=5#part")

    def do_circle(self) -> None:
        self.reply(b"", None, status=302, Location="/circle")

    def do_to_file(self) -> None:
        self.reply(b"", None, status=302, Location="file:///etc/hosts")

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

    def do_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        try:
            for _ in range(60):
                self.wfile.write(b"word ")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass

    def do_short(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"cut")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def found(site: str) -> Callable[[str], Reading | Failure]:
    def read_path(path: str) -> Reading | Failure:
        [source] = discover([site + path]).sources
        [only] = read(source, 2 * MB)
        return only

    return read_path


@pytest.mark.parametrize(
    "path", ["/header-charset", "/meta-charset", "/no-charset", "/no-kind", "/gzip"]
)
def test_pages_in_every_encoding(
    found: Callable[[str], Reading | Failure], site: str, path: str
) -> None:
    only = found(path)
    assert isinstance(only, Reading), only
    article = only.article
    assert (article.title, article.text, article.lang) == ("افتتاح الجسر", BODY, "ar")
    assert article.id == article.url == site + path
    assert article.source == "127.0.0.1"
    assert (only.origin.kind, only.origin.place) == ("url", site + path)


def test_what_a_page_says_of_itself(found: Callable[[str], Reading | Failure], site: str) -> None:
    only = found("/rich?page=1")
    assert isinstance(only, Reading)
    assert only.article.id == only.article.url == f"{site}/canonical/7"
    assert (only.article.source, only.article.published) == ("وكالة النهر", "2023-05-04")


def test_redirects_and_plain_text(found: Callable[[str], Reading | Failure], site: str) -> None:
    only = found("/moved")
    assert isinstance(only, Reading)
    assert only.article.id == f"{site}/text?id=5"
    assert (only.article.title, only.article.text) == ("عنوان", BODY)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/nothing-here", "answered 404 Not Found"),
        ("/error", "answered 503"),
        ("/circle", "redirects more than 5 times"),
        ("/to-file", "neither http nor https"),
        ("/pdf", "It is application/pdf; only web pages and plain text"),
        ("/huge", "too large; the limit is 2 MB.*SANAD_MAX_SOURCE_MB"),
        ("/bomb", "too large; the limit is 2 MB"),
        ("/empty", "no article"),
        ("/short", "cannot be reached"),
    ],
)
def test_pages_that_cannot_be_read(
    found: Callable[[str], Reading | Failure], path: str, message: str
) -> None:
    only = found(path)
    assert isinstance(only, Failure)
    assert re.search(message, only.reason), only.reason


@pytest.mark.parametrize(("path", "timeout", "total"), [("/slow", 0.3, 10.0), ("/drip", 1.0, 0.4)])
def test_slow_servers_are_given_up(site: str, path: str, timeout: float, total: float) -> None:
    started = time.monotonic()
    with pytest.raises(SourceError, match=r"took more than 0\.[34] seconds"):
        fetch(site + path, MB, timeout=timeout, total=total)
    assert time.monotonic() - started < 2.5


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://no-such-host.invalid/", "http://[::1", "http://:80/"]
)
def test_addresses_that_cannot_be_reached(url: str) -> None:
    with pytest.raises(SourceError, match=r"cannot be reached|neither http nor https"):
        fetch(url, MB)


@pytest.mark.parametrize(
    ("url", "declared", "address"),
    [
        ("https://Example.org:443/a#part", None, "https://example.org/a"),
        ("http://example.org:80", None, "http://example.org/"),
        ("https://example.org/a?id=1&utm_source=x&fbclid=y", None, "https://example.org/a?id=1"),
        ("https://example.org/a?q=b%20c&d", None, "https://example.org/a?q=b%20c&d"),
        ("https://example.org/a?p=2", "https://example.org/a", "https://example.org/a"),
        ("https://example.org/a", "https://example.org/", "https://example.org/a"),
        ("https://example.org/a", "https://other.org/a", "https://example.org/a"),
        ("https://example.org/a", "http://example.org/b", "https://example.org/a"),
        ("https://example.org/a", "not an address", "https://example.org/a"),
    ],
)
def test_canonical_addresses(url: str, declared: str | None, address: str) -> None:
    assert canonical(url, declared) == address


def test_addresses_in_the_store(site: str, store: Store, encoder: HashingEncoder) -> None:
    report = ingest([f"{site}/text", f"{site}/pdf"], store, encoder)
    assert (report.added, len(report.failed)) == (1, 1)
    assert report.failed[0].source == f"{site}/pdf"
    again = ingest([f"{site}/text#x", f"{site}/text"], store, encoder, prune=True)
    assert (again.added, again.unchanged, again.removed) == (0, 1, 0)
    assert list(store.ledger()) == [f"{site}/text"]
