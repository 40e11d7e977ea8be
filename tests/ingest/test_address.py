from __future__ import annotations

import ipaddress

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.address import is_public, without_credentials, without_login


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("93.184.216.34", True),
        ("172.32.0.1", True),
        ("2606:4700::1111", True),
        ("2a00:1450:4001::200e", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("127.0.0.1", False),
        ("127.8.9.1", False),
        ("0.0.0.0", False),
        ("0.1.2.3", False),
        ("100.64.0.1", False),  # shared by a carrier's customers
        ("169.254.1.1", False),
        ("169.254.169.254", False),  # metadata of most clouds
        ("100.100.100.200", False),  # Alibaba's
        ("168.63.129.16", False),  # Azure's
        ("192.0.0.192", False),  # Oracle's
        ("198.18.0.1", False),
        ("203.0.113.9", False),
        ("224.0.0.1", False),
        ("239.1.2.3", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("fd00:ec2::254", False),  # Amazon's metadata
        ("fc00::1", False),
        ("ff02::1", False),
        ("2001:db8::1", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),  # Teredo
        ("::7f00:1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::7f00:1", False),
        ("2002:7f00:1::", False),
        ("4000::1", False),
    ],
)
def test_public_addresses(address: str, expected: bool) -> None:
    assert is_public(address) is expected


@given(st.ip_addresses(v=4))
def test_an_ipv6_address_is_no_way_around_an_ipv4_one(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    mapped = ipaddress.IPv6Address((0xFFFF << 32) | number)
    translated = ipaddress.IPv6Address((0x64FF9B << 96) | number)
    tunnelled = ipaddress.IPv6Address((0x2002 << 112) | (number << 80))
    expected = is_public(str(address))
    assert [is_public(str(ip)) for ip in (mapped, translated, tunnelled)] == [expected] * 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://user:secret@host/a", "http://host/a"),
        ("HTTPS://token@host:8/a?b#c", "HTTPS://host:8/a?b#c"),
        ("ftp://user:secret@host", "ftp://host"),
        ("http://user:p@ss@host/", "http://host/"),
        ("http://user:my secret@host/", "http://host/"),
        ("  http://user:secret@host/", "  http://host/"),
        ("http://user:se/cr#e?t@host/", "http://host/"),
        ("http://u:s@[::1]:80/@x", "http://[::1]:80/@x"),
        ("http://@host/", "http://host/"),
        ("https://host/@author/story", "https://host/@author/story"),
        ("https://host:80/@author", "https://host:80/@author"),
        ("https://host:/@author", "https://host:/@author"),
        ("https://[::1]/@author", "https://[::1]/@author"),
        ("https://host?to=a@b.org", "https://host?to=a@b.org"),
        ("https://host#a@b", "https://host#a@b"),
        ("folder/a:b@c.txt", "folder/a:b@c.txt"),
        ("", ""),
    ],
)
def test_addresses_without_credentials(text: str, shown: str) -> None:
    assert without_credentials(text) == shown
    assert without_credentials(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://user:secret@host/a", "http://host/a"),
        ("user:secret@host", "host"),
        ("user:p@ss@host:80/@x", "host:80/@x"),
        ("user:se/cr#et@host", "host"),
        ("user:my secret@host", "host"),
        ("//user:secret@host/a", "host/a"),
        (" user:secret@host", "host"),
        ("host:80/@author", "host:80/@author"),
        ("News @ Ten", "News @ Ten"),
        ("News: @ten", "News: @ten"),
        ("@bbc", "@bbc"),
        ("desk@agency.example", "desk@agency.example"),
        ("وكالة النهر", "وكالة النهر"),
        ("", ""),
    ],
)
def test_names_without_a_login(text: str, shown: str) -> None:
    assert without_login(text) == shown
    assert without_login(shown) == shown


@given(st.text(alphabet=st.sampled_from("ab:@/?#[]%20.\\ é"), max_size=24))
@example("user:se/cret@host")
@example("u:1@2@host:80/x@y")
def test_credentials_are_those_that_the_request_would_send(text: str) -> None:
    try:
        url = httpx.URL(f"http://{text}")
    except httpx.InvalidURL:
        return
    shown = httpx.URL(without_credentials(f"http://{text}"))
    assert shown.userinfo == b""
    assert (shown.host, shown.port, shown.raw_path) == (url.host, url.port, url.raw_path)
