"""Numbers of a report as a reader sees them: a date in words, an axis with round steps."""

from __future__ import annotations

import math
from datetime import datetime


def date(created: str) -> str:
    """``2026-11-24T22:18:35+00:00`` as ``24 November 2026, 22:18 UTC``; other text as it is."""
    try:
        when = datetime.fromisoformat(created)
    except ValueError:
        return created
    return f"{when.day} {when:%B %Y, %H:%M} {when.tzname() or ''}".rstrip()


def ticks(most: float) -> list[float]:
    """Four to six round numbers from 0 to ``most`` or a little more, for an axis.

    >>> ticks(87.0)
    [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    """
    if not most > 0 or not math.isfinite(most):
        return [0.0, 1.0]
    power = 10.0 ** math.floor(math.log10(most / 4))
    step = next(power * unit for unit in (1, 2, 2.5, 5, 10) if most / (power * unit) <= 5)
    return [round(step * place, 12) for place in range(math.ceil(round(most / step, 9)) + 1)]
