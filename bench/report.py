"""The figures as tables on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table

from bench.beside import Beside
from bench.grid import CUTOFFS, SYSTEMS, Score
from bench.results import Ratio, ReadingFacts, Results, SpeedRow, ratios_of
from bench.scale_report import scale_table
from bench.speed import SEARCH_STAGES, Stage


def show(console: Console, results: Results) -> None:
    """Print everything that was measured."""
    _machine(console, results)
    if results.scale:
        console.print(scale_table(results.scale))
    if results.speed:
        console.print(_ingest_table(results.speed), _memory_table(results.speed))
    if results.speed or results.reading:
        console.print(_ask_table(results))
    if results.beside:
        _beside(console, results.beside)
    if results.cold:
        cold = results.cold
        console.print(
            f"Cold start of sanad ask: {cold.seconds:.1f} s, of which imports {cold.imports:.1f} s "
            f"and the rest {cold.seconds - cold.imports:.1f} s (median of {cold.runs})"
        )
    if results.reading:
        _reading(console, results.reading)
        for stores in ("apart", "together"):
            console.print(_grid_table([s for s in results.grid if s.stores == stores], stores))
    if ratios := ratios_of(results):
        console.print(_ratio_table(ratios))
    console.print(f"Measured in {results.seconds / 60:.1f} minutes.")
    if results.quick:
        console.print("A quick look: too little was measured for these figures to be compared.")


def _machine(console: Console, results: Results) -> None:
    machine, encoder = results.machine, results.encoder
    console.print(
        f"{machine.cpus} CPUs ({machine.processor}), {machine.memory_gb} GB, load {machine.load}; "
        f"Python {machine.python}, torch {machine.versions['torch']}, "
        f"chromadb {machine.versions['chromadb']}; code {machine.commit or 'not in a repository'}\n"
        f"Encoder {encoder.name} ({encoder.weights}, {encoder.dimension} dimensions)"
    )
    if results.settings:
        changed = ", ".join(f"{key}={value}" for key, value in results.settings.items())
        console.print(f"Settings that are not the default: {changed}")


def _table(title: str, *columns: str, left: int = 1) -> Table:
    table = Table(title=title, title_justify="left")
    for position, column in enumerate(columns):
        table.add_column(column, justify="left" if position < left else "right")
    return table


def _ingest_table(rows: Sequence[SpeedRow]) -> Table:
    table = _table(
        "Ingest: passages a second by stage, and the whole",
        *("system", "passages", "cut", "encode", "store", "whole", "seconds"),
    )
    for row in rows:
        found = row.ingest
        stages = (found.cut, None if row.stand_in else found.encode, found.store)
        rates = ["–" if s is None else _rate(found.passages, s) for s in stages]
        whole = ["–", "–"]
        if not row.stand_in:
            whole = [_rate(found.passages, found.seconds), f"{found.seconds:.1f}"]
        table.add_row(row.system, f"{found.passages:,}", *rates, *whole)
    return table


def _rate(count: int, seconds: float) -> str:
    return f"{count / seconds:,.0f}" if seconds > 0 else "–"


def _ask_table(results: Results) -> Table:
    """A stage a row, a system at a size a column."""
    asked = {f"{row.system}\n{row.ingest.passages:,}": row.ask for row in results.speed}
    if results.reading:
        count = sum(results.reading.paragraphs.values())
        asked[f"{results.reading.name}\n{count:,}"] = results.reading.ask
    names = dict.fromkeys(name for stages in asked.values() for name in stages)
    inner = [name for name in names if name not in (*SEARCH_STAGES, "search", "ask", "cpu")]
    table = _table("Asking: p50 / p95 in ms, by passages in the store", "stage", *asked)
    for name in [*SEARCH_STAGES, "search", *inner, "ask", "cpu"]:
        style = "bold" if name in ("search", "ask") else None
        table.add_row(name, *(_stage(stages.get(name)) for stages in asked.values()), style=style)
    table.caption = (
        "search: the stages above it; ask: everything, each question for the first time; "
        "cpu: all threads together"
    )
    table.caption_justify = "left"
    return table


def _stage(stage: Stage | None) -> str:
    return f"{stage.p50:.1f} / {stage.p95:.1f}" if stage else ""


def _beside(console: Console, found: Beside) -> None:
    console.print(
        f"A question while {found.passages:,} passages are ingested: "
        f"p50 / p95 {_stage(found.beside)} ms ({found.questions} asked), "
        f"alone {_stage(found.alone)} ms; p95 {found.ratio:.2f} times as long. "
        f"The ingest takes {found.rate:,.1f} passages a second meanwhile."
    )


def _memory_table(rows: Sequence[SpeedRow]) -> Table:
    table = _table(
        "Peak resident memory in MB (loaded: libraries and encoder alone)",
        *("system", "passages", "ingesting", "asking", "loaded"),
    )
    for row in rows:
        peaks = (row.ingest_peak_mb, row.ask_peak_mb, row.loaded_mb)
        table.add_row(row.system, f"{row.ingest.passages:,}", *(f"{mb:,.0f}" for mb in peaks))
    return table


def _reading(console: Console, reading: ReadingFacts) -> None:
    counts = " and ".join(
        f"{count:,} paragraphs in {lang} ({reading.distractors[lang]:,} of them distractors)"
        for lang, count in reading.paragraphs.items()
    )
    console.print(f"\n{reading.name}: {reading.questions:,} questions; {counts}")


def _grid_table(scores: Sequence[Score], stores: str) -> Table:
    title = {"apart": "one store per passage language", "together": "both languages in one store"}
    table = _table(
        f"Finding (question → passage), {title[stores]}",
        *("direction", "system", *(f"recall@{k}" for k in CUTOFFS), "MRR@10"),
        left=2,
    )
    for direction, rows in _by_direction(scores):
        for score in rows:
            recalls = (f"{score.recall[k]:.3f}" for k in CUTOFFS)
            style = "bold" if score.system == "hybrid" else None
            table.add_row(direction, score.system, *recalls, f"{score.mrr:.3f}", style=style)
            direction = ""
        table.add_section()
    return table


def _by_direction(scores: Sequence[Score]) -> Iterator[tuple[str, list[Score]]]:
    for key in dict.fromkeys((s.question_lang, s.passage_lang) for s in scores):
        rows = [s for s in scores if (s.question_lang, s.passage_lang) == key]
        yield " → ".join(key), sorted(rows, key=lambda s: SYSTEMS.index(s.system))


def _ratio_table(ratios: Sequence[Ratio]) -> Table:
    table = _table("Beside the textbook recipe", "measure", "sanad", "textbook", "ratio")
    for found in ratios:
        figures = (_figure(found.sanad), _figure(found.textbook))
        table.add_row(found.measure, *figures, f"{found.ratio:.2f}")
    return table


def _figure(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:,.1f}"
