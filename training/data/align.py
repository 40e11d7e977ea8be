"""IBM Model 1 (Brown et al. 1993): which units of one language stand for which of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROUNDS = 6
LONGEST = 40
"""Units on a side; longer pairs say little about single units."""

LIKELY = 0.03
"""Sources less likely than this are not what a target means."""

Ids = NDArray[np.int64]
Shares = NDArray[np.float64]
Table = NDArray[np.float32]


@dataclass(frozen=True)
class Alignment:
    """Each linked (source, target) with its expected count, and its probability either way."""

    source: Ids
    target: Ids
    count: Shares
    forth: Shares
    """p(target | source)"""
    back: Shares
    """p(source | target)"""


def align(
    pairs: Sequence[tuple[Sequence[int], Sequence[int]]],
    rounds: int = ROUNDS,
    longest: int = LONGEST,
) -> Alignment:
    """Rounds of expectation maximisation over pairs of (source ids, target ids)."""
    left, right, token = _links(pairs, longest)
    width = int(right.max()) + 1
    key, link = np.unique(left * width + right, return_inverse=True)
    source, target = key // width, key % width
    chance: Shares = np.ones(len(key))
    counts: Shares = chance
    for _ in range(rounds):
        weight = chance[link]
        weight /= np.bincount(token, weight)[token]
        counts = np.bincount(link, weight).astype(np.float64)
        chance = counts / np.bincount(source, counts)[source]
    return Alignment(source, target, counts, chance, counts / np.bincount(target, counts)[target])


def _links(
    pairs: Sequence[tuple[Sequence[int], Sequence[int]]], longest: int
) -> tuple[Ids, Ids, Ids]:
    """Every source unit beside every target unit of its pair: (source, target, target token)."""
    lefts, rights, owners, total = [], [], [], 0
    for source, target in pairs:
        if not source or not target or max(len(source), len(target)) > longest:
            continue
        lefts.append(np.tile(np.array(source, np.int64), len(target)))
        rights.append(np.repeat(np.array(target, np.int64), len(source)))
        owners.append(np.repeat(np.arange(total, total + len(target)), len(source)))
        total += len(target)
    return np.concatenate(lefts), np.concatenate(rights), np.concatenate(owners)
