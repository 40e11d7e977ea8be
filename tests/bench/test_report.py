from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bench import report
from bench.__main__ import main
from bench.beside import Beside
from bench.processes import ColdStart
from bench.results import Results, SpeedRow, ratios_of
from bench.speed import Ingested, Stage
from bench.worker import SystemName


def row(system: SystemName, size: int, seconds: float, stand_in: bool) -> SpeedRow:
    ask = {name: Stage(seconds, 2 * seconds) for name in ("encode", "search")}
    if system == "sanad":
        ask |= {name: Stage(9.0, 9.5) for name in ("dense", "lexical", "fuse", "select", "ask")}
    ingest = Ingested(size, 100 * size, seconds, seconds / 4, seconds / 2, seconds / 4)
    return SpeedRow(system, size, stand_in, ingest, ask, 800.0, 700.0, 500.0)


@pytest.fixture
def results(measured: Results) -> Results:
    speed = []
    for size, stand_in in ((100, False), (1000, True)):
        speed.append(row("sanad", size, 4.0, stand_in))
        speed.append(row("textbook", size, 8.0, stand_in))
    beside = Beside(1000, 60, 21.5, alone=Stage(100.0, 200.0), beside=Stage(150.0, 350.0))
    return replace(measured, speed=speed, beside=beside, cold=ColdStart(3, 9.0, 6.5))


def test_everything_measured_is_shown(results: Results) -> None:
    shown = io.StringIO()
    report.show(Console(file=shown, width=120), results)
    text = shown.getvalue()
    named = ("fusion=rrf", "6.5 s", "textbook", "ar → any", "hybrid, rrf", "0.50", "quick")
    for piece in (*named, "p95 1.75"):
        assert piece in text


def test_ratios_compare_the_same_work(results: Results) -> None:
    ratios = {found.measure: found.ratio for found in ratios_of(results)}
    assert ratios["ingest, seconds, at 100"] == 0.5
    assert ratios["cut and store, seconds, at 1,000"] == 0.5
    assert "ingest, seconds, at 1,000" not in ratios
    assert ratios["search p95, ms, at 100"] == 0.5
    assert ratios["recall@1 ar→ar, apart"] >= 1


def test_json_holds_machine_and_figures(results: Results) -> None:
    document = json.loads(json.dumps(results.as_json()))
    assert document["machine"]["versions"]["torch"]
    assert document["encoder"]["weights"] == results.encoder.weights
    assert document["reading"]["paragraphs"] == {"ar": 4, "en": 4}
    assert {"encode", "search", "ask", "cpu"} <= set(document["reading"]["ask"])
    assert {"stores", "recall", "mrr"} <= set(document["grid"][0])
    assert {"measure", "sanad", "textbook", "ratio"} == set(document["ratios"][0])


def test_a_missing_data_folder_is_bad_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(tmp_path), "--quick"]) == 2
    assert "xquad" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--size", "0"], ["--json", "/no/such/folder/x.json"]])
def test_what_cannot_be_done_is_refused_at_once(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
