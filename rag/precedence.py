"""Who goes first where a question and an ingest share the processor, in one process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

MOST_SECONDS = 1.0
"""Longest that one step of an ingest waits: under an endless stream of questions it goes on."""


class Precedence:
    """Lets an ingest wait while questions are being answered; may be shared by threads.

    >>> precedence = Precedence()
    >>> with precedence.question():
    ...     precedence.give_way(0.01)
    False
    >>> precedence.give_way()
    True
    """

    def __init__(self) -> None:
        self._questions = 0
        self._changed = threading.Condition()

    @contextmanager
    def question(self) -> Iterator[None]:
        """Go first until the block ends. Never waits, so that an event loop may enter it."""
        with self._changed:
            self._questions += 1
        try:
            yield
        finally:
            with self._changed:
                self._questions -= 1
                self._changed.notify_all()

    def give_way(self, most: float = MOST_SECONDS) -> bool:
        """Wait until no question is being answered, at most ``most`` seconds; whether it came."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._questions, most)


class FairLock:
    """A lock that whoever waits for it gets next.

    A plain lock may be taken again and again by the thread that has just released it, while
    another one waits all along.
    """

    def __init__(self) -> None:
        self._next = threading.Lock()
        self._held = threading.Lock()

    def __enter__(self) -> None:
        with self._next:
            self._held.acquire()

    def __exit__(self, *_: object) -> None:
        self._held.release()
