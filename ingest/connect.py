"""Connections for :mod:`ingest.web`: within one deadline, and only to where they may lead.

The address that is checked is the one that is connected to: a name is looked up once for each
connection, so that it cannot answer the check with one address and the connection with another.
"""

from __future__ import annotations

import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from ingest.address import is_public
from rag.errors import SourceError

_ALLOW = "pass --allow-private, or set SANAD_ALLOW_PRIVATE=1"

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_WRITTEN_AT_ONCE = 4096


class Deadline:
    """A moment after which nothing is waited for any more."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether the moment is past."""
        return time.monotonic() >= self._end

    def within(self, seconds: float | None) -> float:
        """``seconds``, or what is left if that is less.

        Raises:
            httpcore.TimeoutException: nothing is left.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.TimeoutException("the total time is over")
        return left if seconds is None else min(seconds, left)


class Transport(httpx.BaseTransport):
    """Carries requests for an :class:`httpx.Client`, each wait of them within ``deadline``.

    The proxies that the environment names are used where ``allow_private`` is set. Otherwise
    they are refused: a proxy looks addresses up by itself.

    Raises:
        SourceError: an address is not public, or a proxy stands before it.
        httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError,
        httpcore.ProxyError: from requests and from reading their responses.
    """

    def __init__(self, deadline: Deadline, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._backend = _Backend(deadline, allow_private=allow_private)
        self._ssl_context = httpx.create_ssl_context()
        self._pools: dict[str, httpcore.ConnectionPool] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        url = request.url
        response = self._pool(url).handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, url: httpx.URL) -> httpcore.ConnectionPool:
        address = _proxy_for(url)
        if address and not self._allow_private:
            raise SourceError(
                "It would be fetched through a proxy, which looks addresses up by itself, so that "
                "private ones cannot be refused. "
                f"To let it, {_ALLOW}, or name the host in NO_PROXY."
            )
        if address not in self._pools:
            self._pools[address] = httpcore.ConnectionPool(
                ssl_context=self._ssl_context,
                proxy=_proxy(address) if address else None,
                network_backend=self._backend,
            )
        return self._pools[address]


def _proxy_for(url: httpx.URL) -> str:
    """The proxy that the environment names for ``url``, or nothing."""
    if proxy_bypass(url.host):
        return ""
    proxies = getproxies()
    address = proxies.get(url.scheme) or proxies.get("all") or ""
    return f"http://{address}" if address and "://" not in address else address


def _proxy(address: str) -> httpcore.Proxy:
    scheme = address.partition("://")[0].lower()
    if _SCHEME.fullmatch(scheme) and scheme not in ("http", "https"):
        raise SourceError(
            f"It would be fetched through a proxy of the kind {scheme}, which is not supported. "
            "Name an http:// proxy, or name the host in NO_PROXY."
        )
    try:
        given = httpx.Proxy(address)
        proxy = httpcore.Proxy(str(given.url), auth=given.raw_auth)
    except (httpx.InvalidURL, ValueError):  # which may quote a part of the password
        proxy = None
    if proxy is None or not proxy.url.host:
        raise SourceError(
            "It would be fetched through a proxy whose address is not a valid one. Correct "
            "http_proxy, https_proxy or all_proxy, or name the host in NO_PROXY."
        )
    return proxy


class _Body(httpx.SyncByteStream):
    """The body of a response, as httpx wants it."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class _Backend(httpcore.SyncBackend):
    """Opens connections."""

    def __init__(self, deadline: Deadline, *, allow_private: bool) -> None:
        self._deadline = deadline
        self._allow_private = allow_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _look_up(host, port, self._deadline.within(timeout))
        for address in addresses:
            if not (self._allow_private or is_public(address)):
                named = host if host == address else f"{host} ({address})"
                raise SourceError(
                    f"It leads to {named}, which is not a public address. "
                    f"If you trust it, {_ALLOW}."
                )
        failure: Exception = httpcore.ConnectError("No address found")
        for address in addresses:
            left = self._deadline.within(timeout)
            try:
                opened = super().connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(opened, self._deadline)
        raise failure


class _Stream(httpcore.NetworkStream):
    """A connection on which nothing is waited for beyond the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _WRITTEN_AT_ONCE):  # what is left is asked each time
            piece = buffer[start : start + _WRITTEN_AT_ONCE]
            self._stream.write(piece, self._deadline.within(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.within(timeout)
        opened = self._stream.start_tls(ssl_context, server_hostname, left)
        return _Stream(opened, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _look_up(host: str, port: int, seconds: float) -> list[str]:
    """The IP addresses of a host.

    Looking up takes no time limit, so a thread of its own does it, left behind if it is too slow.
    """
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:  # UnicodeError: a label that is too long
            answers.put(error)

    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise httpcore.ConnectTimeout("the name was not found in time") from None
    if isinstance(answer, Exception):
        raise httpcore.ConnectError(str(answer)) from answer
    return answer
