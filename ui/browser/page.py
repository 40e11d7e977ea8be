"""The web page around the chat: nothing from other machines, and a tight security policy."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, MutableMapping
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from ui.browser.hosts import Hosts
from ui.views.words import interface_lang

TITLE = "Sanad · سند"
_LOCALES = {"ar": "ar", "en": "en-US"}
"""The translation file that serves each interface language."""

_FOREIGN_LINK = re.compile(r"(?<![ \t])[ \t]*+<link\b[^<>]*?href=\"https?://[^<>]*>\n?")
_FOREIGN_META = re.compile(r"(?<![ \t])[ \t]*+<meta\b[^<>]*?content=\"https?://[^<>]*>\n?")
_TITLE = re.compile(r"<title>[^<]*</title>")
_INLINE_SCRIPT = re.compile(r"<script>(.*?)(?:</script>|\Z)", re.DOTALL)
FOREIGN_HOST = (
    "Sanad does not answer under this name. Whoever runs it can allow the name with "
    "sanad run --allow-host NAME, or in SANAD_ALLOWED_HOSTS."
)
FOREIGN_SITE = "Requests from other sites are refused."
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def local_page(html: str) -> str:
    r"""The page without what it pulls from, or tells about, other machines.

    >>> local_page('<link href="https://fonts.example/x" rel="stylesheet">\n<title>a</title>')
    '<title>Sanad · سند</title>'
    """
    html = _FOREIGN_META.sub("", _FOREIGN_LINK.sub("", html))
    return _TITLE.sub(f"<title>{TITLE}</title>", html, count=1)


def content_security_policy(html: str) -> str:
    """The policy for `local_page`: everything from this server, only its own inline scripts.

    ``unsafe-eval`` stays because Chainlit compiles custom elements in the browser.
    """
    scripts = " ".join(f"'sha256-{_digest(script)}'" for script in _INLINE_SCRIPT.findall(html))
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval' {scripts}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def served_locale(query: str) -> str:
    """``query`` with its ``language`` replaced by the one of ours that serves it.

    >>> served_locale("language=ar-EG"), served_locale("a=b")
    ('language=ar', 'a=b')
    """
    fields = parse_qsl(query, keep_blank_values=True)
    if not any(name == "language" for name, _ in fields):
        return query
    return urlencode(
        [(n, _LOCALES[interface_lang(v)] if n == "language" else v) for n, v in fields]
    )


def is_foreign(headers: Headers, allowed: Iterable[str]) -> bool:
    """Whether a request was made by a page of another site that is not in ``allowed``."""
    origin = headers.get("origin")
    if not origin or origin in allowed:
        return False
    return urlsplit(origin).netloc != headers.get("host")


class LocalPage:
    """ASGI middleware: interface language, security headers, and no requests from other sites.

    Requests for a host that is not this server's are refused. So are requests that change
    something, and websockets, when a page of another site made them; Chainlit itself accepts
    websockets from anywhere.
    """

    def __init__(self, app: ASGIApp, policy: str, allowed: Iterable[str], hosts: Hosts) -> None:
        self._app = app
        self._policy = policy
        self._allowed = frozenset(allowed)
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; see the class."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        if not self._hosts.include(headers.get("host")):
            return await _refuse(scope, receive, send, 400, FOREIGN_HOST)
        changing = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        if changing and is_foreign(headers, self._allowed):
            return await _refuse(scope, receive, send, 403, FOREIGN_SITE)
        query = served_locale(scope.get("query_string", b"").decode("latin-1"))
        scope = {**scope, "query_string": query.encode("latin-1")}
        return await self._app(scope, receive, self._with_headers(send))

    def _with_headers(self, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(message)
            await send(message)

        return send_with_headers

    def _add_headers(self, message: MutableMapping[str, Any]) -> None:
        headers = MutableHeaders(scope=message)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        if headers.get("content-type", "").startswith("text/html"):
            headers["Content-Security-Policy"] = self._policy


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, why: str) -> None:
    refused = WebSocketClose(4000 + status, why) if scope["type"] == "websocket" else None
    await (refused or PlainTextResponse(why, status))(scope, receive, send)


def serve_locally(server: ModuleType, allowed: Iterable[str], hosts: Hosts) -> None:
    """Have Chainlit's ``server`` module send `local_page`, guarded by `LocalPage`.

    Does nothing the second time: ``chainlit run --watch`` loads the app again.
    """
    if server.app.middleware_stack is not None:
        return
    original = server.get_html_template
    server.get_html_template = lambda root_path: local_page(original(root_path))  # type: ignore[attr-defined]
    policy = content_security_policy(server.get_html_template(""))
    server.app.add_middleware(LocalPage, policy=policy, allowed=allowed, hosts=hosts)
