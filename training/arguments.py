"""The command-line arguments that the commands of the recipe share."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Literal

CONFIG = Path("training/config.toml")


def parser(
    command: str, description: str | None, *, export: Literal["no", "optional", "required"] = "no"
) -> argparse.ArgumentParser:
    """A parser for ``python -m COMMAND`` that takes ``--config`` and, if so, ``--export FOLDER``.

    >>> parser("training.base", "", export="required").parse_args(["--export", "x"]).export.name
    'x'
    """
    made = argparse.ArgumentParser(prog=command, description=description)
    made.add_argument("--config", type=Path, default=CONFIG)
    if export != "no":
        made.add_argument("--export", type=Path, required=export == "required", metavar="FOLDER")
    return made


def training_parser(command: str, description: str | None) -> argparse.ArgumentParser:
    """The same for a command that trains: for so many minutes, from where it stopped."""
    made = parser(command, description, export="optional")
    made.add_argument("--minutes", type=float, default=1e9)
    made.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    return made
