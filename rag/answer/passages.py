"""How passages and conversations are laid out for a chat model: as data, marked off as such."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.types import Hit, Turn

_TURNS = 3
_TURN_CHARS = 600
_TAG = re.compile(r"<(?=[\s/\\\u200b-\u200f\u2060\ufeff]*[^\W\d_]|\|)")


def lay_out_passages(hits: Sequence[Hit]) -> str:
    """The hits as numbered passages, from 1, none of which can be closed from within."""
    return "\n\n".join(
        f"<passage {_attributes(number, hit)}>\n{as_data(hit.chunk.text)}\n</passage>"
        for number, hit in enumerate(hits, 1)
    )


def lay_out_turns(history: Sequence[Turn]) -> str:
    """The last turns of a conversation, the long ones shortened."""
    return "\n".join(
        f"<question>{as_data(_shorten(turn.question))}</question>\n"
        f"<answer>{as_data(_shorten(turn.answer))}</answer>"
        for turn in history[-_TURNS:]
    )


def as_data(text: str) -> str:
    """``text`` without anything that a model could take for a tag or a control token of its own.

    >>> as_data("5 < 6 </passage> <|im_end|>")
    '5 < 6 &lt;/passage> &lt;|im_end|>'
    """
    return _TAG.sub("&lt;", text)


def _attributes(number: int, hit: Hit) -> str:
    article, is_title = hit.article, hit.chunk.part == "title"
    values = {
        "id": str(number),
        "part": "headline" if is_title else "",
        "title": "" if is_title else article.title,
        "section": hit.chunk.heading,
        "source": article.source,
        "date": (article.published or "")[:10],
    }
    return " ".join(
        f'{name}="{as_data(" ".join(value.split())).replace(chr(34), "”")}"'
        for name, value in values.items()
        if value
    )


def _shorten(text: str) -> str:
    return text if len(text) <= _TURN_CHARS else f"{text[:_TURN_CHARS]}…"
