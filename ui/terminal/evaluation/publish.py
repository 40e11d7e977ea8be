"""Where a report goes: files, the terminal, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from rag.errors import EvaluationError, SettingsError
from ui.terminal.console import output_screen, show_error
from ui.terminal.evaluation.tables import show_report, show_sweep
from ui.terminal.outcome import SOME_FAILED

if TYPE_CHECKING:
    from evaluate.results import Report
    from evaluate.sweep import Row, Variant
    from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Written:
    """The files that a report is asked to be written to."""

    json: Path | None = None
    html: Path | None = None
    junit: Path | None = None

    def check(self) -> None:
        """Refuse, before anything is asked, what cannot be written.

        Raises:
            SettingsError: names the file.
        """
        files = [file for file in (self.json, self.html, self.junit) if file]
        for file in files:
            if file.is_dir() or not file.absolute().parent.is_dir():
                raise SettingsError(f"{file} is no file in a folder that there is. Check the path.")
            if files.count(file) > 1:
                raise SettingsError(f"{file} would be written twice. Give each its own file.")


def publish(
    report: Report,
    settings: Settings,
    files: Written,
    baseline: Report | None = None,
    max_drop: float | None = None,
) -> None:
    """Compare ``report`` with ``baseline``, write it to ``files`` and to the terminal.

    Raises:
        EvaluationError: a file cannot be written.
        typer.Exit: with 1, when the baseline was missed or a question could not be asked.
    """
    reasons: tuple[str, ...] = ()
    if baseline:
        from evaluate.compare.compare import compare, missed

        comparison = compare(report, baseline, seed=report.manifest.seed)
        report, reasons = replace(report, comparison=comparison), missed(comparison, max_drop)
    _write(report, files, reasons)
    show_report(output_screen(settings.bidi), report)
    failed = [outcome for outcome in report.questions if outcome.error is not None]
    if failed:
        count = f"{len(failed)} question{'s' * (len(failed) != 1)}"
        show_error(f"{count} could not be asked; the first: {failed[0].error}")
    for reason in reasons:
        show_error(f"The baseline was missed: {reason}")
    if failed or reasons:
        raise typer.Exit(SOME_FAILED)


def publish_sweep(
    rows: Mapping[str, Row],
    variants: Mapping[str, Variant],
    settings: Settings,
    files: Written,
    seed: int,
) -> None:
    """Write the rows of a sweep to ``files.json`` and to the terminal.

    Raises:
        EvaluationError: the file cannot be written.
        typer.Exit: with 1, when a question could not be asked.
    """
    if files.json:
        told = [{"name": name, "settings": variants[name], **asdict(rows[name])} for name in rows]
        document = json.dumps({"seed": seed, "rows": told}, ensure_ascii=False, indent=1)
        _save(files.json, document + "\n")
    show_sweep(output_screen(settings.bidi), rows)
    failed = {name: row.failed for name, row in rows.items() if row.failed}
    for name, count in failed.items():
        show_error(f"{name}: {count} of the questions could not be asked.")
    if failed:
        raise typer.Exit(SOME_FAILED)


def _write(report: Report, files: Written, reasons: Sequence[str]) -> None:
    from evaluate.report.document import to_json
    from evaluate.report.html import render_html
    from evaluate.report.junit import to_junit

    if files.json:
        _save(files.json, to_json(report))
    if files.html:
        _save(files.html, render_html(report))
    if files.junit:
        _save(files.junit, to_junit(report, reasons))


def _save(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EvaluationError(f"{file} cannot be written: {error.strerror}.") from error
