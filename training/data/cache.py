"""Keep what takes long to prepare, for as long as what it was made of stays the same."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Made = TypeVar("Made")


def cached(
    folder: Path, name: str, sources: Path, options: object, make: Callable[[], Made]
) -> Made:
    """What ``make`` gives, or gave when files, options and the recipes' code were the same.

    Only ever read from ``folder`` what this wrote there: it is a pickle.
    """
    file = folder / f"{name}-{_state(sources, options)}.pickle"
    if file.is_file():
        known: Made = pickle.loads(file.read_bytes())
        return known
    made = make()
    folder.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pickle.dumps(made, pickle.HIGHEST_PROTOCOL))
    return made


def _state(sources: Path, options: object) -> str:
    digest = hashlib.sha256(repr(options).encode())
    for file in sorted(f for f in sources.rglob("*") if f.is_file()):
        digest.update(f"{file.relative_to(sources)} {file.stat().st_size}".encode())
    for file in sorted(Path(__file__).parent.parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
