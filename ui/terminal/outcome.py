"""How a command ends: an exit code, and a message where it did not do what was asked."""

from __future__ import annotations

import io
import logging
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import typer

from rag.errors import SanadError
from rag.models.quiet import silence_progress_bars
from ui.terminal.console import print_json, show_error
from ui.terminal.contract import error_as_json

SOME_FAILED = 1
REFUSED = 2
FAULT = 70
INTERRUPTED = 130
PIPE_CLOSED = 141


@contextmanager
def reporting(*, as_json: bool = False, debug: bool = False) -> Iterator[None]:
    """Turn what a command raises into a message on stderr and an exit code.

    With ``as_json`` the message is also the document on stdout; with ``debug`` it comes with
    the traceback, and libraries may warn.
    """
    try:
        with nullcontext() if debug else _silent_libraries():
            yield
        sys.stdout.flush()
    except (typer.Exit, typer.Abort):
        raise
    except BrokenPipeError:
        _abandon_stdout()
        raise typer.Exit(PIPE_CLOSED) from None
    except KeyboardInterrupt:
        _end("Interrupted.", INTERRUPTED, as_json=as_json)
    except Exception as error:
        if debug:
            traceback.print_exception(error)
        if isinstance(error, SanadError):
            _end(str(error), REFUSED, as_json=as_json)
        message = f"Sanad has failed unexpectedly ({type(error).__name__}: {error})."
        _end(f"{message} Run it as sanad --debug … to see where.", FAULT, as_json=as_json)


def _end(message: str, code: int, *, as_json: bool) -> None:
    show_error(message)
    if as_json:
        print_json(error_as_json(message), one_line=True)
    raise typer.Exit(code)


@contextmanager
def _silent_libraries() -> Iterator[None]:
    """Keep what libraries warn their developers of away from people who only ask."""
    silence_progress_bars()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


def _abandon_stdout() -> None:
    """Nobody reads stdout any more: let what is still buffered go nowhere."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
