"""Lines of mixed Arabic and Latin text in the order that a terminal wants them.

Terminals differ. Some order right-to-left text themselves (VTE, mlterm, Apple Terminal); Konsole
does so too but takes every line for left-to-right; kitty turns single words around and leaves
them where they stand; most others (xterm, Windows Terminal, VS Code, Alacritty, tmux …) put one
character after the other. An `Order` names what to send so that all of them show the same line.

Embedding levels come from python-bidi (Unicode Standard Annex #9, isolates and paired brackets
included), for a whole paragraph at once; rules L1–L4, which work on wrapped lines and which it
does not offer with positions, are here. Letter forms come from arabic-reshaper.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import Literal

from rag.language.text import detect_language
from ui.views.layout import Direction, direction

Order = Literal["logical", "terminal", "words", "kitty", "visual"]
"""What is sent: text untouched; logical lines, marked, for a terminal that orders them; words in
visual order and letters in logical order (Konsole, kitty); everything in visual order."""

LRM, RLM, FSI, PDI, ZWNJ, ZWJ = "\u200e", "\u200f", "\u2068", "\u2069", "\u200c", "\u200d"
_FORMATTING = frozenset("\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad") | frozenset(
    chr(code) for block in (range(0x202A, 0x202F), range(0x2066, 0x206A)) for code in block
)
_STRONG: Mapping[str, Direction] = {"L": "ltr", "R": "rtl", "AL": "rtl"}
_LEVELS = re.compile(r"^    levels: \[\n(.*?)^    \],", re.MULTILINE | re.DOTALL)
_LEVEL = re.compile(r"Level\(\s*(\d+)")
_LAMS = {"\ufedf": 0, "\ufee0": 1}  # the letter's initial and medial form
_LAM_ALEF = {
    "\ufe82": "\ufef5\ufef6",
    "\ufe84": "\ufef7\ufef8",
    "\ufe88": "\ufef9\ufefa",
    "\ufe8e": "\ufefb\ufefc",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A character with the marks above and below it, where a line shows it.

    ``raw`` is what the text holds, ``glyph`` the same in its joined form; ``start`` is the
    character's offset in the paragraph and ``level`` its embedding level.
    """

    raw: str
    glyph: str
    start: int
    level: int

    @property
    def is_rtl(self) -> bool:
        """Whether it is a right-to-left letter (not a digit, space or sign among such)."""
        return unicodedata.bidirectional(self.raw[0]) in {"R", "AL"}


Piece = tuple[str, int]
"""Characters to send next, and the offset in the paragraph that their style comes from."""


def direction_of(text: str) -> Direction:
    """The direction a paragraph is set in: by most of its letters, not by its first."""
    return direction(detect_language(text))


def first_strong(text: str) -> Direction | None:
    """The direction of the first letter: what a terminal goes by that guesses."""
    kinds = map(unicodedata.bidirectional, text)
    return next((_STRONG[kind] for kind in kinds if kind in _STRONG), None)


