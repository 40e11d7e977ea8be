"""The passage behind a citation: its paragraph, the quote in it, and what stands around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.language.text import Lang
from rag.types import Article, Chunk
from ui.views.layout import (
    Direction,
    Part,
    Text,
    direction,
    imprint,
    parts,
    safe_url,
    shortened,
    written,
)
from ui.views.words import WORDS

if TYPE_CHECKING:
    from rag.store import Store
_CONTEXT_CHARS = 320


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands, for asking it back: offsets as in `rag.types.Citation`."""

    article_id: str
    chunk_id: str
    start: int
    end: int
    verified: bool | None


@dataclass(frozen=True, slots=True)
class PassageView:
    """The paragraph behind a citation, with what stands before and after it.

    Where the title is quoted it is marked in ``title_parts``, and ``parts`` is empty.
    """

    lang: Lang
    dir: Direction
    title: Text
    title_parts: tuple[Part, ...]
    imprint: tuple[str, ...]
    language: str
    url: str | None
    link: str
    heading: str
    before: str
    parts: tuple[Part, ...]
    after: str
    passage_lang: Lang
    passage_dir: Direction
    verdict: str
    verified: bool | None
    earlier: str
    later: str


def place_from(payload: Mapping[str, object]) -> Place:
    """Read a place that came back from a page.

    Raises:
        ValueError: it is not one of ours.
    """
    match payload:
        case {
            "article_id": str(article_id),
            "chunk_id": str(chunk_id),
            "start": int(start),
            "end": int(end),
            "verified": bool() | None as verified,
        }:
            return Place(article_id, chunk_id, start, end, verified)
    raise ValueError(f"not a place in an article: {payload!r}")


def find_passage(store: Store, place: Place, lang: Lang) -> PassageView | None:
    """The paragraph at ``place`` of an article of the store, laid out; None if it is gone."""
    article = store.articles([place.article_id]).get(place.article_id)
    if article is None:
        return None
    return passage_view(article, store.article_chunks(article.id), place, lang)


def passage_view(
    article: Article, chunks: Sequence[Chunk], place: Place, lang: Lang
) -> PassageView | None:
    """Lay out the paragraph at ``place`` for a reader of ``lang``; None if it is gone.

    ``chunks`` are all chunks of the article. The quote is marked where it lies in the paragraph.
    """
    if title := next((c for c in chunks if c.id == place.chunk_id and c.part == "title"), None):
        return _title_view(article, title, chunks, place, lang)
    ordered = sorted((c for c in chunks if c.part == "text"), key=lambda chunk: chunk.start)
    at = next((i for i, chunk in enumerate(ordered) if chunk.id == place.chunk_id), None)
    if at is None:
        return None
    chunk = ordered[at]
    start, end = max(place.start, chunk.start), min(place.end, chunk.end)
    before = article.text[ordered[at - 1].start : chunk.start] if at else ""
    after = article.text[chunk.end : ordered[at + 1].end] if at + 1 < len(ordered) else ""
    return replace(
        _blank_view(article, chunk, place, lang),
        heading=chunk.heading,
        before=shortened(before, _CONTEXT_CHARS, keep_end=True),
        parts=parts(chunk.text, [(start - chunk.start, end - chunk.start)]),
        after=shortened(after, _CONTEXT_CHARS),
    )


def _title_view(
    article: Article, title: Chunk, chunks: Sequence[Chunk], place: Place, lang: Lang
) -> PassageView:
    """The article with its title marked, and how its text begins."""
    words = WORDS[lang]
    start, end = max(place.start, title.start), min(place.end, title.end)
    texts = [chunk for chunk in chunks if chunk.part == "text"]
    first = min(texts, key=lambda chunk: chunk.start, default=title)
    view = _blank_view(article, first, place, lang)
    verified = words.verified_headline if place.verified else view.verdict
    return replace(
        view,
        title_parts=parts(article.title, [(start, end)]),
        after=shortened(article.text[: first.end], _CONTEXT_CHARS),
        verdict=verified,
        later=words.begins,
    )


def _blank_view(article: Article, chunk: Chunk, place: Place, lang: Lang) -> PassageView:
    """What is said of an article whatever is shown of its text."""
    words = WORDS[lang]
    return PassageView(
        lang=lang,
        dir=direction(lang),
        title=written(article.title, article.lang),
        title_parts=(),
        imprint=imprint(article, words),
        language=words.article_language.format(language=words.language_names[article.lang]),
        url=safe_url(article.url),
        link=words.original,
        heading="",
        before="",
        parts=(),
        after="",
        passage_lang=chunk.lang,
        passage_dir=direction(chunk.lang),
        verdict={None: "", True: words.verified, False: words.unverified}[place.verified],
        verified=place.verified,
        earlier=words.earlier,
        later=words.later,
    )
