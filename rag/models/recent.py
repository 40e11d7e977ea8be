"""A cache of what was computed for the texts seen last."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Values by text, the last ``size`` of them; may be shared by threads."""

    def __init__(self, size: int) -> None:
        self._known: OrderedDict[str, Value] = OrderedDict()
        self._size = size
        self._lock = threading.Lock()

    def look_up(
        self, texts: Sequence[str], compute: Callable[[Sequence[str]], Sequence[Value]]
    ) -> list[Value]:
        """The value of each text; those of distinct texts not known are computed together.

        ``compute`` gives one value a text. It runs outside the lock, so that two threads may both
        compute a text, and what it raises passes through.

        Raises:
            ValueError: ``compute`` gave more or fewer values than texts.
        """
        with self._lock:
            values = {text: self._known[text] for text in texts if text in self._known}
        new = [text for text in dict.fromkeys(texts) if text not in values]
        if new:
            values.update(zip(new, compute(new), strict=True))
        with self._lock:
            for text in values:
                self._known[text] = values[text]
                self._known.move_to_end(text)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return [values[text] for text in texts]
