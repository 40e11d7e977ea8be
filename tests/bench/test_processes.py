from __future__ import annotations

from pathlib import Path

import pytest

from bench import corpus
from bench.processes import JobFailed, cold_start, import_seconds, run_job
from bench.worker import Job
from ingest.jsonl import write_jsonl
from tests.conftest import Sample


def test_import_trace_is_summed() -> None:
    trace = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:      1000 |       1000 |   abc\n"
        "some warning\n"
        "import time:       500 |       1500 | io\n"
    )
    assert import_seconds(trace) == 0.0015


def test_a_job_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANAD_ENCODER", str(tmp_path / "no encoder"))
    with pytest.raises(JobFailed, match="no encoder"):
        run_job(Job("ask", "sanad", str(tmp_path / "nowhere"), questions=("Who?",)))


def test_a_program_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(JobFailed, match="nowhere"):
        cold_start(["ask", "?!", "--store", str(tmp_path / "nowhere")], runs=1)


@pytest.mark.slow
def test_jobs_and_a_cold_start(tmp_path: Path, sample: Sample) -> None:
    file = tmp_path / "small.jsonl"
    write_jsonl(corpus.sample_articles()[:1], file)
    for system in sample(("sanad", "textbook"), 1):
        store = str(tmp_path / system)
        done = run_job(Job("ingest", system, store, corpus=str(file), stand_in=True))
        assert done.result["passages"] > 1
        assert done.peak_mb >= done.result["loaded_mb"] > 50
        asked = run_job(Job("ask", system, store, questions=("كم عدد القتلى؟",)))
        assert asked.result["stages"]["search"]["p50"] > 0
        if system == "sanad":
            cold = cold_start(["ask", "كم عدد القتلى؟", "--store", store, "--json"], runs=1)
            assert 0 < cold.imports < cold.seconds
