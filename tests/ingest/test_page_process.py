"""Pages in a process of their own: the same articles, and an end to those that never end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from ingest.discover import discover
from ingest.formats import parse_html
from ingest.page_process import PageProcess
from ingest.pipeline import ingest
from ingest.read import MAX_PAGE, ReadArticle, read
from ingest.report import Failure
from rag.errors import SourceError
from rag.store import Store
from tests.doubles import HashingEncoder
from tests.ingest.conftest import Write
from tests.ingest.test_formats import BODY, PAGE, SECOND

ROOT = Path(__file__).parents[2]
ENDLESS = "<p " + " ".join(f'a{i}=""' for i in range(80_000)) + f">{BODY}</p>"
"""A tag of so many attributes that libxml2 compares each with all others, for a minute or so."""


@pytest.fixture
def pages() -> Iterator[PageProcess]:
    with PageProcess() as opened:
        yield opened


def children() -> list[psutil.Process]:
    """The processes that read pages for this one."""
    return [child for child in psutil.Process().children() if reads_pages(child)]


def reads_pages(process: psutil.Process) -> bool:
    try:
        return "ingest.page_worker" in process.cmdline()
    except psutil.NoSuchProcess:  # or a zombie
        return False


@pytest.mark.parametrize("url", [None, "https://example.org/news/1?a=b"])
@pytest.mark.parametrize("html", [PAGE, f"<p>{BODY}\u2028\x00</p><p>{SECOND}</p>"])
def test_the_same_raw_article_as_without_it(pages: PageProcess, html: str, url: str | None) -> None:
    assert pages.parse_html(html, url) == parse_html(html, url)


def test_the_same_error_and_the_next_page_is_read(pages: PageProcess) -> None:
    with pytest.raises(SourceError, match="There is no article on this page"):
        pages.parse_html("<p>")
    [process] = children()
    assert pages.parse_html(PAGE) == parse_html(PAGE)
    assert children() == [process], "one process serves all pages"


def test_nothing_starts_without_a_page_and_nothing_stays() -> None:
    with PageProcess() as pages:
        assert children() == []
        pages.parse_html(PAGE)
        assert len(children()) == 1
    assert children() == []


def test_a_page_that_takes_too_long_is_given_up_and_the_next_is_read() -> None:
    with PageProcess(seconds=2) as pages:
        with pytest.raises(SourceError, match="more than 2 seconds"):
            pages.parse_html(ENDLESS)
        assert children() == []
        assert pages.parse_html(PAGE) == parse_html(PAGE)


class ReplyAndWait:
    """The replies of a process: each is handed on only once the process is gone."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._process, self._replies = process, process.stdout

    def readline(self) -> bytes:
        line = self._replies.readline()
        self._process.wait(120)
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._replies, name)


def test_a_reply_that_comes_with_the_end_of_the_time_costs_no_other_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with PageProcess(seconds=5) as pages:
        pages.parse_html(PAGE)
        assert pages._process is not None
        monkeypatch.setattr(pages._process, "stdout", ReplyAndWait(pages._process))
        with pytest.raises(SourceError, match="more than 5 seconds"):
            pages.parse_html(PAGE)
        assert children() == []
        assert pages.parse_html(PAGE) == parse_html(PAGE)


def test_a_start_that_takes_too_long_is_not_put_down_to_the_page(
    pages: PageProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("ingest.page_process._START_SECONDS", 0.01)
        with pytest.raises(SourceError, match=r"did not start within 0\.01 seconds\. Try again"):
            pages.parse_html(PAGE)
    assert pages.parse_html(PAGE) == parse_html(PAGE)


def test_a_process_that_ends_by_itself_costs_one_page(pages: PageProcess) -> None:
    pages.parse_html(PAGE)
    [process] = children()
    process.kill()
    with pytest.raises(SourceError, match=r"ended by itself \(exit code -9\)"):
        pages.parse_html(PAGE)
    assert pages.parse_html(PAGE) == parse_html(PAGE)


async def test_threads_beside_an_event_loop_get_their_own_page(pages: PageProcess) -> None:
    texts = [f"{number} {BODY} {SECOND}" for number in range(12)]
    raws = await asyncio.gather(
        *(asyncio.to_thread(pages.parse_html, f"<p>{text}</p><p>{SECOND}</p>") for text in texts)
    )
    assert [raw.text for raw in raws] == [f"{text}\n\n{SECOND}" for text in texts]


def test_an_interrupted_page_leaves_no_reply_for_the_next(pages: PageProcess) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def parse() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        pages.parse_html(ENDLESS)

    pages.parse_html(PAGE)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            parse()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert children() == []
    assert pages.parse_html(PAGE) == parse_html(PAGE)


@pytest.mark.parametrize("page", ["PAGE", "ENDLESS"])
def test_no_process_outlives_one_that_is_killed(page: str) -> None:
    """Neither while it waits for a page, nor in the middle of one."""
    program = f"""
import time
from ingest.page_process import PageProcess
from tests.ingest.test_page_process import ENDLESS, PAGE, children
pages = PageProcess(seconds=5)
pages.parse_html(PAGE)
print(children()[0].pid, flush=True)
pages.parse_html({page})
time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as killed:
        assert killed.stdout is not None
        child = psutil.Process(int(killed.stdout.readline()))
        time.sleep(1)
        killed.kill()
    assert gone_within(child, 120)


def gone_within(process: psutil.Process, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    process.kill()
    return False


def test_a_terminal_interrupt_is_left_to_whoever_asked(pages: PageProcess) -> None:
    """Ctrl-C goes to all processes of a terminal; this one is to end in silence, later."""
    pages.parse_html(PAGE)
    [process] = children()
    os.kill(process.pid, signal.SIGINT)
    assert pages.parse_html(PAGE) == parse_html(PAGE)


def test_a_source_that_takes_too_long_is_one_failure(write: Write) -> None:
    sources = discover([write("a.html", ENDLESS), write("b.html", PAGE)]).sources
    with PageProcess(seconds=2) as pages:
        slow, good = (found for s in sources for found in read(s, MAX_PAGE, pages.parse_html))
    assert isinstance(slow, Failure)
    assert "more than 2 seconds" in slow.reason
    assert isinstance(good, ReadArticle)


def test_pages_have_a_limit_of_their_own(write: Write) -> None:
    [source] = discover([write("a.html", b"<p>" + b"word " * MAX_PAGE)]).sources
    [found] = read(source, 10 * MAX_PAGE)
    assert isinstance(found, Failure)
    assert "is 25.0 MB; pages of up to 5 MB can be read" in found.reason


def test_an_ingest_reads_pages_elsewhere_and_leaves_no_process(
    folder: Path, write: Write, store: Store, encoder: HashingEncoder
) -> None:
    write("a.html", PAGE)
    write("b.html", "<p>")
    write("c.txt", BODY)
    report = ingest([folder], store, encoder)
    assert (report.added, len(report.failed)) == (2, 1)
    assert children() == []
