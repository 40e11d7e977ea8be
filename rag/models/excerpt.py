"""What a reader gets of an article: a passage, and what the article says around it."""

from __future__ import annotations

from dataclasses import dataclass

SEPARATOR = " | "
TITLE_LIMIT = 160
BEFORE_LIMIT = 240
"""Characters of a title, and of the sentences in front, that are read at most."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage with its article's title and date, and the text right in front of it.

    What is not known is empty. ``date`` is read as it stands, "2016-03-09" by custom.
    """

    text: str
    title: str = ""
    date: str = ""
    before: str = ""

    @property
    def heading(self) -> str:
        """The title as it is read: one line, its beginning if it is long."""
        return " ".join(self.title.split())[:TITLE_LIMIT].rstrip()

    @property
    def context(self) -> str:
        """All that is read in front of the passage, the title first.

        >>> Excerpt("It fell.", "Snow in May", "2016-05-02").context
        'Snow in May | 2016-05-02 | '
        """
        parts = (self.heading, self.date, _ending(" ".join(self.before.split())))
        return "".join(f"{part}{SEPARATOR}" for part in parts if part)


def _ending(text: str) -> str:
    """The last words of ``text``, of at most :data:`BEFORE_LIMIT` characters."""
    if len(text) <= BEFORE_LIMIT:
        return text
    return text[-BEFORE_LIMIT:].partition(" ")[2]
