"""Making a vector index equal to the database."""

from __future__ import annotations

import time
from collections.abc import Callable

from rag.language.text import LANGS, Lang
from rag.store.chroma import IndexDamaged
from rag.store.database import Database
from rag.store.index import counts_agree
from rag.store.rows import vector_hashes, vectors_by_hash
from rag.store.vectors import VectorIndex

FEW = 1000
"""Vectors that may be left to the last pass, which keeps writes out: about a second of work."""

PASSES = 8
"""Passes before the last one at most: under steady writing the difference might never be small."""

Present = dict[Lang, set[str]]
"""Hashes of the vectors that an index has."""


class Stopped(Exception):
    """What was going on in the background was given up: the store is being closed."""


def no_rest(_: float) -> None:
    """Go on at once."""


def present_in(index: VectorIndex) -> Present:
    """What ``index`` has; a collection that cannot tell is begun anew."""
    return {lang: _hashes(index, lang) for lang in LANGS}


def bring_closer(
    database: Database,
    index: VectorIndex,
    present: Present,
    rest: Callable[[float], None] = no_rest,
) -> int:
    """Delete from ``index`` what the database does not have, add what it has; how many in all.

    What was written meanwhile is left to the next call. ``present`` is kept up. After each part
    ``rest`` is called with the seconds that it took: Chroma keeps all other threads waiting while
    it works, and a search, which lets others go first at every row, would never come to an end.

    Raises:
        StoreError: the index or the database refused.
        Stopped: ``rest`` said so; the index is then without some vectors.
    """
    changed = 0
    for lang in LANGS:
        with database.read() as connection:
            wanted = vector_hashes(connection, lang)
        missing = [key for key in wanted if key not in present[lang]]
        excess = sorted(present[lang].difference(wanted))
        index.delete(lang, excess)
        present[lang].difference_update(excess)
        for start in range(0, len(missing), index.batch):
            with database.read() as connection:
                found = vectors_by_hash(connection, lang, missing[start : start + index.batch])
            began = time.perf_counter()
            index.add(lang, found)
            present[lang] |= found.keys()
            rest(time.perf_counter() - began)
        changed += len(excess) + len(missing)
    return changed


def fill(database: Database, index: VectorIndex, rest: Callable[[float], None]) -> Present:
    """Make an empty ``index`` nearly equal to the database while writes go on; what it has then.

    Raises:
        StoreError, Stopped: as :func:`bring_closer`.
    """
    present: Present = {lang: set() for lang in LANGS}
    for _ in range(PASSES):  # each has fewer of the writes to take in
        if bring_closer(database, index, present, rest) <= FEW:
            break
    return present


def finish(database: Database, index: VectorIndex, present: Present) -> None:
    """The last difference, and onto the disk. The caller has the lock.

    Raises:
        StoreError: the index or the database refused.
        IndexDamaged: the index does not keep what it is given.
    """
    bring_closer(database, index, present)
    if not counts_agree(database, index):
        raise IndexDamaged(f"The vector index {index.place} does not keep what it is given.")
    index.sync()


def _hashes(index: VectorIndex, lang: Lang) -> set[str]:
    try:
        return index.hashes(lang)
    except IndexDamaged:
        index.empty(lang)
        return set()
