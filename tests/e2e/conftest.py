"""A real server on a real store, and a real browser that may talk to nobody else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from ingest.chunk import CHUNKER_VERSION
from ingest.pipeline import ingest
from rag.models.encoder import load_encoder
from rag.settings import SHIPPED_ENCODER
from rag.store import open_store
from scripts.chat_server import running_chat
from scripts.ensure_browser import BROWSER_FLAGS, find_browser
from tests.e2e.chat import Chat

HOSTILE = Path(__file__).parent / "hostile"

expect.set_options(timeout=30_000)  # what comes at once on a calm machine, on a busy one too

OpenChat = Callable[..., Chat]
StartServer = Callable[[Path], AbstractContextManager[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> StartServer:
    """Starts ``chainlit run app.py`` on a store."""
    return lambda store: running_chat(store, tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="package")
def store(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the sample articles and the hostile ones, built by the shipped encoder."""
    path = tmp_path_factory.mktemp("store") / "sanad"
    shutil.copytree(sample_store, path)
    encoder = load_encoder(str(SHIPPED_ENCODER))
    with open_store(path, encoder.identity, chunker_version=CHUNKER_VERSION) as opened:
        report = ingest([HOSTILE], opened, encoder)
    assert report.added
    assert not report.failed
    return path


@pytest.fixture(scope="package")
def server(start_server: StartServer, store: Path) -> Iterator[str]:
    with start_server(store) as url:
        yield url


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = find_browser()
    assert path, "no browser: run scripts/ensure_browser.py"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=[*BROWSER_FLAGS])
        yield running
        running.close()


@pytest.fixture
def open_chat(browser: Browser, request: pytest.FixtureRequest) -> Iterator[OpenChat]:
    """Opens the chat in a new browser profile.

    A request to any other machine, a script error or a broken rule of the security policy fails
    the test when it ends.
    """
    contexts, faults = [], []

    def open_chat(
        locale: str = "en-US",
        *,
        width: int = 1280,
        height: int = 860,
        dark: bool = False,
        url: str | None = None,
    ) -> Chat:
        base = url or str(request.getfixturevalue("server"))
        context = browser.new_context(
            locale=locale,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            has_touch=width < 500,
        )
        contexts.append(context)

        def keep_local(route: Route) -> None:
            if route.request.url.startswith((f"{base}/", "data:", "blob:")):
                route.continue_()
            else:
                faults.append(f"asked for {route.request.url}")
                route.abort()

        context.route("**/*", keep_local)
        page = context.new_page()
        watch(page, base, faults)
        page.goto(f"{base}/")
        chat = Chat(page)
        chat.wait_until_connected()
        return chat

    yield open_chat
    for context in contexts:
        context.close()
    assert faults == []


def watch(page: Page, base: str, faults: list[str]) -> None:
    own = base.replace("http", "ws", 1)
    page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    page.on(
        "websocket",
        lambda ws: None if ws.url.startswith(own) else faults.append(f"websocket to {ws.url}"),
    )
    page.on(
        "console",
        lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None,
    )
