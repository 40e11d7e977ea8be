"""Deciding what to do with an article that was just read: add it, update it, or leave it alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import PurePosixPath

from ingest.read import ReadArticle, article_path
from ingest.report import Failure
from ingest.sources import Listing, Origin, Source
from rag.store import LedgerEntry
from rag.types import Article


class Action(Enum):
    """What is to be done with an article."""

    ADD = auto()
    UPDATE = auto()
    KEEP = auto()  # nothing changed
    MOVE = auto()  # nothing changed but where it comes from
    REPEAT = auto()  # read before in this run


@dataclass(frozen=True, slots=True)
class _Seen:
    name: str
    words: tuple[str, str]


class Ledger:
    """Compares the articles that one run read with what the store held before the run.

    ``held`` is the store's whole ledger, or the part of it that came from the sources of this run;
    ``find`` then gives other entries by id. ``lookup`` gives the stored article of an id; it is
    asked only where two origins claim one.
    """

    def __init__(
        self,
        held: Mapping[str, LedgerEntry],
        lookup: Callable[[str], Article | None],
        find: Callable[[str], LedgerEntry | None] = lambda _: None,
    ) -> None:
        self._hashes = {key: entry.content_hash for key, entry in held.items()}
        self._origins = {key: Origin.decode(entry.origin) for key, entry in held.items()}
        self._find = find
        self._roots: dict[str, str] = {}
        for origin in self._origins.values():
            if origin.kind == "file":
                known = self._roots.get(origin.place, origin.root)
                self._roots[origin.place] = min(known, origin.root, key=len)
        self._lookup = lookup
        self._seen: dict[str, _Seen] = {}
        self._whole: set[str] = set()
        self._failed: set[str] = set()

    def settle(self, source: Source) -> Source:
        """The source under the widest folder it was ever ingested from.

        So a file keeps its id, and is not stored twice, when it is later ingested by itself.
        """
        origin = source.origin
        root = self._roots.get(origin.place)
        if origin.kind != "file" or root is None or len(root) >= len(origin.root):
            return source
        path = origin.place[len(root.rstrip("/")) + 1 :]
        return replace(source, origin=Origin("file", root, path))

    def judge(self, found: ReadArticle) -> Action | Failure:
        """What to do with an article; a Failure if its id belongs to another."""
        article, key = found.article, found.article.id
        words = (article.title, article.text)
        if seen := self._seen.get(key):
            if seen.words == words:
                return Action.REPEAT
            return Failure(
                found.name,
                f"The id {key!r} was given to another article in this run, by {seen.name}. "
                "Give each article an id of its own.",
            )
        action = self._compare(found)
        if isinstance(action, Action):
            self._seen[key] = _Seen(found.name, words)
        return action

    def _compare(self, found: ReadArticle) -> Action | Failure:
        article, key = found.article, found.article.id
        if not self._holds(key):
            return Action.ADD
        holder = self._origins[key]
        same = self._hashes[key] == article.content_hash
        if holder.place == found.origin.place:
            return Action.KEEP if same else Action.UPDATE
        if holder.is_gone:
            return Action.MOVE if same else Action.UPDATE
        stored = None if same else self._lookup(key)
        if same or (stored and (stored.title, stored.text) == (article.title, article.text)):
            return Action.KEEP
        return Failure(
            found.name,
            f"The id {key!r} is held by another article, from {holder.place}. Ingest the folder "
            "that holds both, or give one of them another name or id.",
        )

    def _holds(self, key: str) -> bool:
        if key not in self._hashes and (entry := self._find(key)):
            self._hashes[key] = entry.content_hash
            self._origins[key] = Origin.decode(entry.origin)
        return key in self._hashes

    def close(self, source: Source, *, whole: bool) -> None:
        """Note that all of ``source`` was read, or that some of it was not."""
        (self._whole if whole else self._failed).add(source.origin.place)

    def stale(self, listing: Listing, *, prune: bool) -> list[str]:
        """Ids that should leave the store now.

        Always those that a file gave once and, read whole, gives no longer because the id depends
        on its path or on the article's words. With ``prune`` also those from files under the
        roots of this run that are gone, or no longer hold them. Never what failed this time, nor
        what came from elsewhere.
        """
        roots, unread = frozenset(listing.roots), frozenset(listing.unread)

        def is_missing(origin: Origin) -> bool:
            place = origin.place
            blocked = place in self._failed or _is_under(place, unread)
            return origin.kind == "file" and not blocked and _is_under(place, roots)

        return [
            key
            for key, origin in self._origins.items()
            if key not in self._seen
            and (self._is_superseded(key, origin) or (prune and is_missing(origin)))
        ]

    def _is_superseded(self, key: str, origin: Origin) -> bool:
        path = article_path(origin)
        derived = origin.kind != "url" and (key == path or key.startswith(f"{path}#"))
        return derived and origin.place in self._whole


def _is_under(place: str, roots: Set[str]) -> bool:
    """Whether ``place`` or a folder above it is one of ``roots``, however many these are."""
    return place in roots or any(str(folder) in roots for folder in PurePosixPath(place).parents)
