"""``python -m ingest PATH|URL …``: the command ``sanad ingest``, for where it is not installed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from typer.main import get_command

from cli import app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; it ends the process with its exit code."""
    sanad: Any = get_command(app)  # a group of commands, as click has them
    sanad.commands["ingest"].main(arguments, prog_name="python -m ingest")


if __name__ == "__main__":
    main()
