"""Asserts that what a function costs grows no faster than the text that it is given."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

FRAGMENTS = (
    "a",
    "ب ",
    "word ",
    "كلمة ",
    ". ",
    ".",
    "؛",
    "؟ ",
    '." ',
    " ",
    "\t",
    "\n",
    "\n\n",
    " \n",
    "\r",
    "1",
    "1,000,",
    "٣٬٠٠٠",
    "1:",
    "1-",
    "a\n",
    "a\n\n",
    "ا ب\n",
    "-",
    "---\n",
    "===\n",
    "a\n---\n",
    "a\n\n---\n\n",
    "# a\n",
    "#",
    "- a\n",
    "> ",
    "<",
    "<!--",
    "<a ",
    "</",
    "&",
    "&#",
    "[",
    "](",
    "`",
    "*",
    "_a",
    "(",
    ")",
    '"',
    "'",
    "«",
    "\\",
    "{",
    "a@",
    "a.",
    "http://",
    "\u0640",
    "\u064e",
    "ا\u064e",
    "e\u0301",
    "\u200f",
    "\u202b",
    "\u2067",
    "\u2069",
    "\u202b\u2069",
    "\u200d",
    "\ufffd",
    "\x00",
    "\ud800",
)
"""What a hostile text repeats: each a run that some pattern of a kind like ours tripped over."""

_CHARACTERS = 100_000
_SECONDS = 0.02


def assert_linear(
    call: Callable[[str], object],
    fragment: str,
    *,
    before: str = "",
    after: str = "",
    characters: int = _CHARACTERS,
    seconds: float = _SECONDS,
    growth: float = 2.5,
    runs: int = 6,
) -> None:
    """Fail if twice as many ``fragment`` cost ``call`` more than ``growth`` times as much.

    The text is lengthened until a call takes long enough to be measured, so neither a slow machine
    nor a quick one matters; what is still too quick at ``characters`` passes. Costs are of this
    thread's processor time, the least of several runs: what else the machine does matters little.
    What ``call`` has other threads do is not counted.

    Args:
        call: takes the text; whatever it returns is dropped.
        fragment: what the text repeats.
        before: what the text begins with, once.
        after: what the text ends with, once.
        characters: about the length of the longest text that is tried.
        seconds: a call that takes this long can be measured.
        growth: the most that twice the text may cost, as a multiple.
        runs: times that each length is tried before it is called too slow.
    """
    times = 1
    while 2 * times * len(fragment) <= characters:
        short = before + fragment * times + after
        if _cost(call, short) >= seconds:
            break
        times *= 2
    else:
        return
    long = before + fragment * (2 * times) + after
    least = min(_cost(call, short), _cost(call, short))
    most = _cost(call, long)
    for _ in range(runs):
        if most <= growth * least:
            return
        least, most = min(least, _cost(call, short)), min(most, _cost(call, long))
    raise AssertionError(
        f"{fragment!r} {times:,} times takes {least:.3f} s, {2 * times:,} times {most:.3f} s: "
        f"{most / least:.1f} times as long, where at most {growth} is linear"
    )


def _cost(call: Callable[[str], object], text: str) -> float:
    """Processor seconds of one call, without those of looking through all objects for garbage."""
    enabled = gc.isenabled()
    gc.disable()
    start = time.thread_time()
    try:
        call(text)
        return time.thread_time() - start
    finally:
        if enabled:
            gc.enable()
