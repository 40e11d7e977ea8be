"""Pages from the web, with limits on size and time."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpcore
import httpx

from ingest.address import without_credentials
from ingest.connect import Deadline, Transport
from rag.errors import SourceError

CONNECT_SECONDS = 10.0
TOTAL_SECONDS = 60.0
MAX_REDIRECTS = 5

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TEXT = frozenset({"text/plain", "text/markdown"})
_CODINGS = frozenset({"gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd"})
_UNPACKED_AT_ONCE = 2**16
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid")
_HEADERS = {
    "User-Agent": "Sanad/0.1 (article reader)",
    "Accept": "text/html,application/xhtml+xml,text/plain;q=0.9",
    "Accept-Encoding": "gzip",
}


@dataclass(frozen=True, slots=True)
class Page:
    """What an address holds: ``url`` is where redirects ended, ``kind`` the media type.

    ``url`` holds no user name nor password.
    """

    url: str
    kind: str
    charset: str | None
    data: bytes

    @property
    def is_html(self) -> bool:
        """Whether it is a web page; otherwise it is plain text or Markdown."""
        return self.kind in _HTML


def fetch(
    url: str,
    max_bytes: int,
    *,
    allow_private: bool = False,
    timeout: float = CONNECT_SECONDS,
    total: float = TOTAL_SECONDS,
) -> Page:
    """Get the page at an http or https address.

    Args:
        url: the address; redirects are followed. A user name and password in it are sent to its
            host, and told nowhere else.
        max_bytes: largest page taken, unpacked.
        allow_private: take pages from addresses that are not public, and through proxies.
        timeout: seconds to wait for the connection and for each piece.
        total: seconds for everything.

    Raises:
        SourceError: no answer, an error status, no text, a private address, or beyond the limits.
    """
    deadline = Deadline(total)
    transport = Transport(deadline, allow_private=allow_private)
    try:
        with (
            httpx.Client(transport=transport, timeout=timeout, headers=_HEADERS) as client,
            closing(_follow(client, url)) as response,
        ):
            kind = _checked_kind(response)
            data = _limited(_unpacked(response), max_bytes)
            return Page(str(response.url), kind, response.charset_encoding, data)
    except httpcore.TimeoutException as error:
        raise SourceError(_slow(total if deadline.is_over else timeout)) from error
    except (
        *(httpx.HTTPError, httpx.InvalidURL, httpcore.NetworkError, httpcore.ProtocolError),
        *(httpcore.ProxyError, zlib.error, ValueError),
    ) as error:
        raise SourceError(
            f"It cannot be reached: {error or type(error).__name__}. "
            "Check the address and the network."
        ) from error


def too_large(size: int | None, max_bytes: int) -> str:
    """Why something beyond the limit is not read, and how to raise the limit."""
    stated = f"It is {size / 2**20:.1f} MB" if size else "It is too large"
    return (
        f"{stated}; the limit is {max_bytes / 2**20:g} MB. Split it, or raise SANAD_MAX_SOURCE_MB."
    )


def canonical(url: str, declared: str | None = None) -> str:
    """The address an article is known by.

    That is without fragment, tracking parameters, default port, user name and password.
    ``declared`` is the address that the page itself calls its own. It is believed within the
    same host, unless it is the bare host: some sites declare their front page everywhere.
    """
    ours, theirs = urlsplit(without_credentials(url)), urlsplit(without_credentials(declared or ""))
    same_host = (theirs.scheme, theirs.netloc.lower()) == (ours.scheme, ours.netloc.lower())
    chosen = theirs if same_host and theirs.path.strip("/") else ours
    host = chosen.netloc.lower().removesuffix({"http": ":80", "https": ":443"}[chosen.scheme])
    query = chosen.query
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [pair for pair in pairs if not _TRACKING.fullmatch(pair[0].lower())]
    if len(kept) < len(pairs):
        query = urlencode(kept)
    return urlunsplit((chosen.scheme, host, chosen.path or "/", query, ""))


def _follow(client: httpx.Client, url: str) -> httpx.Response:
    """The response at the end of all redirects; what the others hold is not read."""
    try:
        request = client.build_request("GET", url)
    except httpx.InvalidURL:
        if url == without_credentials(url):
            raise
        raise SourceError(
            "It is not a valid address. In a user name or password, write characters such as "
            "/ # ? @ and : as %2F %23 %3F %40 and %3A."
        ) from None
    for _ in range(MAX_REDIRECTS + 1):
        response = _send(client, request)
        if response.next_request is None:
            return response
        response.close()
        request = response.next_request
    raise SourceError(
        f"It redirects more than {MAX_REDIRECTS} times. Give the address of the article itself."
    )


def _send(client: httpx.Client, request: httpx.Request) -> httpx.Response:
    """Send a request; a user name and password move from its address into a header.

    So neither logs nor the response hold them. The header goes on to redirects of the same host.
    """
    url = request.url
    if url.scheme not in ("http", "https"):
        raise SourceError(
            "It leads to an address that is neither http nor https. Give another address."
        )
    auth = httpx.BasicAuth(url.username, url.password) if url.userinfo else None
    request.url = url.copy_with(userinfo=b"")
    return client.send(request, stream=True, auth=auth)


def _unpacked(response: httpx.Response) -> Iterator[bytes]:
    """The body in small pieces, however far a few bytes of it unpack."""
    header = response.headers.get("content-encoding", "")
    codings = [name for part in header.split(",") if (name := part.strip().lower()) in _CODINGS]
    if not codings:
        yield from response.iter_raw()
        return
    if codings not in (["gzip"], ["x-gzip"], ["deflate"]):
        raise SourceError(
            f"It is packed as {', '.join(codings)}; only gzip can be unpacked. "
            "Save the page, and give the file."
        )
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)  # either header, gzip's or zlib's
    for piece in response.iter_raw():
        while piece:
            yield unpack.decompress(piece, _UNPACKED_AT_ONCE)
            piece = unpack.unconsumed_tail
        if unpack.eof:  # else all that follows would be kept
            return
    yield unpack.flush()


def _limited(pieces: Iterator[bytes], max_bytes: int) -> bytes:
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > max_bytes:
            raise SourceError(too_large(None, max_bytes))
    return bytes(data)


def _checked_kind(response: httpx.Response) -> str:
    if not response.is_success:
        raise SourceError(
            f"The server answered {response.status_code} {response.reason_phrase}. "
            "Check the address."
        )
    header = response.headers.get("content-type", "")
    kind = str(header).partition(";")[0].strip().lower() or "text/html"
    if kind not in _HTML | _TEXT:
        raise SourceError(
            f"It is {kind}; only web pages and plain text can be read from an address. "
            "Save the article as .txt."
        )
    return kind


def _slow(seconds: float) -> str:
    return f"The server took more than {seconds:g} seconds. Try again later, or save the page."
