from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from bench import report, scale, synthetic
from bench.__main__ import main
from bench.processes import run_job
from bench.results import Results
from bench.scale import Asked, Filled, Reopened, ScaleJob, ScaleRow
from bench.speed import Stage
from rag.language.text import LANGS, detect_language
from rag.store import Entry, open_store
from rag.store.records import check_entries

SIZE = 2 * synthetic.BATCH


def entries(passages: int, first: int = 0) -> list[Entry]:
    return [entry for batch in synthetic.batches(passages, first) for entry in batch]


def test_made_entries_are_what_a_store_takes() -> None:
    made = entries(SIZE)
    check_entries(made, synthetic.DIMENSION)
    assert sum(len(entry.chunks) for entry in made) == SIZE
    assert len({chunk.text for entry in made for chunk in entry.chunks}) == SIZE
    langs = [entry.article.lang for entry in made]
    assert langs == list(LANGS) * (len(made) // 2)
    assert [detect_language(entry.article.text) for entry in made] == langs


def test_a_smaller_store_begins_a_larger_one() -> None:
    small, rest = entries(synthetic.BATCH), entries(SIZE, synthetic.BATCH)
    for one, other in zip([*small, *rest], entries(SIZE), strict=True):
        assert one.article == other.article
        assert one.chunks == other.chunks
        assert np.array_equal(one.vectors, other.vectors)


@pytest.mark.parametrize("lang", LANGS)
def test_words_are_as_frequent_as_in_real_text(lang: str) -> None:
    texts = [e.article.text for e in entries(8 * synthetic.BATCH) if e.article.lang == lang]
    counted = Counter(word for text in texts for word in text.replace(".", "").split())
    total, frequencies = counted.total(), [count for _, count in counted.most_common()]
    assert 0.01 < frequencies[0] / total < 0.15
    assert sum(count == 1 for count in frequencies) > 0.3 * len(frequencies)  # many come once
    by_decade = [sum(frequencies[10**n : 10 ** (n + 1)]) / total for n in range(4)]
    assert all(0.05 < share < 0.45 for share in by_decade)  # Zipf: each decade about as much


@pytest.mark.parametrize("lang", LANGS)
def test_true_neighbours_are_planted(lang: str) -> None:
    passages = 16 * synthetic.BATCH
    truth = synthetic.nearest(lang, passages, scale.DEPTH)
    cosines = {}
    for entry in entries(passages):
        if entry.article.lang == lang:
            values = entry.vectors @ synthetic.queries(lang).T
            cosines |= {c.id: row for c, row in zip(entry.chunks, values, strict=True)}
    for query, found in enumerate(truth):
        ranked = sorted(cosines, key=lambda key: -cosines[key][query])
        assert found == set(ranked[: scale.DEPTH])
        assert cosines[ranked[0]][query] == pytest.approx(synthetic.NEAR, abs=0.01)
        assert cosines[ranked[scale.DEPTH - 1]][query] > synthetic.FAR
        assert cosines[ranked[scale.DEPTH]][query] < synthetic.FAR - 0.05


def test_questions_ask_for_words_of_passages() -> None:
    asked = synthetic.questions(6, SIZE)
    assert [detect_language(question) for question in asked] == [*LANGS] * 3
    assert asked == synthetic.questions(6, SIZE)
    assert len(set(asked)) == 6


@pytest.mark.slow
def test_a_store_is_measured_as_it_grows(tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    filled = run_job(ScaleJob("fill", store, synthetic.BATCH)).result
    filled = run_job(ScaleJob("fill", store, SIZE, synthetic.BATCH)).result
    asked = run_job(ScaleJob("ask", store, SIZE)).result
    assert run_job(ScaleJob("break", store, SIZE)).result == {}
    reopened = run_job(ScaleJob("reopen", store, SIZE)).result
    row = scale.row_of(SIZE, filled, asked, reopened)
    assert row.filled.put > 0
    assert 0 < row.asked.open < row.asked.first_answer
    assert 0 < row.asked.question.p50 <= row.asked.question.p95
    assert row.asked.question.p50 < row.asked.search.p50
    assert row.asked.recall > 0.99
    assert row.asked.passage_bytes > 4 * synthetic.DIMENSION
    assert 0 < row.reopened.broken_answer <= row.reopened.mended
    with open_store(store, synthetic.Encoder.identity) as opened:
        assert opened.status().chunks == SIZE
        assert not opened.status().repaired


def row(passages: int, factor: float) -> ScaleRow:
    stage = Stage(factor, 2 * factor)
    asked = Asked(factor, 2 * factor, *[stage] * 5, 0.99, 12_000.0, 100 * factor)
    return ScaleRow(passages, Filled(200.0, 190.0), asked, Reopened(3 * factor, 7 * factor))


def test_the_table_shows_every_size_and_its_growth(measured: Results) -> None:
    shown = io.StringIO()
    rows = [row(10_000, 1.0), row(100_000, 4.0), row(300_000, 8.0)]
    report.show(Console(file=shown, width=160), replace(measured, scale=rows))
    text = shown.getvalue()
    for piece in ("10,000", "300,000", "killed in a write", "4.00", "8.0 / 16.0", "recall@60"):
        assert piece in text
    lines = [line for line in text.splitlines() if "whole search" in line]
    assert [line.count("│") for line in lines] == [7]
    positions = [text.index(f"{size:,}") for size in (10_000, 100_000, 300_000)]
    assert all(a < b for a, b in pairwise(positions))


@pytest.mark.parametrize("sizes", ["", "0", "10,x", "1000;2000"])
def test_sizes_that_make_no_sense_are_refused(sizes: str) -> None:
    with pytest.raises(SystemExit):
        main(["--scale", sizes])
