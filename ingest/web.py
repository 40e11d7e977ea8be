"""Pages from the web, with limits on size and time."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx

from rag.errors import SourceError

CONNECT_SECONDS = 10.0
TOTAL_SECONDS = 60.0
MAX_REDIRECTS = 5

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TEXT = frozenset({"text/plain", "text/markdown"})
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid")
_HEADERS = {
    "User-Agent": "Sanad/0.1 (article reader)",
    "Accept": "text/html,application/xhtml+xml,text/plain;q=0.9",
}


@dataclass(frozen=True, slots=True)
class Page:
    """What an address holds: ``url`` is where redirects ended, ``kind`` the media type."""

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
    timeout: float = CONNECT_SECONDS,
    total: float = TOTAL_SECONDS,
) -> Page:
    """Get the page at an http or https address.

    Args:
        url: the address; redirects are followed.
        max_bytes: largest page taken, unpacked.
        timeout: seconds to wait for the connection and for each piece.
        total: seconds for everything.

    Raises:
        SourceError: no answer, an error status, no text, or beyond the limits.
    """
    deadline = time.monotonic() + total
    try:
        with (
            httpx.Client(
                follow_redirects=True,
                max_redirects=MAX_REDIRECTS,
                timeout=timeout,
                headers=_HEADERS,
            ) as client,
            client.stream("GET", url) as response,
        ):
            kind = _checked_kind(response)
            data = bytearray()
            for piece in response.iter_bytes():
                data += piece
                if len(data) > max_bytes:
                    raise SourceError(too_large(None, max_bytes))
                if time.monotonic() > deadline:
                    raise SourceError(_slow(total))
            return Page(str(response.url), kind, response.charset_encoding, bytes(data))
    except httpx.TimeoutException as error:
        raise SourceError(_slow(timeout)) from error
    except httpx.TooManyRedirects as error:
        raise SourceError(
            f"It redirects more than {MAX_REDIRECTS} times. Give the address of the article itself."
        ) from error
    except httpx.UnsupportedProtocol as error:
        raise SourceError(
            "It leads to an address that is neither http nor https. Give another address."
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
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
    """The address an article is known by: without fragment, tracking parameters, default port.

    ``declared`` is the address that the page itself calls its own. It is believed within the
    same host, unless it is the bare host: some sites declare their front page everywhere.
    """
    ours, theirs = urlsplit(url), urlsplit(declared or "")
    same_host = (theirs.scheme, theirs.netloc.lower()) == (ours.scheme, ours.netloc.lower())
    chosen = theirs if same_host and theirs.path.strip("/") else ours
    host = chosen.netloc.lower().removesuffix({"http": ":80", "https": ":443"}[chosen.scheme])
    query = chosen.query
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [pair for pair in pairs if not _TRACKING.fullmatch(pair[0].lower())]
    if len(kept) < len(pairs):
        query = urlencode(kept)
    return urlunsplit((chosen.scheme, host, chosen.path or "/", query, ""))


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
