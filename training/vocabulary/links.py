"""What Arabic pieces mean: which English pieces they stand for, and how likely.

IBM Model 1 is run three times over the same pairs, with the Arabic side as pieces, as stems and as
stems without suffix. What a whole word means is what its stem does, so that «والمانيا», seen a few
times, means what «المانيا» means; what is seldom seen leans on its relatives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.base.pieces import SPACE
from training.data.align import LIKELY, Alignment, align
from training.data.files import Pair
from training.data.pieces import piece_ids
from training.vocabulary.alike import letters
from training.vocabulary.pieces import is_arabic
from training.vocabulary.stems import ARTICLE, SHORTEST, Stems, light, words

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from tokenizers import Tokenizer

AS_PIECE = 0.3
"""Weight of what a whole word means by the pieces' own alignment beside its stem's."""
RELATIVES = 3.0
"""Expected links that a word gets from its stem without suffix."""
KNOWN = 3
"""Count from which a stem behind clitics is looked up."""

Ids = Sequence[Sequence[int]]


def learn(
    tokenizer: Tokenizer,
    stems: Stems,
    pairs: Sequence[Pair],
    same: NDArray[np.int64] | None = None,
) -> csr_matrix:
    """Links of Arabic to English pieces, shape (pieces, pieces), rows by likelihood.

    A row is p(English | Arabic) where it is likely, each over the root of how many stems the
    English piece may mean, so that "the" does not stand for everything. Pieces that are the
    ``same`` word, (pieces), are counted together and have one row.
    """
    from scipy.sparse import diags

    vocabulary = tokenizer.get_vocab()
    count = len(vocabulary)
    english = list(piece_ids(tokenizer, [pair.en for pair in pairs], same))
    cut = [words(pair.ar) for pair in pairs]
    units, related = _Units(stems, lambda stem: stem), _Units(stems, light)
    pieces = _align(english, list(piece_ids(tokenizer, [pair.ar for pair in pairs], same)))
    by_stem = _align(english, [units.of(text) for text in cut])
    by_relative = _align(english, [related.of(text) for text in cut])

    spaced = SPACE in vocabulary
    arabic = np.zeros(count, bool)
    stem_of, relative_of = np.full(count, -1), np.full(count, -1)
    for piece, row in vocabulary.items():
        arabic[row] = is_arabic(piece)
        stem = _stem(*letters(piece, spaced), stems) if arabic[row] else None
        if stem is not None:
            stem_of[row], relative_of[row] = units.place(stem), related.place(stem)
    own = np.where(stem_of >= 0, AS_PIECE, 1.0) * arabic
    sums = diags(own) @ _counts(pieces, count, count)
    sums += _picked(stem_of, units.size) @ _counts(by_stem, units.size, count)
    sums += (
        RELATIVES
        * _picked(relative_of, related.size)
        @ _shares(_counts(by_relative, related.size, count))
    )
    links = _shares(sums).tocsr()
    links.data[links.data < LIKELY] = 0
    reach = np.bincount(by_stem.source, by_stem.forth > LIKELY, minlength=count)
    links = (links @ diags(~arabic / np.sqrt(1 + reach))).tocsr()
    links.eliminate_zeros()
    return links if same is None else links[same]


class _Units:
    """Numbers of clitics and stems; a unit is a stem or what is made of it."""

    def __init__(self, stems: Stems, unit: Callable[[str], str]) -> None:
        self._stems, self._unit = stems, unit
        self._places: dict[str, int] = {}

    @property
    def size(self) -> int:
        return len(self._places)

    def of(self, text: Sequence[str]) -> list[int]:
        found = []
        for word in text:
            if word not in self._stems:
                found.append(self._number(word))
                continue
            clitics, stem = self._stems.split(word)
            if before := clitics.removesuffix(ARTICLE):
                found.append(self._number(f"{before}+"))
            found.append(self._number(self._unit(stem)))
        return found

    def place(self, stem: str) -> int:
        """The number of the stem's unit, or -1."""
        return self._places.get(self._unit(stem), -1)

    def _number(self, unit: str) -> int:
        return self._places.setdefault(unit, len(self._places))


def _stem(written: str, first: bool, stems: Stems) -> str | None:
    """The stem that a piece is or that its word has, None for parts of words.

    ``first`` says that it may begin a word.
    """
    if first:
        return stems.split(written)[1] if written in stems and len(written) > 1 else None
    known = stems.counts[written] >= KNOWN and len(written) >= SHORTEST
    return stems.bare(written) if known else None


def _align(english: Ids, arabic: Ids) -> Alignment:
    return align(list(zip(english, arabic, strict=True)))


def _counts(found: Alignment, rows: int, columns: int) -> csr_matrix:
    """Expected counts, shape (targets, sources)."""
    from scipy.sparse import csr_matrix

    return csr_matrix((found.count, (found.target, found.source)), (rows, columns))


def _shares(counts: csr_matrix) -> csr_matrix:
    """Rows that sum to one, or are all 0."""
    from scipy.sparse import diags

    totals = np.asarray(counts.sum(axis=1)).ravel()
    return diags(1 / np.maximum(totals, 1e-12)) @ counts


def _picked(places: NDArray[np.int64], count: int) -> csr_matrix:
    """Takes the row at each place of ``count``, none at -1."""
    from scipy.sparse import csr_matrix

    rows = np.flatnonzero(places >= 0)
    return csr_matrix((np.ones(len(rows)), (rows, places[rows])), (len(places), count))
