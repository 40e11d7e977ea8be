"""The map of the house in CONTRIBUTING.md names what is there, and no more than fits on a page."""

from __future__ import annotations

import re

import pytest

from rag.settings import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
MAP = re.search(r"## Where things are.*?```\n(.*?)```", TEXT, re.DOTALL)
LINES = MAP[1].splitlines() if MAP else []


def named(line: str) -> list[str]:
    """The paths that a line of the map names; a bare file lies in the folder named before it."""
    paths: list[str] = []
    for name in re.findall(r"(?<![\w*])\.?[\w/]+(?:/|\.py)(?!\w)", line):
        folder = paths[0] if paths and paths[0].endswith("/") else ""
        folder = folder or (paths[0].rpartition("/")[0] + "/" if paths else "")
        alone = "/" not in name.rstrip("/") and paths
        paths.append(f"{folder}{name}" if alone and not (ROOT / name).exists() else name)
    return paths


def test_the_map_fits_on_a_page() -> None:
    assert 15 <= len(LINES) <= 25


@pytest.mark.parametrize("line", LINES)
def test_everything_on_the_map_is_there(line: str) -> None:
    paths = named(line)
    assert paths, line
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_room_is_on_the_map() -> None:
    drawn = {path for line in LINES for path in named(line)}
    rooms = [file.parent.relative_to(ROOT) for file in ROOT.glob("[a-z]*/__init__.py")]
    rooms += [file.parent.relative_to(ROOT) for file in (ROOT / "rag").glob("*/__init__.py")]
    missing = [
        str(room) for room in rooms if not any(path.startswith(f"{room}/") for path in drawn)
    ]
    assert missing == []
