"""Paragraphs of either direction on any terminal, or plainly into a pipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ui.terminal.bidi import (
    FSI,
    PDI,
    Order,
    Paragraph,
    arrange,
    direction_of,
    embedding_levels,
)
from ui.terminal.marks import ISOLATES, character_styles, direction_mark, joined, with_marks
from ui.views.layout import Direction

BidiChoice = Literal["auto", "terminal", "words", "kitty", "visual"]

MEASURE = 100
"""Widest that lines get, in columns: longer ones are hard to read."""
_NARROWEST = 24
_FIRST_VTE_WITH_BIDI = 5800
_SET_RTL, _SET_DEFAULT = "\x1b[2 k", "\x1b[0 k"
"""SCP (ECMA-48), which VTE obeys: direction of the present line and those that follow."""

_BY_TERM: tuple[tuple[str, Order], ...] = (
    ("dumb", "logical"),
    ("xterm-kitty", "kitty"),
    ("mlterm", "terminal"),
    ("alacritty", "visual"),
    ("foot", "visual"),
    ("linux", "visual"),
    ("rxvt", "visual"),
    ("wezterm", "visual"),
    ("xterm-ghostty", "visual"),
)
_BY_PROGRAM: Mapping[str, Order] = {
    "Apple_Terminal": "terminal",
    "mintty": "terminal",
    "WezTerm": "visual",
    "WarpTerminal": "visual",
    "ghostty": "visual",
    "iTerm.app": "visual",
    "vscode": "visual",
}
_BY_VARIABLE: tuple[tuple[str, Order], ...] = (
    ("KONSOLE_VERSION", "words"),
    ("MLTERM", "terminal"),
    ("WT_SESSION", "visual"),
    ("ALACRITTY_WINDOW_ID", "visual"),
    ("XTERM_VERSION", "visual"),
)

_CONTROLS = dict.fromkeys((*range(32), *range(127, 160), 8232, 8233), " ")
_NO_ISOLATES = dict.fromkeys(map(ord, (*ISOLATES, PDI)))


@dataclass(frozen=True, slots=True)
class Manner:
    """How a terminal wants its lines; ``takes_direction`` if it can be told their direction."""

    order: Order
    takes_direction: bool = False


def manner(choice: BidiChoice, environment: Mapping[str, str], is_terminal: bool) -> Manner:
    """How to send lines: as chosen, else as the terminal that ``environment`` tells of wants it.

    What is not a terminal gets logical order, and so does a terminal that nothing is known of.
    """
    vte = environment.get("VTE_VERSION", "")
    has_vte_bidi = vte.isdecimal() and int(vte) >= _FIRST_VTE_WITH_BIDI
    if choice != "auto":
        return Manner(choice, takes_direction=choice == "terminal" and has_vte_bidi)
    if not is_terminal:
        return Manner("logical")
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    for prefix, order in _BY_TERM:
        if term.startswith(prefix):
            return Manner(order)
    if program in _BY_PROGRAM:
        return Manner(_BY_PROGRAM[program])
    if vte:
        return Manner("terminal" if has_vte_bidi else "visual", has_vte_bidi)
    known = (order for name, order in _BY_VARIABLE if environment.get(name))
    return Manner(next(known, "terminal"))


@dataclass(frozen=True, slots=True)
class Screen:
    """Writes paragraphs to a console in the manner of its terminal."""

    console: Console
    manner: Manner

    @property
    def width(self) -> int:
        """Columns that a line may take."""
        return max(_NARROWEST, min(self.console.width, MEASURE))

    def isolate(self, text: str) -> str:
        """``text`` so that words beside it do not disturb its order, nor it theirs.

        What is passed on as it is, say into a pipe, gets no invisible characters.
        """
        return self.bare(f"{FSI}{text}{PDI}")

    def bare(self, text: str) -> str:
        """``text`` of our own making; without its isolates where it is passed on as it is."""
        return text.translate(_NO_ISOLATES) if self.manner.order == "logical" else text

    def blank(self) -> None:
        """An empty line."""
        self.console.print()

    def paragraph(
        self,
        text: Text | str,
        *,
        indent: int = 0,
        hang: int = 0,
        direction: Direction | None = None,
        wrap: bool = True,
    ) -> None:
        """Write one paragraph, ``indent`` columns in and ``hang`` more after its first line.

        Without ``direction`` it is that of most of the letters. Control characters are shown as
        spaces: what an article says never reaches the terminal as a command.
        """
        shown = printable(text)
        direction = direction or direction_of(shown.plain)
        if self.manner.order == "logical":
            return self._send(Text(" " * indent) + shown)
        if self.manner.order == "terminal":
            shown = with_marks(shown, direction)
        width = self.width - indent - hang
        lines = list(shown.wrap(self.console, width)) if wrap else [shown]
        if self.manner.order == "terminal":
            return self._send_logical(lines, direction, indent, hang)
        return self._send_arranged(shown, lines, direction, indent, hang)

    def inline(self, text: str) -> str:
        """``text`` for the middle of a left-to-right line that something else writes."""
        shown = printable(text).plain
        if self.manner.order in ("logical", "terminal"):
            return shown
        levels = embedding_levels(shown, "ltr")
        paragraph = Paragraph(shown, "ltr", levels, [None] * len(shown))
        return "".join(piece for piece, _ in arrange(paragraph, 0, len(shown), self.manner.order))

    def _send_logical(
        self, lines: list[Text], direction: Direction, indent: int, hang: int
    ) -> None:
        """Lines that the terminal orders, each with what tells it the direction."""
        tell = self.manner.takes_direction and direction == "rtl"
        self.console.file.write(_SET_RTL if tell else "")
        try:
            for number, line in enumerate(lines):
                mark = "" if tell else direction_mark(line.plain, direction)
                margin = " " * (indent + (hang if number else 0))
                self._send(Text(mark + margin) + line)
        finally:
            self.console.file.write(_SET_DEFAULT if tell else "")

    def _send_arranged(
        self, text: Text, lines: list[Text], direction: Direction, indent: int, hang: int
    ) -> None:
        """Lines ordered here, set against the right margin if they run from right to left."""
        styles = character_styles(text)
        levels = embedding_levels(text.plain, direction)
        paragraph = Paragraph(text.plain, direction, levels, styles)
        end = 0
        for number, line in enumerate(lines):
            start = text.plain.index(line.plain, end)
            end = start + len(line.plain)
            pieces = arrange(paragraph, start, end, self.manner.order)
            arranged = joined((piece, styles[offset]) for piece, offset in pieces)
            margin = indent + (hang if number else 0)
            if direction == "rtl":
                margin = max(0, self.width - margin - cell_len(arranged.plain))
            self._send(Text(" " * margin) + arranged)

    def _send(self, line: Text) -> None:
        line.rstrip()
        self.console.print(line, soft_wrap=True)


def printable(text: Text | str) -> Text:
    """``text`` with a space for each control character and line break, offsets unchanged."""
    copy = Text(text) if isinstance(text, str) else text.copy()
    copy.plain = copy.plain.translate(_CONTROLS)
    return copy
