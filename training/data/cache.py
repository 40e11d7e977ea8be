"""Keep what takes long to prepare, for as long as what it was made of stays the same."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from rag.language import terms, text

Made = TypeVar("Made")


def cached(
    folder: Path, name: str, sources: Path, options: object, make: Callable[[], Made]
) -> Made:
    """What ``make`` gives, or gave when files, options and the code were the same.

    The code is that of all recipes, and what of the product cleans their text. Only ever read from
    ``folder`` what this wrote there: it is a pickle.
    """
    file = folder / f"{name}-{_state(sources, options)}.pickle"
    if file.is_file():
        known: Made = pickle.loads(file.read_bytes())
        return known
    made = make()
    folder.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_bytes(pickle.dumps(made, pickle.HIGHEST_PROTOCOL))
    partial.replace(file)
    return made


def _state(sources: Path, options: object) -> str:
    digest = hashlib.sha256(repr(options).encode())
    for file in sorted(f for f in sources.rglob("*") if f.is_file()):
        digest.update(str(file.relative_to(sources)).encode())
        digest.update(file.read_bytes())
    recipes = Path(__file__).parent.parent.rglob("*.py")
    for file in [*sorted(recipes), Path(text.__file__), Path(terms.__file__)]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
