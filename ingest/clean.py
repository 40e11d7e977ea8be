"""Removing from a publisher's text what cannot be stored or shown, and nothing else.

Spelling, vowels, punctuation and Unicode composition stay as they are.
"""

from __future__ import annotations

import re

_LINE_BREAKS = re.compile("\r\n?|[\v\f\u0085\u2028\u2029]")
_UNSTORABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")

_EMBEDDINGS = "\u202a\u202b"
_OVERRIDES = "\u202d\u202e"
_ISOLATES = "\u2066\u2067\u2068"
_END_EMBEDDING = "\u202c"
_END_ISOLATE = "\u2069"


def clean_text(text: str) -> str:
    """``text`` with a line feed for every line break, no control characters and no stray direction.

    Dropped are C0 and C1 control characters except tab and line feed, lone surrogates, and the
    direction controls that :func:`_balanced` finds at fault.
    """
    text = _LINE_BREAKS.sub("\n", text)
    text = _UNSTORABLE.sub("", text)
    if not _BIDI.search(text):
        return text
    return "\n".join(_balanced(line) for line in text.split("\n"))


def _balanced(line: str) -> str:
    """One line without direction controls that reach beyond it or override the letters' own.

    An embedding or isolate that is not closed in its line would reorder whatever is shown after
    it; an override makes the reader see other words than the stored ones. Closed embeddings and
    isolates, and the plain marks (LRM, RLM, ALM), stay.
    """
    opened: list[tuple[int, str]] = []
    isolates = 0  # among those opened
    kept: set[int] = set()
    for match in _BIDI.finditer(line):
        control, at = match.group(), match.start()
        if control == _END_EMBEDDING:
            if opened and opened[-1][1] not in _ISOLATES:
                start, opener = opened.pop()
                if opener in _EMBEDDINGS:
                    kept |= {start, at}
        elif control == _END_ISOLATE:
            if isolates:
                while opened[-1][1] not in _ISOLATES:
                    opened.pop()
                kept |= {opened.pop()[0], at}
                isolates -= 1
        else:
            opened.append((at, control))
            isolates += control in _ISOLATES
    return _BIDI.sub(lambda match: match.group() if match.start() in kept else "", line)


def one_line(text: str, limit: int | None = None) -> str:
    """``text`` on one line with single spaces, cut at a word beyond ``limit`` characters."""
    line = " ".join(text.split())
    if limit is None or len(line) <= limit:
        return line
    cut = line.rfind(" ", limit // 2, limit)
    return line[: cut if cut > 0 else limit - 1].rstrip(" ،,;:؛-–—") + "…"
