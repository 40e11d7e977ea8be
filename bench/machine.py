"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import psutil

from rag.settings import ROOT

PACKAGES = (
    "sanad",
    "chromadb",
    "langchain-core",
    "langchain-chroma",
    "langchain-text-splitters",
    "sentence-transformers",
    "transformers",
    "torch",
    "numpy",
)


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine, the programs and the code; ``load`` is its one-minute load at that moment."""

    system: str
    processor: str
    cpus: int
    memory_gb: float
    load: float
    python: str
    versions: dict[str, str | None]
    commit: str | None


def describe() -> Machine:
    """The facts of this machine, now."""
    return Machine(
        system=f"{platform.system()} {platform.release()}",
        processor=platform.processor() or platform.machine(),
        cpus=os.cpu_count() or 0,
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        load=round(psutil.getloadavg()[0], 2),
        python=platform.python_version(),
        versions={name: _version(name) for name in PACKAGES},
        commit=_commit(),
    )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The commit of the code, marked when files differ from it; None outside a repository."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() or None
