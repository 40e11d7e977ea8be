"""The page around the chat: local, guarded, in two languages."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType, SimpleNamespace

import httpx
import pytest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from ui.browser.hosts import Hosts
from ui.browser.page import (
    TITLE,
    LocalPage,
    content_security_policy,
    is_foreign,
    local_page,
    serve_locally,
    served_locale,
)

POLICY = "default-src 'self'"
ALLOWED = ["http://localhost:8000"]
HOSTS = Hosts(frozenset({"localhost"}))


def chainlit_page() -> str:
    """The page as the installed Chainlit ships it."""
    found = importlib.util.find_spec("chainlit")
    assert found is not None
    assert found.origin is not None
    return (Path(found.origin).parent / "frontend/dist/index.html").read_text("utf-8")


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the query it was given."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    request = Request(scope)
    kind = HTMLResponse if request.url.path == "/" else PlainTextResponse
    await kind(request.url.query)(scope, receive, send)


def client(**headers: str) -> httpx.AsyncClient:
    guarded = LocalPage(app, POLICY, ALLOWED, HOSTS)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(guarded), base_url="http://localhost:9000", headers=headers
    )


def test_chainlits_page_pulls_from_elsewhere_and_ours_does_not() -> None:
    page = chainlit_page()
    assert re.search(r'(?:href|src)="https?://', page)
    local = local_page(page)
    assert not re.search(r"https?://", local)
    assert re.findall(r'src="(/assets/[^"]+)"', local) == re.findall(r'src="(/assets/[^"]+)"', page)
    assert re.findall(r'href="(/assets/[^"]+)"', local)


def test_the_page_has_our_title_and_tells_no_address() -> None:
    page = local_page(
        "<title>Chainlit</title>\n<meta property='x' content=\"https://a.example/b.png\">\n<p>"
    )
    assert page == f"<title>{TITLE}</title>\n<p>"


def test_only_the_inline_scripts_of_the_page_may_run() -> None:
    policy = content_security_policy('<script>one</script><script src="/two.js"></script>')
    digest = base64.b64encode(hashlib.sha256(b"one").digest()).decode()
    assert f"script-src 'self' 'unsafe-eval' 'sha256-{digest}';" in policy
    assert policy.count("sha256") == 1
    assert "unsafe-inline" not in policy.partition("style-src")[0]
    assert "http" not in policy


@pytest.mark.parametrize(
    ("query", "served"),
    [
        ("language=ar-EG", "language=ar"),
        ("language=ar", "language=ar"),
        ("language=en-GB", "language=en-US"),
        ("language=fr", "language=en-US"),
        ("language=he-IL&chat_profile=a%20b", "language=en-US&chat_profile=a+b"),
        ("EIO=4&transport=polling&t=x", "EIO=4&transport=polling&t=x"),
        ("", ""),
    ],
)
async def test_two_languages_serve_every_locale(query: str, served: str) -> None:
    assert served_locale(query) == served
    async with client() as page:
        assert (await page.get(f"/project/settings?{query}")).text == served


@pytest.mark.parametrize(
    ("origin", "foreign"),
    [
        (None, False),
        ("http://localhost:9000", False),
        ("http://localhost:8000", False),
        ("http://evil.example", True),
        ("http://localhost:9001", True),
        ("null", True),
    ],
)
def test_requests_of_other_sites_are_recognised(origin: str | None, foreign: bool) -> None:
    headers = {"host": "localhost:9000"} | ({"origin": origin} if origin else {})
    assert is_foreign(Headers(headers), ALLOWED) == foreign


async def test_other_sites_may_not_change_anything() -> None:
    async with client(origin="http://evil.example") as page:
        assert (await page.post("/project/action")).status_code == 403
        assert (await page.get("/public/sanad.js")).status_code == 200
    async with client(origin="http://localhost:9000") as page:
        assert (await page.post("/project/action")).status_code == 200


async def test_a_page_whose_name_was_rebound_to_this_machine_gets_nothing() -> None:
    evil = {"host": "evil.example:9000", "origin": "http://evil.example:9000"}
    async with client(**evil) as page:
        for answer in (await page.get("/"), await page.post("/project/action")):
            assert answer.status_code == 400
            assert "--allow-host" in answer.text
            assert "evil" not in answer.text


@pytest.mark.parametrize(
    ("host", "origin", "first"),
    [
        ("localhost:9000", "http://localhost:9000", "websocket.accept"),
        ("localhost:9000", "http://evil.example", "websocket.close"),
        ("evil.example:9000", "http://evil.example:9000", "websocket.close"),
    ],
)
async def test_other_sites_may_not_open_websockets(host: str, origin: str, first: str) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope = {
        "type": "websocket",
        "path": "/ws/socket.io/",
        "query_string": b"",
        "headers": [(b"host", host.encode()), (b"origin", origin.encode())],
    }
    await LocalPage(app, POLICY, ALLOWED, HOSTS)(scope, receive, send)
    assert [message["type"] for message in sent] == [first]


async def test_every_answer_is_guarded_and_pages_carry_the_policy() -> None:
    async with client() as page:
        html, plain = await page.get("/"), await page.get("/health")
    for answer in (html, plain):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert html.headers["content-security-policy"] == POLICY
    assert "content-security-policy" not in plain.headers


def test_the_server_is_guarded_once() -> None:
    added: list[tuple[object, dict[str, object]]] = []
    server = ModuleType("server")
    server.get_html_template = lambda root: f'<link href="https://x.example/{root}">\n<p>'  # type: ignore[attr-defined]
    server.app = SimpleNamespace(  # type: ignore[attr-defined]
        middleware_stack=None,
        add_middleware=lambda kind, **options: added.append((kind, options)),
    )
    serve_locally(server, ALLOWED, HOSTS)
    assert server.get_html_template("") == "<p>"
    ((kind, options),) = added
    assert kind is LocalPage
    policy = content_security_policy("<p>")
    assert options == {"policy": policy, "allowed": ALLOWED, "hosts": HOSTS}
    server.app.middleware_stack = object()
    serve_locally(server, ALLOWED, HOSTS)
    assert len(added) == 1
