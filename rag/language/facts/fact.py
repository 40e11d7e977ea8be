"""The value that this package finds: a number, a date or a name, and where it stands in a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.language.transliterate import MARK

FactKind = Literal["number", "date", "name"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A number, date or name at ``text[start:end]``.

    ``values`` are the ways it may be matched: decimal strings for numbers, ``~m1`` and the like
    for months, countries and organisations, stems and skeletons for names. Any one that a
    passage holds will do.
    """

    kind: FactKind
    text: str
    start: int
    end: int
    values: tuple[str, ...]

    @property
    def is_known(self) -> bool:
        """Whether it is a country, organisation, month or weekday that is known by a code."""
        return self.values[:1] != () and self.values[0].startswith(MARK)
