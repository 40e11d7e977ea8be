"""A report of an evaluation on the terminal: what changed, the figures, where misses were lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rich import box
from rich.style import Style
from rich.table import Table
from rich.text import Text

from ui.terminal.screen import Screen

if TYPE_CHECKING:
    from evaluate.results import Comparison, Estimate, Estimates, Flip, Report, Summary
    from evaluate.sweep import Row

HEADLINES = (
    *("hit@1", "recall@5", "mrr@10", "ndcg@10", "article_hit@1"),
    *("contained", "exact_match", "f1", "correct"),
    *("citation_recall", "citation_precision", "verified", "cites_evidence"),
    *("over_refusal", "false_answer", "same_language", "faithfulness", "correctness"),
)
"""Metrics that the terminal shows; a report file has them all."""

OF_THE_GRID = ("hit@1", "recall@5", "mrr@10", "contained", "f1", "over_refusal", "false_answer")

OF_A_SWEEP = (
    *("hit@1", "recall@5", "recall@10", "mrr@10", "ndcg@10"),
    *("contained", "f1", "correct", "over_refusal", "false_answer"),
)

OF_DECIDING = {
    "false_answer": "hallucination rate",
    "over_refusal": "error rate",
    "contained": "contained",
    "auroc": "AUROC of the confidence",
    "aurc": "area under risk–coverage",
    "risk@0.5": "risk at coverage .5",
    "risk@0.7": "risk at coverage .7",
    "risk@0.9": "risk at coverage .9",
}
"""Figures of deciding whether passages that came with a question hold its answer, as shown."""

SOURCE = (
    "on 250 + 250 other questions a language, its published outputs on NoMIRACL, Thakur et al. 2024"
)
"""What stands behind the figures of another model."""

_DIM = Style(dim=True)
_BOLD = Style(bold=True)
_GOOD = Style(color="green")
_BAD = Style(bold=True, color="red")
_VERDICTS = {
    "better": ("Better than the baseline of", _GOOD),
    "worse": ("Worse than the baseline of", _BAD),
    "mixed": ("Better in part, worse in part, against the baseline of", Style(color="yellow")),
    "no evidence": ("No evidence of a change since the baseline of", _DIM),
}
_MOST_FLIPS = 10
_WIDEST = 140


def show_report(screen: Screen, report: Report) -> None:
    """Write what a report says, the comparison first where there is one."""
    if report.comparison:
        show_comparison(screen, report.comparison)
        screen.blank()
    manifest, summary = report.manifest, report.summary
    screen.paragraph(
        f"{manifest.questions:,} questions over {manifest.passages:,} passages of "
        f"{manifest.articles:,} articles in {summary.seconds:.1f} s, at most "
        f"{summary.peak_memory_mb:,.0f} MB",
        direction="ltr",
    )
    _print(screen, _estimates_table(summary.all))
    _print(screen, _grid_table(summary.grid))
    if summary.given:
        _show_deciding(screen, summary.given)
    _show_statuses(screen, summary)
    _show_blame(screen, summary)
    if summary.latency:
        _print(screen, _latency_table(summary))


def show_comparison(screen: Screen, comparison: Comparison) -> None:
    """Write what changed against a baseline and what may be claimed of it."""
    verdict, style = _VERDICTS[comparison.verdict]
    over = f" {comparison.baseline.created[:10]}, over {comparison.compared:,} questions"
    screen.paragraph(Text(verdict, style).append(over, _DIM), direction="ltr")
    for claim in comparison.claims:
        screen.paragraph(f"· {claim}", hang=2, direction="ltr")
    for warning in comparison.warnings:
        screen.paragraph(Text(f"! {warning}", Style(color="yellow")), hang=2, direction="ltr")
    for kind in ("broken", "fixed"):
        _show_flips(screen, kind, [flip for flip in comparison.flips if flip.kind == kind])


def show_sweep(screen: Screen, rows: Mapping[str, Row]) -> None:
    """Write a table of settings, a row each, and their figures."""
    metrics = [m for m in OF_A_SWEEP if any(m in row.estimates for row in rows.values())]
    table = _table("settings", *metrics, "s")
    for name, row in rows.items():
        figures = (_mean(row.estimates.get(metric)) for metric in metrics)
        table.add_row(name, *figures, f"{row.seconds:.1f}")
    _print(screen, table)


def _estimates_table(found: Estimates) -> Table:
    table = _table("metric", "mean", "95 % interval", "n")
    for metric in HEADLINES:
        if estimate := found.get(metric):
            table.add_row(
                metric,
                f"{estimate.mean:.3f}",
                f"{estimate.low:.3f} – {estimate.high:.3f}",
                f"{estimate.n:,}",
            )
    return table


def _grid_table(cells: Mapping[str, Estimates]) -> Table:
    """A column a pair of languages, a row a metric."""
    table = _table("question → passage", *cells)
    for metric in OF_THE_GRID:
        if any(metric in found for found in cells.values()):
            table.add_row(metric, *(_mean(found.get(metric)) for found in cells.values()))
    counts = (max((e.n for e in found.values()), default=0) for found in cells.values())
    table.add_row("n", *(f"{count:,}" for count in counts), style=_DIM)
    return table


def _show_deciding(screen: Screen, groups: Mapping[str, Estimates]) -> None:
    """A column a group of questions, a row a figure; below, what another model came to."""
    from evaluate.measure.deciding import PUBLISHED

    table = _table("passages given", *groups)
    for name, label in OF_DECIDING.items():
        if any(name in found for found in groups.values()):
            table.add_row(label, *(_with_interval(found.get(name)) for found in groups.values()))
    for name, label in (("over_refusal", "n, answerable"), ("false_answer", "n, not answerable")):
        counts = (found[name].n if name in found else 0 for found in groups.values())
        table.add_row(label, *(f"{count:,}" for count in counts), style=_DIM)
    _print(screen, table)
    told = "; ".join(
        f"{lang} hallucination {_short(made_up)}, error {_short(error)}"
        for lang, (made_up, error) in PUBLISHED.items()
    )
    screen.paragraph(Text(f"GPT-4, for comparison: {told} ({SOURCE})", _DIM), direction="ltr")


def _with_interval(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return f"{_short(estimate.mean)} ({_short(estimate.low)}–{_short(estimate.high)})"


def _short(share: float) -> str:
    """A share as tables of papers print it.

    >>> _short(0.364), _short(1.0)
    ('.36', '1.0')
    """
    return f"{share:.2f}".removeprefix("0") if share < 0.995 else "1.0"


def _latency_table(summary: Summary) -> Table:
    counted = max(found.n for found in summary.latency.values())
    table = _table(f"ms of {counted} questions", "p50", "p95", "p99")
    for stage, found in summary.latency.items():
        table.add_row(stage, f"{found.p50:.1f}", f"{found.p95:.1f}", f"{found.p99:.1f}")
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style=_DIM)
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", min_width=min(len(name), 9))
    return table


def _print(screen: Screen, table: Table) -> None:
    """Write a table; one too wide for a pipe, which has no width, is written whole."""
    width = None if screen.console.is_terminal else max(screen.console.width, _WIDEST)
    screen.console.print(table, width=width, crop=False)


def _mean(estimate: Estimate | None) -> str:
    return f"{estimate.mean:.3f}" if estimate else "–"


def _show_statuses(screen: Screen, summary: Summary) -> None:
    counts = [f"{count:,} {status}" for status, count in summary.statuses.items() if count]
    screen.paragraph(", ".join(counts), direction="ltr")
    refusals = summary.refusals
    if refusals.f1 is not None:
        area = "" if summary.aurc is None else f"; area under risk–coverage {summary.aurc:.3f}"
        screen.paragraph(
            f"refusals: precision {_share(refusals.precision)}, recall {_share(refusals.recall)}, "
            f"F1 {refusals.f1:.3f}{area}",
            direction="ltr",
        )
    if summary.judge_failures:
        screen.paragraph(
            Text(f"the judge failed on {summary.judge_failures:,} questions", _BAD), direction="ltr"
        )


def _show_blame(screen: Screen, summary: Summary) -> None:
    if summary.blame:
        lost = ", ".join(f"{stage} {count:,}" for stage, count in summary.blame.items())
        screen.paragraph(f"lost at: {lost}", direction="ltr")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _show_flips(screen: Screen, kind: str, flips: Iterable[Flip]) -> None:
    found = list(flips)
    if not found:
        return
    style = _BAD if kind == "broken" else _GOOD
    screen.paragraph(Text(f"{kind}: {len(found):,}", style), direction="ltr")
    for flip in found[:_MOST_FLIPS]:
        stage = f"  ({flip.stage})" if flip.stage else ""
        screen.paragraph(Text(f"{flip.id}{stage}", _BOLD), indent=2, direction="ltr")
        screen.paragraph(flip.question, indent=4)
        for label, text in (("was", flip.before), ("is", flip.after)):
            said = screen.isolate(" ".join(text.split())[:160])
            screen.paragraph(Text(f"{label}: {said}", _DIM), indent=4, direction="ltr")
    if len(found) > _MOST_FLIPS:
        screen.paragraph(f"… and {len(found) - _MOST_FLIPS:,} more", indent=2, direction="ltr")
