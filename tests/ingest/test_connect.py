from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ingest.web import fetch
from rag.errors import SourceError
from tests.ingest.site import BODY, MB, Drip, Site

pytestmark = pytest.mark.server

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


@pytest.mark.parametrize(
    ("scheme", "start", "piece"),
    [
        ("http", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"),
        ("http", b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        ("http", OK + b"\r\n", b"word "),
        ("http", OK + b"Transfer-Encoding: chunked\r\n\r\n5;", b"x"),
        ("http", OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08" + bytes(6), b"n"),
        ("https", b"\x16\x03\x03\x40\x00", b"\0"),
    ],
    ids=["header", "interim", "body", "chunk", "gzip-header", "tls"],
)
def test_the_total_time_ends_what_comes_in_drops(scheme: str, start: bytes, piece: bytes) -> None:
    drip = Drip(start, piece)
    with pytest.raises(SourceError, match=r"took more than 0\.4 seconds"):
        fetch(f"{scheme}://127.0.0.1:{drip.port}/", MB, total=0.4, allow_private=True)
    drip.wait()
    assert not drip.is_finished


def test_the_total_time_is_that_of_all_redirects(site: Site) -> None:
    with pytest.raises(SourceError, match=r"took more than 0\.4 seconds"):
        fetch(f"{site}/hop/", MB, total=0.4, allow_private=True)
    assert len(site.seen) <= 3


def test_a_server_that_says_nothing_is_given_up(site: Site) -> None:
    with pytest.raises(SourceError, match=r"took more than 0\.3 seconds"):
        fetch(f"{site}/slow", MB, timeout=0.3, allow_private=True)


@pytest.mark.parametrize(("timeout", "total"), [(0.4, 10.0), (10.0, 0.4)])
def test_looking_up_a_name_takes_no_longer(
    monkeypatch: pytest.MonkeyPatch, timeout: float, total: float
) -> None:
    enough = threading.Event()

    def look_up(*_: object, **__: object) -> list[Any]:
        enough.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(SourceError, match=r"took more than 0\.4 seconds"):
        fetch("http://slow.example/", MB, timeout=timeout, total=total)
    enough.set()


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0.0.0.0"),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
        *("10.0.0.1", "169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "224.0.0.1"),
    ],
)
def test_private_addresses_are_refused(site: Site, host: str) -> None:
    with pytest.raises(SourceError, match=r"not a public address.*--allow-private"):
        fetch(f"http://{host}:{site.server_port}/text", MB)
    assert site.seen == []


class Internet:
    """A network of names: each is looked up in ``names``, and public ones end at ``site``."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.names: dict[str, list[list[str]]] = {}
        self.dialled: list[str] = []
        self._connect = socket.create_connection

    def look_up(self, host: str, port: int, *_: object, **__: object) -> list[Any]:
        answers = self.names[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found]

    def connect(self, address: tuple[str, int], *rest: Any, **named: Any) -> socket.socket:
        self.dialled.append(address[0])
        if address[0] == "93.184.216.99":
            raise ConnectionRefusedError("nobody is there")
        return self._connect(("127.0.0.1", self.site.server_port), *rest, **named)


@pytest.fixture
def internet(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Internet]:
    network = Internet(site)
    real = socket.getaddrinfo

    def look_up(host: str, *rest: Any, **named: Any) -> list[Any]:
        known = host in network.names
        return network.look_up(host, *rest, **named) if known else real(host, *rest, **named)

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", look_up)
        patch.setattr(socket, "create_connection", network.connect)
        yield network


def test_a_redirect_to_a_private_address_is_refused(internet: Internet) -> None:
    internet.names = {"news.example": [["93.184.216.34"]], "inside.example": [["10.0.0.7"]]}
    message = r"leads to inside\.example \(10\.0\.0\.7\), which is not a public address"
    with pytest.raises(SourceError, match=f"{message}.*--allow-private.*SANAD_ALLOW_PRIVATE"):
        fetch("http://news.example/to/http://inside.example/text", MB)
    with pytest.raises(SourceError, match=r"leads to 127\.0\.0\.1, which is not"):
        fetch(f"http://news.example/to/{internet.site}/text", MB)
    assert internet.dialled == ["93.184.216.34"] * 2
    page = fetch("http://news.example/to/http://inside.example/text", MB, allow_private=True)
    assert page.url == "http://inside.example/text"
    assert internet.dialled[2:] == ["93.184.216.34", "10.0.0.7"]


def test_the_address_that_was_checked_is_connected_to(internet: Internet) -> None:
    internet.names = {"turning.example": [["93.184.216.34"], ["127.0.0.1"]]}
    assert BODY in fetch("http://turning.example/text", MB).data.decode()
    assert internet.dialled == ["93.184.216.34"]
    with pytest.raises(SourceError, match="--allow-private"):
        fetch("http://turning.example/text", MB)
    internet.names = {"turning.example": [["93.184.216.34"], ["127.0.0.1"]]}
    with pytest.raises(SourceError, match="--allow-private"):
        fetch("http://turning.example/to/%2Ftext", MB)  # looked up again for the second request
    assert internet.dialled == ["93.184.216.34"] * 2


def test_one_private_address_among_several_is_one_too_many(internet: Internet) -> None:
    internet.names = {"mixed.example": [["93.184.216.34", "192.168.0.1"]]}
    with pytest.raises(SourceError, match=r"mixed\.example \(192\.168\.0\.1\)"):
        fetch("http://mixed.example/text", MB)
    assert internet.dialled == []


def test_the_next_address_is_tried_where_nobody_answers(internet: Internet) -> None:
    internet.names = {"two.example": [["93.184.216.99", "93.184.216.34"]]}
    assert BODY in fetch("http://two.example/text", MB).data.decode()
    assert internet.dialled == ["93.184.216.99", "93.184.216.34"]
    internet.names = {"one.example": [["93.184.216.99"]]}
    with pytest.raises(SourceError, match="cannot be reached: nobody is there"):
        fetch("http://one.example/text", MB)


SetProxy = Callable[[str], None]


@pytest.mark.parametrize("name", ["http_proxy", "all_proxy"])
def test_a_proxy_needs_to_be_allowed(
    site: Site, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, str(site).removeprefix("http://"))
    with pytest.raises(SourceError, match=r"through a proxy.*--allow-private"):
        fetch("http://news.example/text", MB)
    assert site.seen == []
    page = fetch("http://news.example/text", MB, allow_private=True)
    assert (page.url, site.seen) == ("http://news.example/text", ["http://news.example/text"])
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert fetch(f"{site}/text", MB, allow_private=True).kind == "text/plain"
    assert site.seen[1:] == ["/text"]


def test_a_proxy_of_another_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "socks5://user:secret@127.0.0.1:9")
    with pytest.raises(SourceError, match="of the kind socks5, which is not supported") as raised:
        fetch("http://news.example/text", MB, allow_private=True)
    assert not re.search("secret", str(raised.value))


@pytest.mark.parametrize(
    "address",
    [
        *("http://user:sec/ret@127.0.0.1:9", "user:sec/ret@127.0.0.1:9", "http://h:secret"),
        *("user:secret://@127.0.0.1:9", "http://user:sec\x01ret@127.0.0.1:9", "http://h:99999"),
        "http://user:secret@",
    ],
)
def test_a_proxy_of_no_valid_address(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", address)
    with pytest.raises(SourceError) as raised:
        fetch("http://news.example/text", MB, allow_private=True)
    assert re.search(r"proxy.*not a valid one.*all_proxy.*NO_PROXY", str(raised.value))
    assert "sec" not in str(raised.value)
    assert raised.value.__context__ is None, "its message would hold it"
