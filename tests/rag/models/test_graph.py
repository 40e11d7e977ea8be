"""Opening a graph: what it leaves behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rag.environment import child_environment
from rag.settings import ROOT, SHIPPED_READER

OPEN = """
import os
from pathlib import Path
from rag.models.graph import open_graph
open_graph(Path({folder!r}))
print(os.environ["ORT_DISABLE_TELEMETRY"])
"""


def test_the_library_reports_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = child_environment(TMPDIR=str(home), HOME=str(home))
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    done = subprocess.run(
        [sys.executable, "-c", OPEN.format(folder=str(SHIPPED_READER))],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "1"
    assert not list(home.iterdir())
