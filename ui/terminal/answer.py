"""An answer on the terminal: its sentences, then every source with the quote in its paragraph."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import groupby

from rich.style import Style
from rich.text import Text

from rag.types import Answer, Citation
from ui.terminal.questions import Line
from ui.terminal.screen import Screen
from ui.views.answer import AnswerView, SourceView, StatementView, answer_view
from ui.views.layout import Part, direction, safe_url, shortened
from ui.views.words import WORDS

TITLE = Style(bold=True)
KEY = Style(bold=True, color="green")
MARKER = Style(color="cyan")
WARNING = Style(color="yellow")
DIM = Style(dim=True)
PLAIN = Style.null()

_CONTEXT_CHARS = 240
_INDENT = 4


def show_answer(screen: Screen, answer: Answer) -> None:
    """Write an answer or a refusal with everything that it rests on."""
    view = answer_view(answer)
    if view.refused:
        _show_refusal(screen, view)
    else:
        _show_statements_and_sources(screen, view, answer)
    if view.index:
        screen.blank()
        screen.paragraph(_pieces((screen.bare(view.index), WARNING)), direction=view.dir)


def _show_statements_and_sources(screen: Screen, view: AnswerView, answer: Answer) -> None:
    for _, run in groupby(enumerate(view.statements), key=_kind):
        _show_statements(screen, [statement for _, statement in run])
    if not view.statements:
        screen.paragraph(answer.text)
    if answer.citations:
        screen.blank()
        screen.paragraph(_pieces((view.heading, TITLE), (f"  {view.used}", DIM)))
    sources = {source.number: source for source in view.sources}
    for citation in sorted(answer.citations, key=lambda citation: citation.number):
        _show_citation(screen, citation, sources[citation.number], answer)


def show_question(screen: Screen, line: Line) -> None:
    """Write a question above its answer, where several are answered in a row."""
    if line.number > 1:
        screen.blank()
    screen.paragraph(_pieces(("? ", MARKER), (line.text, TITLE)))


def _kind(numbered: tuple[int, StatementView]) -> Hashable:
    """The same for sentences that run on in one paragraph; others stand alone."""
    number, statement = numbered
    return number if statement.lead or statement.warning else statement.dir


def _show_statements(screen: Screen, statements: Sequence[StatementView]) -> None:
    """One paragraph of sentences, with the lead before it or the warning below it."""
    first = statements[0]
    if first.lead:
        lead = screen.bare(first.lead.text)
        screen.paragraph(_pieces((lead, DIM)), direction=first.lead.dir)
    text, base = Text(), WARNING if first.warning else PLAIN
    for statement in statements:
        text.append(" " if text else "", base)
        text.append_text(_marked(statement.parts, base, base + KEY))
        for number in statement.citations:
            text.append(" " + screen.isolate(f"[{number}]"), MARKER)
    screen.paragraph(text, direction=first.dir)
    if first.warning:
        screen.paragraph(_pieces((screen.bare(first.warning), WARNING)), indent=_INDENT)


def _show_citation(screen: Screen, citation: Citation, source: SourceView, answer: Answer) -> None:
    hit, words = citation.hit, WORDS[answer.lang]
    screen.blank()
    title = _pieces(
        (screen.isolate(f"[{citation.number}]") + " ", MARKER), (source.title.text, TITLE)
    )
    screen.paragraph(title, hang=_INDENT, direction=source.title.dir)
    _show_origin(screen, source, safe_url(hit.article.url))
    if source.headline:
        label = _pieces((screen.bare(source.headline), DIM))
        screen.paragraph(label, indent=_INDENT, direction=direction(answer.lang))
    screen.paragraph(passage(citation), indent=_INDENT, direction=direction(hit.chunk.lang))
    notes = []
    told = any(citation.number in s.citations for s in answer.statements if s.lead)
    if hit.chunk.lang != answer.lang and not told:
        notes.append((words.foreign[hit.chunk.lang], DIM))
    if not citation.verified:
        notes.append((words.unverified, WARNING))
    for note in notes:
        screen.paragraph(_pieces(note), indent=_INDENT)


def _show_origin(screen: Screen, source: SourceView, url: str | None = None) -> None:
    if source.imprint:
        about = " · ".join(screen.isolate(piece) for piece in source.imprint)
        screen.paragraph(_pieces((about, DIM)), indent=_INDENT, direction=source.title.dir)
    if url:
        screen.paragraph(_pieces((url, DIM)), indent=_INDENT, direction="ltr", wrap=False)


def passage(citation: Citation) -> Text:
    """The quote in its paragraph: the quote stands out, what is around it is cut and dimmed."""
    chunk = citation.hit.chunk
    start, end = citation.start - chunk.start, citation.end - chunk.start
    if not 0 <= start < end <= len(chunk.text):
        return _pieces((citation.quote, PLAIN))
    before, quote, after = chunk.text[:start], chunk.text[start:end], chunk.text[end:]
    lead = shortened(before, _CONTEXT_CHARS, keep_end=True)
    rest = shortened(after, _CONTEXT_CHARS)
    gap_before = " " if before[-1:].isspace() else ""
    gap_after = " " if after[:1].isspace() else ""
    return _pieces(
        (lead + gap_before if lead else "", DIM),
        (" ".join(quote.split()), TITLE),
        (gap_after + rest if rest else "", DIM),
    )


def _show_refusal(screen: Screen, view: AnswerView) -> None:
    screen.paragraph(_pieces((view.title, TITLE + WARNING)), direction=view.dir)
    if view.missing:
        screen.paragraph(screen.bare(view.missing), direction=view.dir)
    if view.sources:
        screen.blank()
        screen.paragraph(_pieces((view.heading, TITLE)))
    shown = None
    for source in view.sources:
        if source.place.article_id != shown:
            screen.blank()
            title = _pieces((source.title.text, TITLE))
            screen.paragraph(title, hang=_INDENT, direction=source.title.dir)
            _show_origin(screen, source)
        shown = source.place.article_id
        excerpt = _pieces(("- ", MARKER), (source.excerpt.text, DIM))
        screen.paragraph(excerpt, indent=_INDENT, hang=2, direction=source.excerpt.dir)


def _marked(parts: tuple[Part, ...], plain: Style, marked: Style) -> Text:
    return _pieces(*((part.text, marked if part.marked else plain) for part in parts))


def _pieces(*pieces: tuple[str, Style]) -> Text:
    text = Text()
    for piece, style in pieces:
        text.append(piece, style)
    return text
