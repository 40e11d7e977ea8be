"""Invisible marks that tell a terminal which way a line or a part of it runs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter

from rich.style import Style
from rich.text import Text

from ui.terminal.bidi import FSI, LRM, PDI, RLM, first_strong
from ui.views.layout import Direction

ISOLATES: Mapping[str, Direction | None] = {"\u2066": "ltr", "\u2067": "rtl", FSI: None}
_MARKS: Mapping[Direction, str] = {"ltr": LRM, "rtl": RLM}
_EMBEDDINGS = frozenset(map(chr, range(0x202A, 0x202F)))

Styled = list[tuple[str, Style]]


def direction_mark(line: str, direction: Direction) -> str:
    """The mark that makes a guessing terminal guess ``direction``; none where it does anyway."""
    guessed = first_strong(line) or "ltr"
    return "" if guessed == direction else _MARKS[direction]


def with_marks(text: Text, direction: Direction) -> Text:
    """Marks, which all terminals know, in place of isolates; embeddings and overrides go.

    An isolated stretch of the other direction stands between marks of its own, and those
    between marks of the paragraph's; one of the same direction needs none.
    """
    characters = list(zip(text.plain, character_styles(text), strict=True))
    kept: Styled = []
    inside: Direction = direction
    for offset, (character, style) in enumerate(characters):
        if character in ISOLATES:
            content = text.plain[offset + 1 :].partition(PDI)[0]
            inside = ISOLATES[character] or first_strong(content) or "ltr"
            if inside != direction:
                _begin(kept, content, inside, direction)
        elif character == PDI:
            if inside != direction:
                _end(kept, inside, direction)
            inside = direction
        elif character not in _EMBEDDINGS:
            kept.append((character, style))
    return joined(kept)


def _begin(kept: Styled, content: str, inside: Direction, outside: Direction) -> None:
    # VTE keeps a mark in the cell of the character before it, and mirrors only lone characters:
    # the mark goes before a quote or bracket that opens here.
    place = len(kept) - 1 if kept and unicodedata.mirrored(kept[-1][0]) else len(kept)
    kept.insert(place, (_MARKS[outside], Style.null()))
    if first_strong(content[:1]) != inside:
        kept.append((_MARKS[inside], Style.null()))


def _end(kept: Styled, inside: Direction, outside: Direction) -> None:
    if first_strong(kept[-1][0]) != inside:
        kept.append((_MARKS[inside], Style.null()))
    kept.append((_MARKS[outside], Style.null()))


def joined(pieces: Iterable[tuple[str, Style]]) -> Text:
    """Pieces as one text, with one span for each run of pieces of the same style."""
    text = Text()
    for style, run in groupby(pieces, key=itemgetter(1)):
        text.append("".join(piece for piece, _ in run), style)
    return text


def character_styles(text: Text) -> list[Style]:
    """The style of each character, spans combined in order. Spans must hold `Style` objects."""
    base = text.style if isinstance(text.style, Style) else Style.null()
    styles = [base] * len(text.plain)
    for start, end, style in text.spans:
        if not isinstance(style, Style):
            raise TypeError(f"a span has the style {style!r}, which is not a Style")
        for offset in range(max(0, start), min(end, len(styles))):
            styles[offset] += style
    return styles
