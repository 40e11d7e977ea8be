"""Starting programs and watching them: their memory, their time, their imports."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import psutil

from bench.scale import ScaleJob
from bench.worker import Job
from rag.environment import child_environment
from rag.settings import ROOT

SAMPLE_SECONDS = 0.02
_SELF_TIME = re.compile(r"^import time: +(\d+) \|", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Done:
    """What a job printed, and the most memory its process held, in MB of 2**20 bytes."""

    result: dict[str, Any]
    peak_mb: float


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Seconds from starting a program to its end: in all, and in imports. Medians of ``runs``."""

    runs: int
    seconds: float
    imports: float


class JobFailed(Exception):
    """A program that was measured ended with an error; holds the end of what it wrote."""


def run_job(job: Job | ScaleJob) -> Done:
    """Do the job in a process of its own.

    Raises:
        JobFailed: it did not succeed.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.scale" if isinstance(job, ScaleJob) else "bench.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=child_environment(PYTHONIOENCODING="utf-8"),
        encoding="utf-8",
    )
    peak = _Peak(process.pid)
    try:
        out, err = process.communicate(json.dumps(asdict(job)))
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        peak.stop()
    if process.returncode:
        raise JobFailed(f"{job.system} could not {job.task}:\n{err[-2000:]}")
    return Done(json.loads(out), peak.mb)


def cold_start(arguments: Sequence[str], runs: int) -> ColdStart:
    """Run ``sanad`` with ``arguments`` in a new process, ``runs`` times, its imports traced.

    Raises:
        JobFailed: it did not succeed.
    """
    command = [sys.executable, "-X", "importtime", "-c", "from cli import main; main()"]
    walls, imports = [], []
    for _ in range(runs):
        began = time.perf_counter()
        done = subprocess.run(
            [*command, *arguments],
            capture_output=True,
            cwd=ROOT,
            # as the jobs do: no chat model, and a store in its folder
            env=child_environment(
                PYTHONIOENCODING="utf-8", SANAD_CHAT_MODEL="", SANAD_CHROMA_URL=""
            ),
            encoding="utf-8",
            check=False,
        )
        walls.append(time.perf_counter() - began)
        if done.returncode:
            said = re.sub(r"^import time:.*\n", "", done.stderr, flags=re.MULTILINE)
            raise JobFailed(f"sanad {' '.join(arguments)} failed:\n{said[-2000:]}")
        imports.append(import_seconds(done.stderr))
    return ColdStart(runs, median(walls), median(imports))


def import_seconds(trace: str) -> float:
    """Seconds spent in imports according to what ``python -X importtime`` wrote.

    >>> import_seconds("import time:      1500 |       2000 | os")
    0.0015
    """
    return sum(int(micros) for micros in _SELF_TIME.findall(trace)) / 1e6


class _Peak:
    """Watches the resident memory of a process until told to stop."""

    def __init__(self, pid: int) -> None:
        self.mb = 0.0
        self._ended = threading.Event()
        self._process = psutil.Process(pid)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            try:
                self.mb = max(self.mb, self._process.memory_info().rss / 2**20)
            except psutil.Error:
                return
