"""Under which names the chat may be asked for.

A page of any site can have its own name point to this machine (DNS rebinding). To the browser the
chat is then of that site, which may read it; the name in the request gives it away.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\s\[\]:/?#@,]+?)\.?)(?::\d*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hosts:
    """The names of a server, and whether every address may be its own; a loopback one always may.

    An address cannot be rebound: whoever asks for one gets the machine that has it.
    """

    names: frozenset[str]
    addresses: bool = False

    def include(self, header: str | None) -> bool:
        """Whether a request with this ``Host`` header is meant for the server.

        >>> Hosts(frozenset({"localhost"})).include("localhost:8000")
        True
        >>> Hosts(frozenset({"localhost"})).include("evil.example:8000")
        False
        """
        name = host_name(header or "")
        if name is None:
            return False
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return name in self.names
        return self.addresses or address.is_loopback or name in self.names


def host_name(header: str) -> str | None:
    """The name or address in a ``Host`` header, in lower case; None if it is no such header.

    >>> host_name("News.example.:8000"), host_name("[::1]:8000"), host_name("a/b")
    ('news.example', '::1', None)
    """
    found = _HOST.fullmatch(header)
    return _plain(found[1] or found[2]) if found else None


def hosts_of(listening: str, allowed: Iterable[str]) -> Hosts:
    """The hosts of a server that listens on ``listening`` and is ``allowed`` more names.

    Where other machines reach it, it goes by its addresses and by this machine's name, too.
    """
    names = {"localhost", _plain(listening), *map(_plain, allowed)}
    if is_loopback(listening):
        return Hosts(frozenset(names))
    return Hosts(frozenset({*names, _plain(socket.gethostname())}), addresses=True)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server on ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return _plain(host) == "localhost"


def _plain(name: str) -> str:
    """A name as it is compared: case means nothing, nor does the dot that ends a whole name."""
    return name.lower().removesuffix(".")
