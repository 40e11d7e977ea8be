"""An answer as a value that a face only has to draw.

Texts of articles stay plain text here: a face that draws markup has to escape them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rag.language.text import LANGS, Lang, detect_language
from rag.types import Answer, Citation, Hit, Statement
from ui.views.counted import count_of_articles
from ui.views.layout import (
    Direction,
    Part,
    Text,
    about,
    direction,
    imprint,
    parts,
    safe_url,
    shortened,
    written,
)
from ui.views.passage import Place
from ui.views.words import WORDS, Words, listed

NEAREST = 3
"""How many passages a refusal shows."""
_EXCERPT_CHARS = 180


@dataclass(frozen=True, slots=True)
class StatementView:
    """One sentence: ``lead`` in the reader's language, then ``parts`` in ``lang``."""

    lead: Text | None
    parts: tuple[Part, ...]
    lang: Lang
    dir: Direction
    foreign: bool
    citations: tuple[int, ...]
    note: str
    warning: str


@dataclass(frozen=True, slots=True)
class SourceView:
    """A card below an answer; ``number`` is 0 for passages that are not cited.

    ``headline`` says that the title itself is quoted, else it is empty.
    """

    number: int
    label: str
    title: Text
    about: str
    imprint: tuple[str, ...]
    language: str
    headline: str
    excerpt: Text
    place: Place


@dataclass(frozen=True, slots=True)
class AnswerView:
    """A whole answer, or a refusal (then ``title`` and ``missing`` say why).

    ``index`` is what to say of the vector index while it is not whole, else empty.
    """

    lang: Lang
    dir: Direction
    refused: bool
    title: str
    missing: str
    statements: tuple[StatementView, ...]
    heading: str
    used: str
    sources: tuple[SourceView, ...]
    plain: str
    copy: str
    copied: str
    panel: str
    panel_failed: str
    index: str


def answer_view(answer: Answer) -> AnswerView:
    """Lay out an answer for its reader, in the language of the answer."""
    words, lang = WORDS[answer.lang], answer.lang
    titles = sorted({c.hit.article.title for c in answer.citations if c.hit.article.title})
    sources = _nearest(answer, words) if answer.refused else _cited(answer, words)
    return AnswerView(
        lang=lang,
        dir=direction(lang),
        refused=answer.refused,
        title=(answer.reason or words.refused) if answer.refused else "",
        missing=_missing(answer, words) if answer.refused else "",
        statements=()
        if answer.refused
        else tuple(_statement(s, titles, lang, words) for s in answer.statements),
        heading=words.nearest if answer.refused else words.sources,
        used="" if answer.refused else used_articles(answer),
        sources=sources,
        plain=plain_text(answer),
        copy=words.copy,
        copied=words.copied,
        panel=words.panel,
        panel_failed=words.panel_failed,
        index={"mending": words.index_mending, "failed": words.index_failed}.get(answer.index, ""),
    )


def _missing(answer: Answer, words: Words) -> str:
    """What was not found, as far as the reason does not name it anyway."""
    items = [item for item in answer.missing if item not in (answer.reason or "")]
    return words.not_found.format(items=listed(items, answer.lang)) if items else ""


def _lead(statement: Statement, titles: Collection[str], lang: Lang) -> Text | None:
    """The lead in the reader's direction, with titles of any language isolated in it."""
    if not statement.lead:
        return None
    text = statement.lead
    for title in titles:
        text = text.replace(title, listed((title,), lang))
    return Text(text, lang, direction(lang))


def _statement(
    statement: Statement, titles: Collection[str], lang: Lang, words: Words
) -> StatementView:
    own = detect_language(statement.text, default=lang)
    warning = ""
    if not statement.supported or statement.unsupported:
        warning = (
            words.unsupported_list.format(items=listed(statement.unsupported, lang))
            if statement.unsupported
            else words.unsupported
        )
    return StatementView(
        lead=_lead(statement, titles, lang),
        parts=parts(statement.text, statement.emphasis),
        lang=own,
        dir=direction(own),
        foreign=own != lang,
        citations=statement.citations,
        note=words.foreign[own] if own != lang and not statement.lead else "",
        warning=warning,
    )


def _cited(answer: Answer, words: Words) -> tuple[SourceView, ...]:
    return tuple(
        _source(citation.hit, citation.number, citation.quote, _place(citation), words)
        for citation in sorted(answer.citations, key=lambda c: c.number)
    )


def _nearest(answer: Answer, words: Words) -> tuple[SourceView, ...]:
    return tuple(
        _source(
            hit,
            0,
            hit.chunk.text,
            Place(hit.article.id, hit.chunk.id, hit.chunk.start, hit.chunk.start, verified=None),
            words,
        )
        for hit in [hit for hit in answer.hits if hit.chunk.part == "text"][:NEAREST]
    )


def _place(citation: Citation) -> Place:
    hit = citation.hit
    return Place(
        hit.article.id, hit.chunk.id, citation.start, citation.end, verified=citation.verified
    )


def _source(hit: Hit, number: int, quote: str, place: Place, words: Words) -> SourceView:
    article = hit.article
    title = written(article.title, article.lang)
    label = words.source_label.format(number=number, title=article.title)
    return SourceView(
        number=number,
        label=label if number else article.title,
        title=title,
        about=about(article, words),
        imprint=imprint(article, words),
        language=words.language_names[hit.chunk.lang],
        headline=words.headline if hit.chunk.part == "title" else "",
        excerpt=written(shortened(quote, _EXCERPT_CHARS), hit.chunk.lang),
        place=place,
    )


def used_articles(answer: Answer) -> str:
    """Which articles the answer rests on: how many, and in which languages.

    For example ``2 articles · Arabic, English``; empty when nothing is cited.
    """
    cited = {c.hit.article.id: c.hit.article.lang for c in answer.citations}
    if not cited:
        return ""
    names = [WORDS[answer.lang].language_names[lang] for lang in LANGS if lang in cited.values()]
    comma = "، " if answer.lang == "ar" else ", "
    return f"{count_of_articles(len(cited), answer.lang)} · {comma.join(names)}"


def plain_text(answer: Answer) -> str:
    """The answer with its sources, for pasting somewhere else."""
    words = WORDS[answer.lang]
    lines = [answer.text]
    for citation in sorted(answer.citations, key=lambda c: c.number):
        article = citation.hit.article
        pieces = (article.title, *imprint(article, words), safe_url(article.url) or "")
        lines.append(f"[{citation.number}] " + " · ".join(piece for piece in pieces if piece))
    return "\n".join([*lines[:1], "", *lines[1:]]) if len(lines) > 1 else answer.text
