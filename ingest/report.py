"""What an ingest tells while it runs and when it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Failure:
    """One source that could not be taken, and why. ``source`` is what the user called it.

    A line of a ``.jsonl`` file is called ``file.jsonl:17``.
    """

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest has come.

    ``done`` of ``total`` sources (files and addresses; articles in a re-index) have been read,
    ``failed`` articles or sources could not be, ``chunks`` are embedded so far, and ``source`` is
    the one that was looked at last.
    """

    done: int
    total: int
    chunks: int
    failed: int
    source: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did, in articles; ``chunks`` counts those embedded by it."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: tuple[Failure, ...] = ()
    chunks: int = 0
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The document that ``--json`` prints."""
        return {
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "failed": [{"source": f.source, "reason": f.reason} for f in self.failed],
            "chunks": self.chunks,
            "seconds": round(self.seconds, 3),
        }
