"""What an ingest did and what a store holds, on the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.style import Style
from rich.text import Text

from ingest.report import IngestReport, skipped_lines
from ingest.report import Progress as IngestProgress
from ui.terminal.answer import WARNING
from ui.terminal.console import notes_screen, output_screen, print_json, waiting
from ui.terminal.contract import changed_settings, without_password
from ui.terminal.outcome import SOME_FAILED
from ui.terminal.screen import Screen
from ui.views.counted import count_of_articles
from ui.views.layout import shortened
from ui.views.words import WORDS

if TYPE_CHECKING:
    from rag.models.encoder import Encoder
    from rag.settings import Settings
    from rag.store.records import StoreStatus
    from rag.types import IndexState

_DIM = Style(dim=True)
_BOLD = Style(bold=True)
_FAILED = Style(bold=True, color="red")
_LABEL = 11
_NAME_CHARS = 32
_INDEX: Mapping[IndexState, str] = {
    "mending": "the index is being written or repaired; a repair makes searches slower",
    "failed": "the index could not be repaired; searches do without it, which is slower",
    "unsettled": "the index is incomplete; `sanad run` and `sanad ingest` repair it",
}

OnProgress = Callable[[IngestProgress], None]


def publish_ingest(report: IngestReport, settings: Settings, *, as_json: bool) -> None:
    """Write what an ingest did to stdout, in words or as a document.

    Raises:
        typer.Exit: with 1, when a source failed.
    """
    if as_json:
        print_json(report.as_json())
    else:
        show_ingest(output_screen(settings.bidi), report)
    if report.failed:
        raise typer.Exit(SOME_FAILED)


def show_ingest(screen: Screen, report: IngestReport) -> None:
    """Write how many articles came, changed and went, what failed and what was skipped."""
    rows = {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "failed": len(report.failed),
        "skipped": len(report.skipped),
    }
    for name, count in rows.items():
        style = _FAILED if name == "failed" and count else _BOLD if count else _DIM
        _row(screen, name, Text(f"{count:>7,}", style))
    _row(screen, "", Text(f"{report.chunks:,} passages in {report.seconds:.1f} s", _DIM))
    if report.failed:
        screen.blank()
    for failure in report.failed:
        screen.paragraph(Text(failure.source, _FAILED), hang=2, direction="ltr", wrap=False)
        screen.paragraph(failure.reason, indent=2, direction="ltr")
    if report.skipped:
        screen.blank()
        screen.paragraph("Skipped, since files of these kinds cannot be read:", direction="ltr")
    for line in skipped_lines(report.skipped):
        screen.paragraph(Text(line), indent=2, hang=2, direction="ltr", wrap=False)


def show_status(screen: Screen, status: StoreStatus, settings: Settings) -> None:
    """Write what a store holds, what built it, and which settings are not at their default."""
    names = WORDS["en"].language_names
    _row(screen, "store", Text(f"{status.path} ({_size(status.size)})"))
    _row(screen, "articles", Text(f"{status.articles:,}"))
    _row(screen, "passages", Text(f"{status.chunks:,}"))
    for lang, counts in status.languages.items():
        held = f"{count_of_articles(counts.articles, 'en')}, {counts.chunks:,} passages"
        _row(screen, "", Text(f"{names[lang]}: {held}", _DIM))
    encoder = status.encoder
    _row(screen, "encoder", Text(f"{encoder.name} ({encoder.dimension} dimensions)"))
    _row(screen, "", Text(f"weights {encoder.weights}", _DIM))
    _row(screen, "vectors", Text(without_password(status.vectors)))
    if status.index in _INDEX:
        _row(screen, "", Text(_INDEX[status.index], WARNING))
    _row(screen, "answers", Text(settings.chat_model or "extractive (no chat model)"))
    if status.owner:
        _row(screen, "in use by", Text(str(status.owner)))
    for number, (name, value) in enumerate(changed_settings(settings).items()):
        _row(screen, "" if number else "settings", Text(f"SANAD_{name.upper()}={value}"))


def _row(screen: Screen, label: str, value: Text) -> None:
    line = Text().append(f"{label:<{_LABEL}}", _DIM).append_text(value)
    screen.paragraph(line, direction="ltr", wrap=False)


def _size(size: int) -> str:
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


@contextmanager
def progress_bar(screen: Screen, doing: str) -> Iterator[OnProgress | None]:
    """A bar on a terminal, gone when it is done; None where ``screen`` is not one."""
    if not screen.console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[about]}", style=_DIM, markup=False),
    )
    with Progress(*columns, console=screen.console, transient=True) as bar:
        task = bar.add_task(doing, total=None, about="")

        def show(progress: IngestProgress) -> None:
            name = shortened(progress.source.rsplit("/", 1)[-1], _NAME_CHARS)
            bar.update(
                task, completed=progress.done, total=progress.total, about=screen.inline(name)
            )

        yield show


@contextmanager
def encoding(settings: Settings, doing: str) -> Iterator[tuple[Encoder, OnProgress | None]]:
    """The encoder, and what shows on the terminal how far it has come with ``doing``.

    Raises:
        EncoderError: the encoder cannot be loaded.
    """
    from rag.models.encoder import load_encoder

    notes = notes_screen(settings.bidi)
    with waiting(notes):
        encoder = load_encoder(settings.encoder, settings.threads)
    with progress_bar(notes, doing) as on_progress:
        yield encoder, on_progress
