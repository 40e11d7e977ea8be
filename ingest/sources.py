"""What is known of a source before it is read: its file or address, and where it came from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ingest.report import Failure

SUFFIXES = (".txt", ".md", ".markdown", ".html", ".htm", ".jsonl")
"""Endings of the files that can be read."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody handed over: read from ``path``, known by ``name``.

    A second upload under the same name replaces the first.
    """

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an article came from, as the store remembers it.

    For a file, ``root`` is the absolute folder that was ingested and ``path`` leads on from there
    (POSIX). For an address or an upload, ``root`` is empty.
    """

    kind: Literal["file", "url", "upload", "other"]
    root: str
    path: str

    @property
    def place(self) -> str:
        """The same for two origins exactly if they are the same file, address or upload."""
        return f"{self.root.rstrip('/')}/{self.path}" if self.kind == "file" else self.path

    @property
    def is_gone(self) -> bool:
        """Whether this is a file that is no longer there."""
        return self.kind == "file" and not os.path.lexists(self.place)

    def alike(self) -> Iterator[Origin]:
        """All origins of the same place: those of a file differ in the folder that was ingested."""
        if self.kind != "file":
            yield self
            return
        parts = self.place.split("/")
        for cut in range(1, len(parts)):
            yield Origin("file", "/".join(parts[:cut]) or "/", "/".join(parts[cut:]))

    def encode(self) -> str:
        """One line for the store's ledger."""
        return json.dumps([self.kind, self.root, self.path], ensure_ascii=False)

    @classmethod
    def decode(cls, line: str) -> Origin:
        """The origin that :meth:`encode` wrote; anything else is of kind ``other``."""
        try:
            kind, root, path = json.loads(line)
        except (ValueError, TypeError):
            return cls("other", "", line)
        return (
            cls(kind, root, path) if kind in ("file", "url", "upload") else cls("other", "", line)
        )


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to read. ``name`` is what the user called it; ``file`` is None for an address.

    ``address`` is what to fetch. It alone may hold a user name and password, so it is not shown.
    """

    name: str
    origin: Origin
    file: Path | None = None
    address: str = field(default="", repr=False)


@dataclass(slots=True)
class Listing:
    """What a list of paths and addresses comes to.

    ``roots`` are the files and folders that were named, ``unread`` the folders that could not be
    listed (absolute paths), and ``empty`` the folders that hold nothing to read. ``skipped`` are
    the files of folders that are of other kinds, by absolute path, and what to call them.
    """

    sources: list[Source] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def is_piecemeal(self) -> bool:
        """Whether only files, addresses and uploads were named, and no folder."""
        files = {source.origin.place for source in self.sources if source.origin.kind == "file"}
        return files.issuperset(self.roots)
