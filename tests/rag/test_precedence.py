"""Who goes first where a question and an ingest share the processor."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from rag.precedence import FairLock, Precedence

PATIENCE = 30.0


def test_without_questions_nothing_waits() -> None:
    assert Precedence().give_way(0)


def test_an_ingest_goes_on_after_the_last_question() -> None:
    precedence, gone = Precedence(), threading.Event()

    def ingest() -> None:
        assert precedence.give_way(PATIENCE)
        gone.set()

    with precedence.question():
        with precedence.question():
            waiting = threading.Thread(target=ingest)
            waiting.start()
        assert not gone.wait(0.1), "one question is left"
    waiting.join()
    assert gone.is_set()


def test_endless_questions_hold_nothing_up_forever() -> None:
    precedence = Precedence()
    with precedence.question():
        assert not precedence.give_way(0.01)


def test_a_question_that_fails_is_over() -> None:
    precedence = Precedence()
    with pytest.raises(ValueError, match="no"), precedence.question():
        raise ValueError("no")
    assert precedence.give_way(0)


def test_who_waits_for_the_lock_gets_it_next() -> None:
    lock, order = FairLock(), list[str]()
    held, go_on = threading.Event(), threading.Event()

    def take(name: str, inside: Callable[[], object]) -> None:
        with lock:
            order.append(name)
            inside()

    def many() -> None:
        take("first", lambda: (held.set(), go_on.wait(PATIENCE)))
        for _ in range(1000):
            take("again", lambda: None)

    greedy = threading.Thread(target=many)
    greedy.start()
    assert held.wait(PATIENCE)
    other = threading.Thread(target=take, args=("other", lambda: None))
    other.start()
    while not lock._next.locked():  # until the other waits
        pass
    go_on.set()
    greedy.join()
    other.join()
    assert order.index("other") <= 2
