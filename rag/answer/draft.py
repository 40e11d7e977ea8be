"""What a chat model writes, as it comes in: reasoning hidden, a refusal told apart from text.

A model may think aloud in ``<think>…</think>`` before it answers, and says that the passages do
not hold the answer with :data:`NO_ANSWER`. Neither is for the reader's eyes, and both arrive in
pieces, so a piece that could be the beginning of either is held back until that is decided.
"""

from __future__ import annotations

import re

NO_ANSWER = "NO_ANSWER"
"""What a model is told to write, alone, when the passages do not hold the answer."""

_HALVES = re.compile(r"[\ud800-\udfff]")
"""Halves of characters, which some servers send and no file can hold."""
_OPENING = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_CLOSING = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_TAGS = ("<THINK>", "</THINK>", "<THINKING>", "</THINKING>")

_TOKEN = re.compile(r"\s*(?<![^\W\d_])NO\\?_ANSWER(?![^\W\d_])[\s.\"'”’»*`)\]]*", re.IGNORECASE)
_TOKENS = ("NO_ANSWER", "NO\\_ANSWER")
_LOOSE = re.compile(r"[\W_]*no[\W_]*answer[\W_]*", re.IGNORECASE)
_NOT_LETTERS = re.compile(r"[\W\d_]+")


class Draft:
    """Collects what a model writes; hands on what a reader may see of it at once.

    >>> draft = Draft()
    >>> [draft.add(piece) for piece in ("<thi", "nk>Hm.</think>", "2,500 sol", "diers [1].")]
    ['', '', '2,500 sol', 'diers [1].']
    """

    def __init__(self) -> None:
        self._written = ""  # without reasoning, apart from what is still undecided
        self._undecided = ""
        self._thinking = False
        self._shown = ""

    def add(self, piece: str) -> str:
        """Take the next piece; what may be shown now, often nothing or more than the piece."""
        self._undecided += _HALVES.sub("\ufffd", piece)
        self._drop_reasoning()
        shown = _showable(self._written.lstrip())
        fresh, self._shown = shown[len(self._shown) :], shown
        return fresh

    @property
    def length(self) -> int:
        """Characters written so far, reasoning not counted."""
        return len(self._written)

    def end(self) -> tuple[str, bool]:
        """The whole draft without reasoning and token, and whether the model declined."""
        if not self._thinking:
            self._written += self._undecided
        self._undecided = ""
        text = self._written.strip()
        if _LOOSE.fullmatch(text) or _TOKEN.match(text, _first_letter(text)):
            return "", True
        without, found = _TOKEN.subn(" ", text)
        return without.strip(), bool(found)

    def _drop_reasoning(self) -> None:
        while True:
            if self._thinking:
                closing = _CLOSING.search(self._undecided)
                if closing is None:
                    self._undecided = self._undecided[-len("</thinking>") :]
                    return
                self._undecided = self._undecided[closing.end() :]
                self._thinking = False
                continue
            opening, closing = (tag.search(self._undecided) for tag in (_OPENING, _CLOSING))
            if closing and not (opening and opening.start() < closing.start()):
                # Some templates open the reasoning themselves: all so far was reasoning, and
                # what was shown of it cannot be called back.
                self._written = self._shown = ""
                self._undecided = self._undecided[closing.end() :]
            elif opening:
                self._written += self._undecided[: opening.start()]
                self._undecided = self._undecided[opening.end() :]
                self._thinking = True
            else:
                certain = len(self._undecided) - _beginning(self._undecided, _TAGS)
                self._written += self._undecided[:certain]
                self._undecided = self._undecided[certain:]
                return


def _showable(text: str) -> str:
    """The beginning of ``text`` that will be shown whatever follows."""
    letters = _NOT_LETTERS.sub("", text).upper()
    if "NOANSWER".startswith(letters):
        return ""
    token = _TOKEN.search(text)
    if token:
        return text[: token.start()].rstrip() if _NOT_LETTERS.sub("", text[: token.start()]) else ""
    return text[: len(text) - _beginning(text, _TOKENS)].rstrip()


def _first_letter(text: str) -> int:
    return next((index for index, character in enumerate(text) if character.isalpha()), 0)


def _beginning(text: str, words: tuple[str, ...]) -> int:
    """How many characters at the end of ``text`` may be the beginning of one of ``words``."""
    for size in range(min(len(text), max(map(len, words))), 0, -1):
        tail = text[-size:].upper()
        if any(word.startswith(tail) for word in words):
            return size
    return 0
