"""Rules for addresses: which belong to the public internet, and how they are shown."""

from __future__ import annotations

import ipaddress
import re

_CREDENTIALS = re.compile(
    r"(\s*[a-z][a-z0-9+.-]*://)(?:"
    r"[^/?#]*@"  # up to the last @ before the path
    r"|[^/?#@:\[]*:(?!\d*(?:[/?#]|$)).*@"  # what follows : is no port, but a password with a /
    r")",
    re.IGNORECASE | re.DOTALL,
)

_LOGIN = re.compile(r"\s*(?://)?([^\s:@/?#]+:(?!\s|//)[^@]*(?<!\s)@\S)")
"""A user name, a password and the beginning of a host, with no scheme before them."""

_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NOT_PUBLIC = (
    ipaddress.ip_network("192.0.0.0/24"),  # protocol assignments, Oracle's metadata among them
    ipaddress.ip_network("168.63.129.16/32"),  # Azure's metadata, though the address is public
)
"""What :mod:`ipaddress` takes for public in some versions of Python."""


def without_credentials(text: str) -> str:
    """``http://user:secret@host/a`` → ``http://host/a``; anything else as it is."""
    match = _CREDENTIALS.match(text)
    return match[1] + text[match.end() :] if match else text


def without_login(text: str) -> str:
    """As :func:`without_credentials`, and ``user:secret@host`` → ``host``.

    What merely has an ``@`` in it (``@bbc``, ``News @ Ten``) is left as it is.
    """
    if login := _LOGIN.match(text):
        return without_credentials(f"http://{text[login.start(1) :]}").removeprefix("http://")
    return without_credentials(text)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet.

    Private, shared, loopback, link-local, multicast, reserved and unspecified addresses do not,
    nor do those that cloud machines ask for their own keys. An IPv6 address that stands for an
    IPv4 one (mapped, 6to4, NAT64) is judged as that.
    """
    given = ipaddress.ip_address(address)
    if isinstance(given, ipaddress.IPv6Address):
        carried = _carried(given)
        if carried is None:
            return given in _GLOBAL_UNICAST and given.is_global
        given = carried
    listed = any(given in network for network in _NOT_PUBLIC)
    return given.is_global and not given.is_multicast and not listed


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
