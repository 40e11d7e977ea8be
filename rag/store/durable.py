"""Forcing files and folders onto the disk (fsync), so that they survive a crash or a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Force a file, or the names in a folder, onto the disk."""
    if path.is_dir() and os.name == "nt":  # Windows has no such call for folders
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Force every file below ``folder``, and their names, onto the disk."""
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                sync(Path(parent) / name)
            except FileNotFoundError:  # a journal that came and went
                continue
        sync(Path(parent))
