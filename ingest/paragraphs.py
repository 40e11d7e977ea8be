"""Where paragraphs and headings stand in a text, from its shape alone.

A blank line ends a paragraph. Lines without blank lines between them are told apart by how they
look: hard-wrapped lines belong together, long lines or lines that are sentences stand alone.
Headings are Markdown's, or short lines without a full stop above a longer paragraph.
All offsets are character offsets into the text that was passed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.dates import iso_date
from rag.language.sentences import sentence_spans

MAX_HEADING = 120

_LONG_LINE = 120  # characters: nobody wraps lines by hand at more
_NARROW, _WIDE = 40, 110  # column widths of hard-wrapped text
_BODY = 80  # characters of the shortest paragraph that a plain line can be a heading of

_HASHES = re.compile(r"#{1,6}[ \t]+(?=\S)")
_UNDERLINE = re.compile(r"=+|-{3,}")
_ENDS_SENTENCE = re.compile(r"[.!?؟…]['\"’”»)\]\u200e\u200f]*$")
_STATEMENT_END = re.compile(r"[.!…،,:;؛'\"’”»][)\]\u200e\u200f]*$")
_NO_HEADING = re.compile(
    r"[-–—*•\"'«“‘(>|]|\S*@|https?:|www\.|"
    r"(?:by|source|photo|image|via|read (?:more|also)|see also|updated|published|written by|"
    r"بقلم|كتب|كتبت|المصدر|تصوير|صورة|ترجمة|إعداد|تحرير|نشر في|اقرأ|شاهد)\b",
    re.IGNORECASE,
)
_NUMBERING = re.compile(r"\d{1,2}[.)-]\s*")
_FIRST_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a heading: then ``heading`` is its words. No white space at the ends."""

    start: int
    end: int
    heading: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


def blocks(text: str) -> list[Block]:
    """Paragraphs and headings of ``text`` in order; together they hold all that is not space."""
    runs = list(_runs(text))
    size = sum(run[-1].end - run[0].start for run in runs)
    found: list[Block] = []
    for run in runs:
        whole = run[-1].end - run[0].start > 0.5 * size
        for part in _marked_headings(text, run):
            if isinstance(part, Block):
                found.append(part)
            else:
                found += _paragraphs(text, part, alone=whole)
    return _plain_headings(text, found)


def _runs(text: str) -> Iterator[list[_Line]]:
    """Groups of lines that are not blank, each without the white space at its ends."""
    run: list[_Line] = []
    start = 0
    for raw in text.split("\n"):
        stripped = raw.strip()
        if stripped:
            left = start + len(raw) - len(raw.lstrip())
            run.append(_Line(left, left + len(stripped)))
        elif run:
            yield run
            run = []
        start += len(raw) + 1
    if run:
        yield run


def _marked_headings(text: str, run: list[_Line]) -> Iterator[Block | list[_Line]]:
    """The run cut at its Markdown headings: ``# so`` or underlined."""
    plain: list[_Line] = []
    skip = False
    for line, below in zip(run, [*run[1:], None], strict=True):
        if skip:
            skip = False
            continue
        block = _hash_heading(text, line) or _underlined_heading(text, line, below, plain)
        if block is None:
            plain.append(line)
            continue
        skip = block.end > line.end
        if plain:
            yield plain
            plain = []
        yield block
    if plain:
        yield plain


def _hash_heading(text: str, line: _Line) -> Block | None:
    if text[line.start] != "#" or len(line) > MAX_HEADING:
        return None
    match = _HASHES.match(text, line.start, line.end)
    if match is None:
        return None
    return Block(line.start, line.end, _heading_words(text[match.end() : line.end].rstrip("# \t")))


def _underlined_heading(
    text: str, line: _Line, below: _Line | None, above: list[_Line]
) -> Block | None:
    if below is None or above or len(line) > MAX_HEADING or text[below.start] not in "=-":
        return None
    words = text[line.start : line.end]
    if not _UNDERLINE.fullmatch(text, below.start, below.end) or _ENDS_SENTENCE.search(words):
        return None
    return Block(line.start, below.end, _heading_words(words))


def _heading_words(words: str) -> str:
    return " ".join(words.split()).strip("*_ ") or words.strip()


def _paragraphs(text: str, lines: list[_Line], *, alone: bool) -> list[Block]:
    """Paragraphs in lines that follow each other without a blank line.

    ``alone``: the lines are most of the text, so blank lines are not what parts its paragraphs.
    """
    width = max(len(line) for line in lines)
    long = sum(len(line) >= _LONG_LINE for line in lines)
    ends = [bool(_ENDS_SENTENCE.search(text, max(x.start, x.end - 8), x.end)) for x in lines]
    fits = _next_word_fits(text, lines, width)
    early = sum(fit and not end for fit, end in zip(fits[1:], ends[1:], strict=False))
    wrapped = (
        _NARROW <= width <= _WIDE
        and early <= 0.3 * len(fits)  # lines are as full as their words allow
        and 2 * sum(ends[:-1]) <= len(fits)
    )
    if 2 * long >= len(lines) or (alone and not wrapped and 2 * sum(ends) >= len(lines)):
        breaks = [True] * (len(lines) - 1)
    elif wrapped:
        breaks = [fit and end for fit, end in zip(fits, ends, strict=False)]
        if breaks and fits[0] and len(lines[0]) < 0.7 * width:
            breaks[0] = True  # a heading right above its paragraph
    else:
        breaks = [False] * (len(lines) - 1)
    firsts = [0, *(i for i, apart in enumerate(breaks, start=1) if apart), len(lines)]
    return [Block(lines[i].start, lines[j - 1].end) for i, j in pairwise(firsts)]


def _next_word_fits(text: str, lines: list[_Line], width: int) -> list[bool]:
    """For each line but the last: would the next line's first word have fitted on it?"""
    fits = []
    for line, below in pairwise(lines):
        word = _FIRST_WORD.match(text, below.start, below.end)
        fits.append(word is not None and len(line) + 1 + len(word.group()) <= width)
    return fits


def _plain_headings(text: str, found: list[Block]) -> list[Block]:
    """The blocks, with short lines above a longer paragraph for headings.

    Never the first block of a text: in news that is more often a place and a date.
    """
    for i in range(1, len(found) - 1):
        block, below = found[i], found[i + 1]
        size = block.end - block.start
        if block.heading or below.heading or found[i - 1].heading or size > MAX_HEADING:
            continue
        body = below.end - below.start
        words = text[block.start : block.end]
        if body >= max(_BODY, 1.5 * size) and looks_like_heading(words):
            found[i] = replace(block, heading=_heading_words(words))
    return found


def looks_like_heading(line: str) -> bool:
    """Whether a short line could be a heading: no statement, quote, list item, byline or date."""
    unnumbered = line[match.end() :] if (match := _NUMBERING.match(line)) else line
    return (
        "\n" not in line
        and len(line) <= MAX_HEADING
        and len(line.split()) <= 16
        and not (_NO_HEADING.match(line) and not line.startswith("**"))
        and not _STATEMENT_END.search(line.rstrip("*"))
        and any(c.isalpha() for c in line)
        and not unnumbered[:1].islower()
        and iso_date(line) is None
        and len(sentence_spans(unnumbered)) == 1
    )
