"""Where everything lies in a store's folder.

    <store>/lock            locked by the process that owns the store
    <store>/lock.owner      that process's id and command, for the others to read
    <store>/CURRENT         the name of the live generation
    <store>/g-<12 hex>/     a generation: sanad.sqlite3, and the local vector index in chroma-*/

A store is re-indexed by filling a second generation beside the live one and then replacing
CURRENT, which is atomic: at every moment exactly one complete generation is live.
"""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag.errors import StoreError, StoreMissing
from rag.store.durable import sync

_GENERATION = re.compile(r"g-[0-9a-f]{12}")
_OWN_FILES = frozenset({"lock", "lock.owner", "lock.owner.new", "CURRENT", "CURRENT.new"})
DATABASE = "sanad.sqlite3"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one store; ``path`` is absolute."""

    path: Path

    @property
    def lock(self) -> Path:
        """The file that the owner locks."""
        return self.path / "lock"

    @property
    def current(self) -> Path:
        """The file that names the live generation."""
        return self.path / "CURRENT"

    def live(self) -> Path | None:
        """The folder of the live generation; None when there is no store here (yet).

        Raises:
            StoreError: the path is no folder, or CURRENT names a generation that is not there.
        """
        if self.path.exists() and not self.path.is_dir():
            raise StoreError(f"{self.path} is a file. Give the store a folder of its own.")
        try:
            name = self.current.read_text("utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StoreError(
                f"The store {self.path} cannot be read ({error}). Check its permissions."
            ) from error
        if not _GENERATION.fullmatch(name) or not (self.path / name / DATABASE).is_file():
            raise StoreError(
                f"The store {self.path} is damaged: its generation {name!r} is gone. Restore it "
                "from a backup, or delete the folder and ingest the articles again."
            )
        return self.path / name

    def require(self) -> Path:
        """The folder of the live generation.

        Raises:
            StoreMissing: there is no store here.
            StoreError: as :meth:`live`.
        """
        live = self.live()
        if live is None:
            raise StoreMissing(
                f"There is no store in {self.path}. "
                f"Run `sanad ingest PATH --store {self.path}` to make one."
            )
        return live

    def prepare(self) -> None:
        """Make the folder of a new store.

        Raises:
            StoreError: something else lives there, or it cannot be written.
        """
        self.live()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            strangers = sorted(e.name for e in self.path.iterdir() if not _is_ours(e.name))
        except OSError as error:
            raise StoreError(
                f"The store {self.path} cannot be made ({error}). Choose a folder that you can "
                "write to with --store or SANAD_STORE."
            ) from error
        if strangers:
            raise StoreError(
                f"{self.path} holds other files ({', '.join(strangers[:3])}) and no store. "
                "Give the store a folder of its own with --store or SANAD_STORE."
            )

    def new_generation(self) -> Path:
        """An empty folder for another generation.

        Raises:
            StoreError: the disk refused.
        """
        folder = self.path / f"g-{uuid.uuid4().hex[:12]}"
        try:
            folder.mkdir()
        except OSError as error:
            raise StoreError(
                f"The store {self.path} cannot be written ({error}). "
                "Free space on its disk, or check its permissions."
            ) from error
        return folder

    def leftovers(self) -> list[Path]:
        """Folders of generations that are not live: of a re-index or a creation cut short."""
        live = self.live()
        found = (e for e in self.path.iterdir() if _GENERATION.fullmatch(e.name) and e != live)
        return sorted(found)

    def promote(self, generation: Path) -> None:
        """Make ``generation`` the live one: atomically, and for good when this returns.

        Raises:
            StoreError: the disk refused.
        """
        fresh = self.current.with_name("CURRENT.new")
        try:
            sync(generation)
            fresh.write_text(f"{generation.name}\n", "utf-8")
            sync(fresh)
            fresh.replace(self.current)
            sync(self.path)
        except OSError as error:
            raise StoreError(
                f"The store {self.path} cannot be written ({error}). "
                "Free space on its disk, or check its permissions."
            ) from error

    def size(self) -> int:
        """Bytes of all files in the store."""
        total = 0
        for folder, _, names in os.walk(self.path):
            for name in names:
                try:
                    total += (Path(folder) / name).lstat().st_size
                except FileNotFoundError:  # the owner of the store is at work
                    continue
        return total


def discard(folder: Path) -> None:
    """Delete a folder as far as possible; what is left is found again by the next open."""
    shutil.rmtree(folder, ignore_errors=True)


def read_ahead(folder: Path, stopped: Callable[[], bool]) -> None:
    """Have the operating system read all files below ``folder``, until ``stopped`` says so.

    Chroma keeps all other threads waiting while it reads its files; this does not.
    """
    block = bytearray(2**20)
    for file in folder.rglob("*"):
        with suppress(OSError), file.open("rb", buffering=0) as stream:
            while not stopped() and stream.readinto(block):
                pass


def _is_ours(name: str) -> bool:
    return name in _OWN_FILES or _GENERATION.fullmatch(name) is not None
