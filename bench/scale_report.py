"""The table of how a store grows: a figure a row, a size a column, and how often the one before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.table import Table

from bench.scale import ScaleRow
from bench.speed import Stage

Figure = Callable[[ScaleRow], float]

FIGURES: tuple[tuple[str, Figure | Callable[[ScaleRow], Stage], str], ...] = (
    ("put, passages a second", lambda row: row.filled.put, ",.0f"),
    ("put, the last tenth", lambda row: row.filled.put_last, ",.0f"),
    ("open, s", lambda row: row.asked.open, ",.2f"),
    ("open and first answer, s", lambda row: row.asked.first_answer, ",.2f"),
    ("dense, ms", lambda row: row.asked.dense, ",.1f"),
    ("lexical, a common word, ms", lambda row: row.asked.common, ",.1f"),
    ("lexical, five of them, ms", lambda row: row.asked.together, ",.1f"),
    ("lexical, a question, ms", lambda row: row.asked.question, ",.1f"),
    ("whole search, ms", lambda row: row.asked.search, ",.1f"),
    ("recall@60 of the graph", lambda row: row.asked.recall, ".4f"),
    ("killed in a write: first answer, s", lambda row: row.reopened.broken_answer, ",.2f"),
    ("killed in a write: mended, s", lambda row: row.reopened.mended, ",.2f"),
    ("on disk, bytes a passage", lambda row: row.asked.passage_bytes, ",.0f"),
    ("resident memory, MB", lambda row: row.asked.resident_mb, ",.0f"),
)


def scale_table(rows: Sequence[ScaleRow]) -> Table:
    """All figures at all sizes; × is the growth from the size before (of the p50s)."""
    table = Table(title="A store as it grows (p50 / p95 of searches)", title_justify="left")
    table.add_column("passages")
    for position, row in enumerate(rows):
        table.add_column(f"{row.passages:,}", justify="right")
        if position:
            table.add_column("×", justify="right")
    for name, figure, form in FIGURES:
        cells: list[str] = []
        values = [figure(row) for row in rows]
        for position, value in enumerate(values):
            cells.append(_shown(value, form))
            if position:
                cells.append(_growth(values[position - 1], value))
        table.add_row(name, *cells)
    table.caption = (
        "One store, grown from size to size, of made-up words and vectors: without encoder, match "
        "and reader. Put counts what was added since the size before."
    )
    table.caption_justify = "left"
    return table


def _shown(value: float | Stage, form: str) -> str:
    if isinstance(value, Stage):
        return f"{value.p50:{form}} / {value.p95:{form}}"
    return f"{value:{form}}"


def _growth(before: float | Stage, after: float | Stage) -> str:
    old, new = (value.p50 if isinstance(value, Stage) else value for value in (before, after))
    return f"{new / old:.2f}" if old else "–"
