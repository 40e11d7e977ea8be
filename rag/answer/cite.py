"""Citations: every sentence tied to a verbatim quote, checked, or marked unsupported.

A draft is text with ``[n]`` markers, ``n`` being the 1-based position of a hit. Nothing is ever
attached because it looks similar: a sentence without a valid marker stays without a citation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.language.facts import passage_values, unsupported
from rag.language.terms import stems
from rag.language.text import detect_language, sentence_spans, tokens
from rag.types import Citation, Hit, Question, Statement

_MARKER = re.compile(r"[\[【]\s*\^?(\d{1,3}(?:\s*(?:[,،;؛&–-]|and\b|و)\s*\d{1,3})*)\s*[\]】]")
_NUMBER_OR_RANGE = re.compile(r"(\d+)(?:\s*[–-]\s*(\d+))?")
_LIST_MARK = re.compile(r"^(?:[-*•–#]+|\d{1,2}[.)])\s+")
_SPACE_BEFORE_END = re.compile(r"\s+([.,!?؟،؛…:])")

LEAST_OVERLAP = 0.2
"""Share of a statement's words that its passages must hold, within one language."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A citation marker at ``text[start:end]``: the numbers in bounds, and those that are not."""

    start: int
    end: int
    numbers: tuple[int, ...]
    invalid: tuple[int, ...] = ()


def parse_markers(text: str, count: int) -> list[Marker]:
    """The markers of ``text``, read against ``count`` passages numbered from 1.

    Understands ``[1]``, ``[1, 2]``, ``[1-3]``, ``[1، ٢]`` and ``[٢]``; ``[0]`` and ``[99]`` come
    back as invalid and cite nothing.

    >>> [(m.numbers, m.invalid) for m in parse_markers("نعم [1، ٢] [0]", 2)]
    [((1, 2), ()), ((), (0,))]
    """
    markers = []
    for match in _MARKER.finditer(text):
        given = dict.fromkeys(
            n for pair in _NUMBER_OR_RANGE.findall(match[1]) for n in _range(*pair)
        )
        valid = tuple(n for n in given if 1 <= n <= count)
        invalid = tuple(n for n in given if n not in valid)
        markers.append(Marker(match.start(), match.end(), valid, invalid))
    return markers


def _range(first: str, last: str) -> Sequence[int]:
    """The numbers of ``1`` or ``1-3``; of ``3-1`` and of endless ranges only the ends."""
    start, end = int(first), int(last or first)
    return range(start, end + 1) if start <= end <= start + 20 else (start, end)


def cite(
    question: Question, draft: str, hits: Sequence[Hit]
) -> tuple[tuple[Statement, ...], tuple[Citation, ...]]:
    """Turn a draft into checked statements and the citations they rest on.

    Citations are renumbered from 1 in the order of their first use; each is the sentence of the
    cited passage that shares most with the statement. A statement is unsupported when it cites
    nothing, when a number, date or name in it stands in none of the passages it cites, or when
    it hardly shares a word with them.
    """
    citations: list[Citation] = []
    statements = []
    for text, numbers in split_draft(draft, len(hits)):
        statement, citations = _cite_one(text, [hits[n - 1] for n in numbers], citations)
        statements.append(statement)
    return tuple(statements), tuple(citations)


def split_draft(draft: str, count: int) -> list[tuple[str, tuple[int, ...]]]:
    """Sentences of a draft without markers, each with the valid numbers that follow it.

    In a draft that begins with a marker, those before a sentence belong to it.
    """
    markers = parse_markers(draft, count)
    leading = bool(markers) and not draft[: markers[0].start].strip()
    sentences: list[tuple[str, tuple[int, ...]]] = []
    for start, end in sentence_spans(draft):
        inside = [m for m in markers if start <= m.start < end]
        position = start
        while not leading and inside and not draft[position : inside[0].start].strip():
            marker = inside.pop(0)  # a marker after the full stop belongs to the sentence before
            position = marker.end
            if sentences:
                text, numbers = sentences[-1]
                sentences[-1] = (text, _union(numbers, marker.numbers))
        text = _without(draft, position, end, inside)
        if any(c.isalnum() for c in text):
            sentences.append((text, _union((), *(m.numbers for m in inside))))
    return sentences


