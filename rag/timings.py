"""Milliseconds per stage of a question."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Timings:
    """Collects how long each named stage took; a stage entered twice adds up."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the body of the ``with`` under ``name``."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, (time.perf_counter() - began) * 1000)

    def add(self, name: str, ms: float) -> None:
        """Add ``ms`` milliseconds to the stage ``name``."""
        self.ms[name] = round(self.ms.get(name, 0.0) + ms, 3)