def embedding_levels(text: str, direction: Direction) -> list[int]:
    """The embedding level of each character of a paragraph (UAX #9, before rule L1)."""
    from bidi import get_display

    if not text:
        return []
    report = get_display(text, base_dir="R" if direction == "rtl" else "L", debug=True)
    found = _LEVELS.search(str(report))
    if found is None:
        raise RuntimeError("python-bidi reports its embedding levels in a new way")
    by_byte = [int(level) for level in _LEVEL.findall(found.group(1))]
    levels, position = [], 0
    for character in text:
        levels.append(by_byte[position])
        position += len(character.encode())
    return levels


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph with its direction, embedding levels and one style for each character.

    Characters of different styles are never sent as one word to kitty, which would not turn
    them around as one.
    """

    text: str
    direction: Direction
    levels: Sequence[int]
    styles: Sequence[Hashable]


def arrange(paragraph: Paragraph, start: int, end: int, order: Order) -> list[Piece]:
    """The line ``paragraph.text[start:end]`` in the ``order`` to send it.

    Only for orders that change anything: ``words``, ``kitty`` and ``visual``.
    """
    cells = _display_order(_reset_trailing_space(_cells(paragraph, start, end), paragraph))
    if order == "words":
        return list(_words(cells))
    if order == "kitty":
        return list(_kitty_words(cells, paragraph.styles))
    return [(_mirrored(cell, cell.glyph), cell.start) for cell in cells]


def _cells(paragraph: Paragraph, start: int, end: int) -> list[Cell]:
    """The visible characters of a line in logical order, joined as Arabic script wants them."""
    text = paragraph.text
    starts = [i for i in range(start, end) if i == start or not _is_attached(text[i])]
    # The shaper drops a joiner, and nothing comes before one that a line begins with.
    forms = _shaper()("".join(text[i] for i in starts).replace(ZWJ, ZWNJ))
    cells: list[Cell] = []
    for first, stop, form in zip(starts, [*starts, end][1:], forms, strict=True):
        raw = "".join(c for c in text[first:stop] if c not in _FORMATTING)
        if not raw:
            continue
        glyph = form + raw[1:] if raw[0] == text[first] else raw
        cell = Cell(raw, glyph, first, paragraph.levels[first])
        ligature = _lam_alef(cells[-1], cell) if cells else None
        cells[-1:] = [ligature] if ligature else [*cells[-1:], cell]
    return cells


def _is_attached(character: str) -> bool:
    """Whether a character is shown on the one before it, or not shown at all.

    A zero-width non-joiner stands alone: it parts the letters around it.
    """
    if character == ZWNJ:
        return False
    return unicodedata.category(character) in {"Mn", "Me"} or character in _FORMATTING


def _lam_alef(lam: Cell, alef: Cell) -> Cell | None:
    """Lam and alef as the one sign that they are written with; None for other letters."""
    if lam.glyph[0] not in _LAMS or alef.glyph[0] not in _LAM_ALEF:
        return None
    sign = _LAM_ALEF[alef.glyph[0]][_LAMS[lam.glyph[0]]]
    glyph = sign + lam.glyph[1:] + alef.glyph[1:]
    return Cell(lam.raw + alef.raw, glyph, lam.start, lam.level)


@cache
def _shaper() -> Callable[[str], str]:
    from arabic_reshaper import ArabicReshaper

    # One character in, one out: ligatures are left to _lam_alef, so that offsets keep their count.
    options = {"delete_harakat": False, "support_ligatures": False, "support_zwj": False}
    reshape: Callable[[str], str] = ArabicReshaper(configuration=options).reshape
    return reshape


def _reset_trailing_space(cells: Sequence[Cell], paragraph: Paragraph) -> list[Cell]:
    """Rule L1: white space at the end of a line stands at the paragraph's own level."""
    base = 1 if paragraph.direction == "rtl" else 0
    kept = len(cells)
    while kept and cells[kept - 1].raw.isspace():
        kept -= 1
    return [*cells[:kept], *(replace(cell, level=base) for cell in cells[kept:])]


def _display_order(cells: list[Cell]) -> list[Cell]:
    """Rule L2: from the highest level down to 1, turn around each run at that level or above."""
    for level in range(max((cell.level for cell in cells), default=0), 0, -1):
        cells = _turned(cells, level)
    return cells


def _turned(cells: Sequence[Cell], level: int) -> list[Cell]:
    turned: list[Cell] = []
    for inside, cells_of_run in groupby(cells, key=lambda cell: cell.level >= level):
        run = list(cells_of_run)
        turned.extend(reversed(run) if inside else run)
    return turned


def _mirrored(cell: Cell, glyph: str) -> str:
    """Rule L4: brackets and the like are mirrored in right-to-left text."""
    from bidi.mirror import MIRRORED

    return str(MIRRORED.get(glyph, glyph)) if cell.level % 2 else glyph


def _words(cells: Sequence[Cell]) -> Iterator[Piece]:
    """Each right-to-left word in logical order between marks that hold it where it stands."""
    for rtl, run in groupby(cells, key=lambda cell: cell.is_rtl):
        word = list(run)
        if rtl:
            yield LRM, word[-1].start
            yield from ((cell.raw, cell.start) for cell in reversed(word))
            yield LRM, word[0].start
        else:
            yield from ((_mirrored(cell, cell.raw), cell.start) for cell in word)


def _kitty_words(cells: Sequence[Cell], styles: Sequence[Hashable]) -> Iterator[Piece]:
    """Each word that holds right-to-left letters in logical order: kitty turns it around."""
    for _, run in groupby(cells, key=lambda cell: (cell.raw.isspace(), styles[cell.start])):
        word = list(run)
        if any(cell.is_rtl for cell in word):
            yield from ((cell.raw, cell.start) for cell in reversed(word))
        else:
            yield from ((_mirrored(cell, cell.raw), cell.start) for cell in word)
