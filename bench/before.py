"""A cold `sanad ask` and a warm question of two checkouts, in turns.

    python -m bench.before CHECKOUT [--torch] [--runs 3] [--questions 40]

CHECKOUT is another worktree of this repository, run with this one's interpreter. With ``--torch``
it may be this one: its models are then computed by torch, as any model without a graph is. Both ask
one store of the sample articles. Time is by the clock and of the processor, which tells more where
other programs run; memory is the most that was resident.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from bench import corpus
from bench.worker import Job
from rag.environment import child_environment
from rag.models.graph import GRAPH
from rag.settings import ROOT, SAMPLE_ARTICLES, WEIGHTS


@dataclass(frozen=True, slots=True)
class Checkout:
    """Code to run, and what is set for it."""

    folder: Path
    settings: dict[str, str]

    def start(self, *arguments: str, given: str = "") -> tuple[subprocess.Popen[str], str]:
        """Run Python with ``arguments`` to its end; the process, and what it printed."""
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=child_environment(PYTHONPATH=str(self.folder), **self.settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        return process, process.communicate(given)[0]


@dataclass(frozen=True, slots=True)
class Cold:
    """Seconds by the clock and of the processor, and MB of 2**20 bytes."""

    seconds: float
    processor: float
    memory: float


def cold(checkout: Checkout, store: Path, question: str) -> Cold:
    """Ask once in a new process."""
    command = [sys.executable, "cli.py", "ask", question, "--store", str(store), "--json"]
    environment = child_environment(PYTHONPATH=str(checkout.folder), **checkout.settings)
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=checkout.folder, env=environment, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"sanad ask failed in {checkout.folder}.")
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return Cold(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / scale)


def warm(checkout: Checkout, store: Path, questions: Sequence[str]) -> dict[str, float]:
    """Median milliseconds of each stage of a question, models loaded, as ``bench`` asks them."""
    job = Job("ask", "sanad", str(store), questions=tuple(questions))
    process, printed = checkout.start("-m", "bench.worker", given=json.dumps(asdict(job)))
    if process.returncode:
        raise SystemExit(f"Questions could not be asked in {checkout.folder}.")
    return {name: stage["p50"] for name, stage in json.loads(printed)["stages"].items()}


def without_graphs(folder: Path) -> dict[str, str]:
    """Settings for copies of the shipped models in ``folder`` that have no graph."""
    copies = {f"SANAD_{name.upper()}": folder / name for name in ("encoder", "reader")}
    for copy in copies.values():
        shutil.copytree(WEIGHTS / copy.name, copy, ignore=shutil.ignore_patterns(GRAPH))
    return {name: str(copy) for name, copy in copies.items()}


def main() -> None:
    """Print both checkouts' figures and their ratios."""
    parser = argparse.ArgumentParser(prog="bench.before", description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--torch", action="store_true", help="without its models' graphs")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--questions", type=int, default=40)
    arguments = parser.parse_args()
    questions = corpus.sample_questions(arguments.questions)
    with tempfile.TemporaryDirectory(prefix="sanad-before-") as name:
        settings = without_graphs(Path(name)) if arguments.torch else {}
        before, after = Checkout(arguments.checkout.resolve(), settings), Checkout(ROOT, {})
        store = Path(name) / "store"
        before.start("-m", "ingest", str(SAMPLE_ARTICLES), "--store", str(store))
        pairs = [
            (cold(before, store, questions[0]), cold(after, store, questions[0]))
            for _ in range(arguments.runs)
        ]
        for field in ("seconds", "processor", "memory"):
            _tell(
                f"cold {field}",
                *(median(getattr(c, field) for c in s) for s in zip(*pairs, strict=True)),
            )
        rounds = [(warm(before, store, questions), warm(after, store, questions)) for _ in range(2)]
        for stage in rounds[0][1]:
            _tell(
                f"warm {stage} ms",
                *(median(r[side].get(stage, 0) for r in rounds) for side in (0, 1)),
            )


def _tell(what: str, before: float, after: float) -> None:
    ratio = f"{after / before:.2f}" if before else "–"
    print(f"{what:<20} before {before:9.2f}   after {after:9.2f}   ratio {ratio}", flush=True)


if __name__ == "__main__":
    main()
