"""When a sentence of a title may be quoted: where it tells what the text below it does not.

A title is close to every question about its article, and holds the answer to few of them. So it has
to convince the reader, more than any sentence of its own article does, and its answer must not
stand in one of these: the text says at length what the title says in short.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.language.facts import passage_values

if TYPE_CHECKING:
    from rag.answer.select import Candidate

LEAST, LEAST_UNSEEN = 0.15, 0.3
"""What the reader finds in a title counts from this margin on, in twenties of logits: from the
first where the title offers an answer of the kind that is asked for, as far as form shows."""

LEAD = 0.25
"""How far its margin must be above that of every sentence of its article, in twenties of logits."""

SAID = -0.1
"""A sentence of a text that says the same counts from this margin on."""


def telling(title: Candidate, texts: Sequence[Candidate], *, read: bool) -> bool:
    """Whether ``title`` may be quoted, beside the candidates from ``texts``.

    Where nothing was ``read``, whether it offers an answer of the kind that is asked for, and no
    sentence of its article does.
    """
    own = [c for c in texts if c.hit.article.id == title.hit.article.id]
    if not read:
        return bool(title.keys) and not any(c.keys for c in own)
    margin = title.features.reading
    if title.span is None or margin < (LEAST if title.keys else LEAST_UNSEEN):
        return False
    values = passage_values(title.text[title.span.start : title.span.end])
    said = {value for value in values if len(value) > 1}  # of «و422» only the number
    return all(
        c.features.reading + LEAD <= margin
        and (c.features.reading < SAID or not said <= passage_values(c.text))
        for c in own
    )
