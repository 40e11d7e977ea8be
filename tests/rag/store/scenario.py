"""Writes to be killed in the middle, and what the store may hold after each."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from rag.store import Entry, Store, open_store, vectors
from tests.rag.store.build import ENCODER, entry, random_entry

A, B, D = (random_entry(name, 0, paragraphs=2) for name in "abd")
C = entry("c", ["storm over the village", "an airport strike"])
A2 = entry("a", [A.chunks[0].text, "قرية جديدة على النهر"], title="changed")
B2 = random_entry("b", 1, paragraphs=2)

STEPS: tuple[Callable[[Store], None], ...] = (
    lambda store: store.put([A2, C]),
    lambda store: store.remove(["b"]),
    lambda store: store.put([B2, D]),
    lambda store: store.put([A]),
)
STATES: tuple[list[Entry], ...] = ([A, B], [A2, B, C], [A2, C], [A2, B2, C, D], [A, B2, C, D])

WRITES = ("BEGIN", "COMMIT", "INSERT INTO articles", "DELETE FROM articles")


def run(folder: Path, chroma_url: str | None, kill_at: int) -> None:
    """Take the steps; be killed (SIGKILL) at the write or index call of that number.

    Whoever is not killed leaves the number of these calls beside the folder.
    """
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if done == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    _tick_on_every_write(tick)
    acknowledged = os.open(f"{folder}.done", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    store = open_store(folder, ENCODER.identity, chroma_url=chroma_url)
    for step in STEPS:
        step(store)
        os.write(acknowledged, b".")
    store.close()
    Path(f"{folder}.calls").write_text(str(done))


def _tick_on_every_write(tick: Callable[[], None]) -> None:
    def traced(*args: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **options)
        connection.set_trace_callback(lambda sql: tick() if sql.startswith(WRITES) else None)
        return connection

    def ticking(method: Callable[..., object]) -> Callable[..., object]:
        @wraps(method)
        def call(*args: object) -> object:
            tick()
            result = method(*args)
            tick()
            return result

        return call

    connect = sqlite3.connect
    sqlite3.connect = traced
    for name in ("add", "delete", "present", "count", "sync"):
        setattr(vectors.VectorIndex, name, ticking(getattr(vectors.VectorIndex, name)))


def serve() -> None:
    """Run each "folder|url|number" of standard input in a fork; print how it ended."""
    import chromadb  # noqa: F401  (once, not in every fork)

    for line in sys.stdin:
        folder, url, number = line.split("|")
        child = os.fork()
        if child == 0:
            run(Path(folder), url or None, int(number))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
