"""What the environment holds beside Sanad's settings: of the terminal, and for child processes.

No other module reads the environment: settings come from it through :mod:`rag.settings`.
"""

from __future__ import annotations

import os

_TERMINAL_VARIABLES = (
    "TERM",
    "TERM_PROGRAM",
    "VTE_VERSION",
    "KONSOLE_VERSION",
    "MLTERM",
    "WT_SESSION",
    "ALACRITTY_WINDOW_ID",
    "XTERM_VERSION",
)


def terminal_environment() -> dict[str, str]:
    """What the environment tells of the terminal: the variables that are set, by name."""
    return {name: os.environ[name] for name in _TERMINAL_VARIABLES if os.environ.get(name)}


def child_environment(**changes: str) -> dict[str, str]:
    """This process's environment with ``changes``, for a program that it starts."""
    return {**os.environ, **changes}


def send_nothing() -> None:
    """Keep onnxruntime from reporting what it does to its maker; before it is imported.

    1.32 does so on Linux as well, and leaves a file of its own beside other temporary ones.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def thread_limit() -> int | None:
    """What ``OMP_NUM_THREADS`` says, as libraries that compute understand it; None: nothing."""
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(first) if first.isdecimal() and int(first) else None
