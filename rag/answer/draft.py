"""What a chat model writes, as it comes in: reasoning hidden, a refusal told apart from text.

A model may think aloud in ``<think>…</think>`` before it answers, and says that the passages do
not hold the answer with :data:`NO_ANSWER`. Neither is for the reader's eyes, and both arrive in
pieces, so a piece that could be the beginning of either is held back until that is decided.

Each piece is looked at once, with the few characters that were held back: a model that repeats
itself without end costs no more for each piece than one that does not.
"""

from __future__ import annotations

import re

NO_ANSWER = "NO_ANSWER"
"""What a model is told to write, alone, when the passages do not hold the answer."""

LONGEST_GAP = 100
"""White space that may stand between two words; what a model writes beyond it is dropped."""

_HALVES = re.compile(r"[\ud800-\udfff]")
"""Halves of characters, which some servers send and no file can hold."""
_TAG = re.compile(r"<(?P<closing>/?)think(?:ing)?>", re.IGNORECASE)
_TAGS = ("<THINK>", "</THINK>", "<THINKING>", "</THINKING>")

_TOKEN = re.compile(r"(?<![^\W\d_])NO\\?_ANSWER(?![^\W\d_])", re.IGNORECASE)
_TOKENS = ("NO_ANSWER", "NO\\_ANSWER")
# White space before the token is looked at from its beginning only: from each of its characters,
# a long run of it would take the square of its length.
_AROUND_TOKEN = re.compile(
    rf"(?:(?<!\s)\s+)?{_TOKEN.pattern}[\s.\"'”’»*`)\]]*",
    re.IGNORECASE,
)
_LOOSE = re.compile(r"[\W_]*no[\W_]*answer[\W_]*", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_LONG_GAP = re.compile(rf"(?<!\s)(\s{{{LONGEST_GAP}}})\s+")


class Draft:
    """Collects what a model writes; hands on what a reader may see of it at once.

    >>> draft = Draft()
    >>> [draft.add(piece) for piece in ("<thi", "nk>Hm.</think>", "2,500 sol", "diers [1].")]
    ['', '', '2,500 sol', 'diers [1].']
    """

    def __init__(self) -> None:
        self._undecided = ""  # may be the beginning of a tag
        self._thinking = False
        self._reasoned = 0
        self._text = _Text()

    def add(self, piece: str) -> str:
        """Take the next piece; what may be shown now, often nothing or more than the piece."""
        written, at, shown = self._undecided + _HALVES.sub("\ufffd", piece), 0, ""
        for tag in _TAG.finditer(written):
            if self._thinking:
                if tag["closing"]:
                    self._reasoned += tag.end() - at
                    self._thinking, at = False, tag.end()
            elif tag["closing"]:
                # Some templates open the reasoning themselves: all so far was reasoning, and
                # what was shown of it cannot be called back.
                self._reasoned += self._text.length + tag.end() - at
                self._text, at, shown = _Text(), tag.end(), ""
            else:
                shown += self._text.add(written[at : tag.start()])
                self._thinking, at = True, tag.end()
        decided = len(written) - _beginning(written[at:], _TAGS)
        if self._thinking:
            self._reasoned += decided - at
        else:
            shown += self._text.add(written[at:decided])
        self._undecided = written[decided:]
        return shown

    @property
    def length(self) -> int:
        """Characters written so far, reasoning not counted."""
        return self._text.length

    @property
    def reasoned(self) -> int:
        """Characters of reasoning so far."""
        return self._reasoned

    def end(self) -> tuple[str, bool]:
        """The whole draft without reasoning and token, and whether the model declined."""
        if not self._thinking:
            self._text.add(self._undecided)
        self._undecided = ""
        text = self._text.whole()
        if _LOOSE.fullmatch(text) or _TOKEN.match(text, _first_letter(text)):
            return "", True
        without, found = _AROUND_TOKEN.subn(" ", text)
        return without.strip(), bool(found)


class _Text:
    """What a model writes apart from reasoning, and how much of it may be shown."""

    def __init__(self) -> None:
        self.length = 0
        self._pieces: list[str] = []
        self._gap = LONGEST_GAP  # white space at the end; none may stand at the beginning
        self._letters = ""  # all so far, as long as they may be the token's
        self._held: list[str] = []  # not shown yet
        self._before = ""  # the last character that was shown
        self._declined = False

    def add(self, piece: str) -> str:
        """Take the next piece; what may be shown now."""
        self.length += len(piece)
        piece = self._without_long_gaps(piece)
        self._pieces.append(piece)
        if self._declined:
            return ""
        self._held.append(piece)
        if "NOANSWER".startswith(self._letters):
            self._letters += _NOT_LETTERS.sub("", piece).upper()
        if "NOANSWER".startswith(self._letters):
            return ""
        held = self._before + "".join(self._held)
        end = self._showable(held)
        shown = held[len(self._before) : end]
        self._held = [held[max(end, len(self._before)) :]]
        self._before = shown[-1:] or self._before
        return shown

    def whole(self) -> str:
        """All that was written, without the white space around it."""
        return "".join(self._pieces).strip()

    def _showable(self, held: str) -> int:
        """Where the part of ``held`` ends that will be shown whatever follows."""
        token = _TOKEN.search(held, len(self._before))
        if token is None:
            return len(held[: len(held) - _beginning(held, _TOKENS)].rstrip())
        self._declined = token.end() < len(held)  # a letter may follow yet
        if not self._before and not _LETTER.search(held, 0, token.start()):
            return 0
        return len(held[: token.start()].rstrip())

    def _without_long_gaps(self, piece: str) -> str:
        """``piece`` without white space beyond :data:`LONGEST_GAP`, that before it counted."""
        rest = piece.lstrip()
        leading = piece[: min(len(piece) - len(rest), LONGEST_GAP - self._gap)]
        rest = _LONG_GAP.sub(r"\1", rest)
        self._gap = len(rest) - len(rest.rstrip()) if rest else self._gap + len(leading)
        return leading + rest


def _first_letter(text: str) -> int:
    return next((index for index, character in enumerate(text) if character.isalpha()), 0)


def _beginning(text: str, words: tuple[str, ...]) -> int:
    """How many characters at the end of ``text`` may be the beginning of one of ``words``."""
    for size in range(min(len(text), max(map(len, words))), 0, -1):
        tail = text[-size:].upper()
        if any(word.startswith(tail) for word in words):
            return size
    return 0