def best_quote(statement: str, hit: Hit) -> tuple[int, int]:
    """Offsets in the article of the passage's sentence that shares most with ``statement``.

    The whole passage when no sentence shares anything (a translation without names or numbers).
    """
    said = _words(statement)
    spans = sentence_spans(hit.chunk.text)
    overlaps = [len(said & passage_values(hit.chunk.text[a:b])) for a, b in spans]
    if not overlaps or not max(overlaps):
        return hit.chunk.start, hit.chunk.end
    start, end = spans[overlaps.index(max(overlaps))]
    return hit.chunk.start + start, hit.chunk.start + end


def make_citation(number: int, hit: Hit, start: int, end: int) -> Citation:
    """A citation of ``hit.article.text[start:end]``, verified if that lies within the passage."""
    quote = hit.article.text[start:end]
    inside = bool(quote) and hit.chunk.start <= start < end <= hit.chunk.end
    return Citation(number, hit, quote, start, end, verified=inside)


def render(statements: Sequence[Statement]) -> str:
    """Plain text of an answer: a line per lead and quote, else a paragraph, with ``[n]``."""
    parts: list[str] = []
    for statement in statements:
        marks = "".join(f"[{n}]" for n in statement.citations)
        body = f"«{statement.text}»" if statement.lead else statement.text
        lead = f"{statement.lead}\n" if statement.lead else ""
        separator = "\n\n" if statement.lead and parts else " " if parts else ""
        parts.append(f"{separator}{lead}{body}{' ' + marks if marks else ''}")
    return "".join(parts)


def _cite_one(
    text: str, hits: Sequence[Hit], citations: list[Citation]
) -> tuple[Statement, list[Citation]]:
    """Check one statement; returns it and the citations with its own added."""
    missing = unsupported(text, [hit.chunk.text for hit in hits])
    supported = bool(hits) and not missing and overlaps(text, hits)
    numbers = []
    for hit in hits:
        start, end = best_quote(text, hit)
        number = next(
            (
                c.number
                for c in citations
                if (c.hit.chunk.id, c.start, c.end) == (hit.chunk.id, start, end)
            ),
            len(citations) + 1,
        )
        if number > len(citations):
            citations = [*citations, make_citation(number, hit, start, end)]
        if not supported:
            citations[number - 1] = _doubt(citations[number - 1], missing)
        numbers.append(number)
    return Statement(text, tuple(numbers), supported=supported, unsupported=missing), citations


def _doubt(citation: Citation, missing: tuple[str, ...]) -> Citation:
    both = dict.fromkeys((*citation.unsupported, *missing))
    return replace(citation, verified=False, unsupported=tuple(both))


def overlaps(text: str, hits: Sequence[Hit]) -> bool:
    """Whether ``hits`` hold at least :data:`LEAST_OVERLAP` of the stems of a statement.

    Only within one language: True when a hit is in another, or when ``text`` has no stems.
    """
    lang = detect_language(text)
    same = [hit for hit in hits if hit.chunk.lang == lang]
    said = {stem for token in tokens(text) for stem in stems(token)}
    if len(same) < len(hits) or not said:
        return True
    held = set().union(*(passage_values(hit.chunk.text) for hit in same))
    return len(said & held) >= LEAST_OVERLAP * len(said)


def _words(text: str) -> set[str]:
    return passage_values(text)


def _without(draft: str, start: int, end: int, markers: Sequence[Marker]) -> str:
    pieces = []
    for marker in markers:
        pieces.append(draft[start : marker.start])
        start = marker.end
    pieces.append(draft[start:end])
    text = " ".join(" ".join(pieces).replace("**", "").split())
    return _SPACE_BEFORE_END.sub(r"\1", _LIST_MARK.sub("", text))


def _union(*groups: Sequence[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(n for group in groups for n in group))
