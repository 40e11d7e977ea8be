"""From a list of paths, folders and addresses to the sources that they hold."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence
from pathlib import Path

from ingest.address import without_credentials
from ingest.report import Failure
from ingest.sources import SUFFIXES, Listing, Origin, Source, Upload

_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_UNSUPPORTED = f"Files of this kind cannot be read. Supported are {', '.join(SUFFIXES)}."
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def discover(paths: Sequence[str | Path | Upload]) -> Listing:
    """The sources behind ``paths``: addresses, files, uploads, and folders with all below them.

    Folders are taken in order of name. Files of other kinds are listed as skipped; hidden files and
    what symbolic links show a second time are left out. A file named under two roots is taken once,
    under the wider one.
    """
    listing = Listing()
    for path in paths:
        if isinstance(path, Upload):
            _add_upload(path, listing)
        elif isinstance(path, str) and _ADDRESS.match(path):
            shown = printable(without_credentials(path))
            listing.sources.append(Source(shown, Origin("url", "", shown), address=path))
        elif isinstance(path, str) and _SCHEME.match(path):
            reason = "Only http:// and https:// addresses can be read, and paths."
            listing.failures.append(Failure(printable(without_credentials(path)), reason))
        else:
            _add_path(str(path), listing)
    listing.sources = _each_once(listing.sources)
    return listing


def is_readable(name: str) -> bool:
    """Whether a file of that name is of a kind that can be read."""
    return name.lower().endswith(SUFFIXES)


def printable(name: str) -> str:
    """A name fit to show: bytes that are not UTF-8, and lone surrogates, become escapes."""
    try:
        data = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # surrogates that stand for no byte of a file's name
        data = name.encode("utf-8", "backslashreplace")
    return data.decode("utf-8", "backslashreplace")


def _add_upload(upload: Upload, listing: Listing) -> None:
    shown = printable(upload.name)
    if shown != upload.name or "\0" in shown:
        listing.failures.append(Failure(shown, "Its name is not valid UTF-8. Rename it."))
    elif is_readable(upload.name):
        origin = Origin("upload", "", upload.name)
        listing.sources.append(Source(upload.name, origin, upload.path))
    else:
        listing.failures.append(Failure(shown, _UNSUPPORTED))


def _add_path(name: str, listing: Listing) -> None:
    path = Path(name)
    try:
        if not name:
            raise FileNotFoundError(errno.ENOENT, "not a path")
        path.stat()
        is_folder = path.is_dir()
    except (OSError, ValueError) as error:  # ValueError: no file can be called so
        shown = printable(without_credentials(name))  # it may be an address with a slip in it
        listing.failures.append(Failure(shown, missing_reason(path, error)))
        return
    root = Path(os.path.realpath(path if is_folder else path.parent))
    file = root / path.name
    listing.roots.append(str(root if is_folder else file))
    if is_folder:
        _Walk(root, name, listing).run()
    elif reason := _refusal(file):
        listing.failures.append(Failure(printable(name), reason))
        listing.unread.append(str(file))
    else:
        listing.sources.append(Source(name, Origin("file", str(root), path.name), file))


def _refusal(path: Path) -> str | None:
    """Why a file that exists is not taken, or None."""
    if not path.is_file():
        return "It is not a regular file. Copy what it holds into one."
    if not is_readable(path.name):
        return _UNSUPPORTED
    if printable(str(path)) != str(path):
        return "Its name, or that of a folder above it, is not valid UTF-8. Rename it."
    return None


def missing_reason(path: Path, error: OSError | ValueError) -> str:
    """Why ``path`` cannot be opened, and what to do."""
    if isinstance(error, ValueError):
        return "There is no such file or folder. Check the spelling."
    if error.errno == errno.ELOOP:
        return "It is a symbolic link that leads back to itself. Remove or correct the link."
    if isinstance(error, PermissionError):
        return "Reading it is not allowed (permission denied). Change its permissions."
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        if path.is_symlink():
            return "It is a symbolic link to something that is not there. Correct the link."
        return "There is no such file or folder. Check the spelling."
    return f"It cannot be read: {error.strerror or error}. Check the disk and the path."


class _Walk:
    """Lists one folder. Real folders come before linked ones, so an article keeps its real path."""

    def __init__(self, root: Path, name: str, listing: Listing) -> None:
        self._root = root
        self._name = name
        self._listing = listing
        self._seen: set[tuple[int, int]] = set()
        self._files: list[Path] = []
        self._linked_files: list[Path] = []
        self._linked_folders: list[Path] = []
        self._others: list[Path] = []

    def run(self) -> None:
        failures = len(self._listing.failures)
        folders = [self._root]
        while folders or self._linked_folders:
            folder = folders.pop() if folders else self._linked_folders.pop(0)
            folders += self._list(folder)
        linked = {os.path.realpath(link): link for link in sorted(self._linked_files, reverse=True)}
        real = {os.path.realpath(file) for file in self._files} if linked else set()
        self._files += [link for target, link in linked.items() if target not in real]
        if not self._files and failures == len(self._listing.failures):
            self._listing.empty.append(self._name)
        for file in sorted(self._files):
            relative = file.relative_to(self._root).as_posix()
            origin = Origin("file", str(self._root), relative)
            self._listing.sources.append(Source(self._shown(file), origin, file))
        for file in sorted(self._others, key=lambda file: (file.is_symlink(), file)):
            name = printable(self._shown(file))
            self._listing.skipped.setdefault(os.path.realpath(file), name)

    def _list(self, folder: Path) -> list[Path]:
        """Sort what is in ``folder``; returns the folders in it."""
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in self._seen:
                return []
            self._seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
        except OSError as error:
            self._fail(folder, missing_reason(folder, error))
            return []
        return [path for name in names if self._sort(path := folder / name)]

    def _sort(self, path: Path) -> bool:
        """Put ``path`` where it belongs; whether it is a real folder."""
        try:
            path.stat()
        except OSError as error:
            if is_readable(path.name) or not path.suffix:
                self._fail(path, missing_reason(path, error))
            return False
        if path.is_dir():
            if path.is_symlink():
                self._linked_folders.append(path)
            return not path.is_symlink()
        if is_readable(path.name):
            if reason := _refusal(path):
                self._fail(path, reason)
            else:
                (self._linked_files if path.is_symlink() else self._files).append(path)
        elif path.is_file():
            self._others.append(path)
        return False

    def _fail(self, path: Path, reason: str) -> None:
        self._listing.failures.append(Failure(printable(self._shown(path)), reason))
        self._listing.unread.append(str(path))

    def _shown(self, path: Path) -> str:
        return os.path.join(self._name, path.relative_to(self._root))  # noqa: PTH118 (keeps ./)


def _each_once(sources: list[Source]) -> list[Source]:
    """Sources without repetition; of the same file under two roots, the wider root's."""
    best: dict[tuple[str, str], Source] = {}
    for source in sources:
        key = (source.origin.kind, source.origin.place)
        held = best.get(key)
        if held is None or len(source.origin.root) < len(held.origin.root):
            best[key] = source
    return list(best.values())
