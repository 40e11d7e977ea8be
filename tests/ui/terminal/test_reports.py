from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from ingest.report import Failure, IngestReport, Progress
from rag.settings import Settings
from rag.types import IndexState
from tests.ui.terminal.test_contract import status
from ui.terminal.bidi import Order
from ui.terminal.reports import progress_bar, show_ingest, show_status
from ui.terminal.screen import Manner, Screen

REPORT = IngestReport(
    added=1234,
    failed=(Failure("أخبار/تقرير.txt", "There is no such file."), Failure("b.pdf", "No.")),
    chunks=5678,
    seconds=2.04,
)


def screen(order: Order = "logical", *, colour: bool = False) -> Screen:
    console = Console(file=io.StringIO(), width=60, force_terminal=colour, highlight=False)
    return Screen(console, Manner(order))


def written(target: Screen) -> str:
    assert isinstance(target.console.file, io.StringIO)
    return target.console.file.getvalue()


def test_an_ingest_ends_with_counts_and_failures() -> None:
    target = screen()
    show_ingest(target, REPORT)
    assert written(target).splitlines() == [
        "added        1,234",
        "updated          0",
        "unchanged        0",
        "removed          0",
        "failed           2",
        "skipped          0",
        "           5,678 passages in 2.0 s",
        "",
        "أخبار/تقرير.txt",
        "  There is no such file.",
        "b.pdf",
        "  No.",
    ]


def test_skipped_files_are_counted_and_named() -> None:
    target = screen()
    show_ingest(target, IngestReport(added=1, skipped=("أخبار/تقرير.pdf", "b.docx"), seconds=1))
    assert written(target).splitlines()[5:] == [
        "skipped          2",
        "           0 passages in 1.0 s",
        "",
        "Skipped, since files of these kinds cannot be read:",
        "  أخبار/تقرير.pdf",
        "  b.docx",
    ]


def test_of_very_many_skipped_files_the_first_are_named() -> None:
    target = screen()
    show_ingest(target, IngestReport(skipped=tuple(f"{i:04}.png" for i in range(2_500))))
    lines = written(target).splitlines()
    assert "skipped      2,500" in lines
    assert lines[-2:] == ["  0019.png", "  and 2,480 more (--json names all)"]


def test_counts_stand_out_only_where_something_happened() -> None:
    target = screen(colour=True)
    show_ingest(target, REPORT)
    lines = written(target).splitlines()
    assert "\x1b[1m  1,234\x1b[0m" in lines[0]
    assert "\x1b[2m      0\x1b[0m" in lines[1]
    assert "\x1b[1;31m      2\x1b[0m" in lines[4]


def test_the_status_of_a_store() -> None:
    target = screen()
    show_status(target, status(), Settings(k=3))
    assert written(target).splitlines() == [
        "store      /srv/sanad (1.0 kB)",
        "articles   3",
        "passages   30",
        "           Arabic: 2 articles, 20 passages",
        "           English: 1 article, 10 passages",
        "encoder    encoder (384 dimensions)",
        "           weights abc",
        "vectors    http://***@chroma:8000",
        "answers    extractive (no chat model)",
        "settings   SANAD_K=3",
    ]


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("mending", "being written or repaired"),
        ("failed", "could not"),
        ("unsettled", "`sanad run`"),
    ],
)
def test_the_status_of_a_store_whose_index_is_not_whole(state: IndexState, says: str) -> None:
    whole, target = screen(), screen()
    show_status(whole, status(), Settings())
    show_status(target, replace(status(), index=state), Settings())
    [line] = set(written(target).splitlines()) - set(written(whole).splitlines())
    assert says in line


def test_progress_is_shown_on_a_terminal_only() -> None:
    with progress_bar(screen(), "Reading") as on_progress:
        assert on_progress is None
    target = screen("visual", colour=True)
    with progress_bar(target, "Reading") as on_progress:
        assert on_progress is not None
        on_progress(Progress(done=1, total=4, chunks=9, failed=0, source="a/b/خبر.txt"))
    shown = written(target)
    assert "Reading" in shown
    assert "1/4" in shown
    assert "\ufeae\ufe92\ufea7.txt" in shown, "the name of the file, ordered as it reads"
    assert "a/b" not in shown
