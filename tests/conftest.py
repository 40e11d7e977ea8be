"""What every test starts from: nothing of the user's settings, nothing left in the repository."""

from __future__ import annotations

import functools
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings

from rag.models import encoder, reader
from rag.settings import ROOT, SAMPLE_ARTICLES, SHIPPED_ENCODER, SHIPPED_READER
from scripts.chat_server import environment

SEED = "SANAD_TEST_SEED"

os.environ["HF_HUB_OFFLINE"] = "1"  # before anything imports the hub's client
if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    # Before anything imports torch: where every worker computes on all cores, all wait for all.
    cores = max(1, (os.cpu_count() or 1) // int(workers))
    os.environ.setdefault("OMP_NUM_THREADS", str(cores))
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # So a shell starts what it runs in the background; programs that tests interrupt would heed it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("sanad", deadline=None, derandomize=True, database=None)
settings.load_profile("sanad")

Sample = Callable[[Sequence[Any], int], list[Any]]


def load_once(load: Callable[..., Any], shipped: Path) -> Callable[..., Any]:
    """``load``, which gives the shipped model of one process again and again."""
    kept = functools.cache(load)

    @functools.wraps(load)
    def loaded(name: str | Path, threads: int | None = None) -> Any:
        return (kept if Path(name) == shipped else load)(name, threads)

    return loaded


# Before the modules under test take them over by name.
encoder.load_encoder = load_once(encoder.load_encoder, SHIPPED_ENCODER)
reader.load_reader = load_once(reader.load_reader, SHIPPED_READER)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all", action="store_true", help="take every case where others take a sample"
    )


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than cores: a third of the time tests wait for servers, browsers, locks."""
    return (os.cpu_count() or 1) + 1


def pytest_configure() -> None:
    # The workers of one run are started with this environment, so that they draw alike.
    os.environ.setdefault(SEED, str(random.SystemRandom().randrange(1_000_000)))


def pytest_report_header(config: pytest.Config) -> str:
    if config.getoption("all"):
        return "sampled tests take every case"
    return f"sampled tests draw their cases by {SEED}={os.environ[SEED]}; --all takes every one"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "sample" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.sampled)


@pytest.fixture(scope="session")
def seed() -> str:
    """What the sampled tests of this run draw by."""
    return os.environ[SEED]


@pytest.fixture
def sample(request: pytest.FixtureRequest, seed: str) -> Sample:
    """Draws so many of the cases, in their order; all of them with ``--all``."""
    drawing = random.Random(f"{seed} {request.node.nodeid}")

    def draw(cases: Sequence[Any], count: int) -> list[Any]:
        if request.config.getoption("all"):
            return list(cases)
        drawn = sorted(drawing.sample(range(len(cases)), min(count, len(cases))))
        print(f"{SEED}={seed} drew {drawn} of {len(cases)}")  # seen where it fails
        return [cases[number] for number in drawn]

    return draw


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the sample articles by the shipped encoder, made once a run: to be copied."""
    run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    made = run / "sample-store"
    with FileLock(f"{made}.lock"):
        if not made.exists():
            building = tmp_path_factory.mktemp("building") / "store"
            done = subprocess.run(
                [sys.executable, "-m", "ingest", str(SAMPLE_ARTICLES)],
                cwd=ROOT,
                env=environment(building),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            building.rename(made)
    return made


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No ``SANAD_*`` variable, a plain terminal, no model hub, and an empty folder to run in.

    The default store is relative (``.sanad``), so it lies in that folder too.
    """
    for name in list(os.environ):
        if name.startswith("SANAD_") or name in {"FORCE_COLOR", "NO_COLOR", "COLUMNS"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "xterm-256color")
    home = tmp_path / "run"
    home.mkdir()
    monkeypatch.chdir(home)
