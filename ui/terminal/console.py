"""Where the command line writes: answers and documents on stdout, everything else on stderr."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.style import Style
from rich.text import Text

from rag.environment import terminal_environment
from ui.terminal.screen import BidiChoice, Screen, manner

if TYPE_CHECKING:
    from typing import NoReturn, TextIO

_ERROR = Style(bold=True, color="red")
_WARNING = Style(bold=True, color="yellow")


class _Console(Console):
    """A console that lets a closed pipe be seen: Rich's own would end the program itself."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


def output_screen(bidi: BidiChoice = "auto") -> Screen:
    """The screen for answers: stdout."""
    return _screen(sys.stdout, bidi)


def notes_screen(bidi: BidiChoice = "auto") -> Screen:
    """The screen for errors, warnings and progress: stderr."""
    return _screen(sys.stderr, bidi)


def _screen(stream: TextIO, bidi: BidiChoice) -> Screen:
    _reconfigure(stream)
    console = _Console(file=stream, highlight=False, markup=False, emoji=False)
    return Screen(console, manner(bidi, terminal_environment(), stream.isatty()))


def print_json(document: dict[str, Any], *, one_line: bool = False) -> None:
    """Write a JSON document to stdout, in UTF-8 whatever the locale, and send it off at once."""
    _reconfigure(sys.stdout, encoding="utf-8")
    text = json.dumps(document, ensure_ascii=False, indent=None if one_line else 2)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _reconfigure(stream: TextIO, encoding: str | None = None) -> None:
    """Have a stream replace what its encoding lacks, rather than fail."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding=encoding, errors="replace")


def show_error(message: str) -> None:
    """Write an error to stderr."""
    _show_note("Error: ", _ERROR, message)


def show_warning(message: str) -> None:
    """Write to stderr what the user should know of."""
    _show_note("Note: ", _WARNING, message)


def _show_note(label: str, style: Style, message: str) -> None:
    notes_screen().paragraph(Text.assemble((label, style), message), direction="ltr")


@contextmanager
def waiting(notes: Screen, what: str = "Loading the language model …") -> Iterator[None]:
    """Tell on a terminal that something takes its time."""
    if not notes.console.is_terminal:
        yield
        return
    with notes.console.status(what):
        yield
