"""What an ingest tells while it runs and when it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_NAMED = 20


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
    """What an ingest did, in articles; ``chunks`` counts those of texts that it embedded.

    ``skipped`` are the files of folders that are of kinds Sanad does not read.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: tuple[Failure, ...] = ()
    skipped: tuple[str, ...] = ()
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
            "skipped": list(self.skipped),
            "chunks": self.chunks,
            "seconds": round(self.seconds, 3),
        }


def skipped_lines(names: Sequence[str]) -> list[str]:
    """The names of skipped files to show, a line each; of very many only the first."""
    rest = len(names) - _NAMED
    return [*names[:_NAMED], f"and {rest:,} more (--json names all)"] if rest > 1 else [*names]
