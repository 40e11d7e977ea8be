"""Keeping the model libraries quiet: no progress bars, no load reports, no look-ups on a hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def silence_progress_bars() -> None:
    """Keep the hub client's progress bars off stderr; before it is imported."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")


def stay_offline() -> None:
    """Load from a local folder alone; before the libraries are imported.

    They would look for optional files on the hub, which can hang for minutes.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


@contextmanager
def quiet_loading() -> Iterator[None]:
    """Keep transformers' progress bars and load reports off the terminal while a model loads."""
    from transformers import utils

    logging: Any = utils.logging  # its functions are not typed
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
