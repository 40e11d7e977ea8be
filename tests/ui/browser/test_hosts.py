"""Under which names the chat may be asked for."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.browser.hosts import host_name, hosts_of, is_loopback

NAME = socket.gethostname()
HERE = ("localhost", "127.0.0.1", "127.3.2.1", "[::1]")
ADDRESSES = ("192.168.1.5", "10.0.0.1", "[2001:db8::1]", "0.0.0.0")
FOREIGN = ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evillocalhost")
MALFORMED = (
    "",
    ":8000",
    "a b",
    "localhost/evil",
    "evil@localhost",
    "localhost,evil",
    "[::1",
    "a:b:c",
)


@pytest.mark.parametrize("port", ["", ":8000"])
@pytest.mark.parametrize(
    ("listening", "allowed", "asked", "refused"),
    [
        ("127.0.0.1", (), HERE, (*ADDRESSES, *FOREIGN)),
        ("localhost", (), (*HERE, "LocalHost", "localhost."), (*ADDRESSES, *FOREIGN)),
        ("LocalHost.", (), HERE, (*ADDRESSES, *FOREIGN)),
        ("Box.lan.", (), (*HERE, *ADDRESSES, "box.lan", "BOX.LAN."), ("lan", *FOREIGN)),
        ("127.0.0.1", ("News.example.",), ("news.example", "news.example."), FOREIGN),
        ("::1", (), HERE, (*ADDRESSES, *FOREIGN)),
        ("0.0.0.0", (), (*HERE, *ADDRESSES, NAME), FOREIGN),
        ("::", (), (*HERE, *ADDRESSES, NAME), FOREIGN),
        ("192.168.1.5", (), (*HERE, *ADDRESSES, NAME), FOREIGN),
        ("box.lan", (), (*HERE, *ADDRESSES, "box.lan", NAME), ("lan", *FOREIGN)),
        ("127.0.0.1", ("News.example",), (*HERE, "news.example"), ("x.news.example", *FOREIGN)),
        ("0.0.0.0", ("a.example", "b.example"), (*HERE, "a.example", "b.example"), FOREIGN),
    ],
)
def test_a_server_answers_to_its_own_names(
    listening: str,
    allowed: tuple[str, ...],
    asked: tuple[str, ...],
    refused: tuple[str, ...],
    port: str,
) -> None:
    hosts = hosts_of(listening, allowed)
    for host in asked:
        assert hosts.include(host + port), host
    for host in refused:
        assert not hosts.include(host + port), host


@pytest.mark.parametrize("listening", ["127.0.0.1", "0.0.0.0"])
@pytest.mark.parametrize("header", [None, *MALFORMED])
def test_a_request_without_a_proper_host_is_refused(listening: str, header: str | None) -> None:
    assert not hosts_of(listening, ()).include(header)


@given(st.text(max_size=40))
def test_only_a_name_of_the_server_is_let_in(header: str) -> None:
    if hosts_of("localhost", ()).include(header):
        name = host_name(header) or ""
        assert name == "localhost" or is_loopback(name)
