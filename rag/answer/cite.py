"""Citations: every sentence tied to a verbatim quote, checked, or marked unsupported.

A draft is text with ``[n]`` markers, ``n`` being the 1-based position of a hit. Nothing is ever
attached because it looks similar: a sentence without a valid marker stays without a citation.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rag.language.facts import missing_facts, passage_values
from rag.language.sentences import sentence_spans
from rag.language.terms import stems
from rag.language.text import Lang, detect_language, tokens
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
    passages = [_Passage(hit) for hit in hits]
    citations: dict[_Place, Citation] = {}
    doubts: dict[_Place, dict[str, None]] = {}
    statements = tuple(
        _cite_one(text, [passages[n - 1] for n in numbers], citations, doubts)
        for text, numbers in split_draft(draft, len(hits))
    )
    return statements, tuple(
        replace(citation, verified=False, unsupported=tuple(doubts[place]))
        if place in doubts
        else citation
        for place, citation in citations.items()
    )


def split_draft(draft: str, count: int) -> list[tuple[str, tuple[int, ...]]]:
    """Sentences of a draft without markers, each with the valid numbers that follow it.

    In a draft that begins with a marker, those before a sentence belong to it.
    """
    markers = deque(parse_markers(draft, count))
    leading = bool(markers) and not draft[: markers[0].start].strip()
    sentences: list[tuple[str, tuple[int, ...]]] = []
    for start, end in sentence_spans(draft):
        inside: deque[Marker] = deque()
        while markers and markers[0].start < end:
            inside.append(markers.popleft())
        position = start
        while not leading and inside and not draft[position : inside[0].start].strip():
            marker = inside.popleft()  # behind the full stop: it belongs to the sentence before
            position = marker.end
            if sentences:
                text, numbers = sentences[-1]
                sentences[-1] = (text, _union(numbers, marker.numbers))
        text = _without(draft, position, end, inside)
        if any(c.isalnum() for c in text):
            sentences.append((text, _union((), *(m.numbers for m in inside))))
    return sentences


def make_citation(number: int, hit: Hit, start: int, end: int) -> Citation:
    """A citation of ``start`` to ``end`` of what the passage is part of, verified if within it."""
    quote = hit.article.part(hit.chunk.part)[start:end]
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


_Place = tuple[str, int, int]
"""A chunk's id, and where in its article a quote of it begins and ends."""


@dataclass(frozen=True)
class _Passage:
    """A hit's passage, read once for all statements that cite it."""

    hit: Hit

    @cached_property
    def lang(self) -> Lang:
        """The language most of its letters belong to."""
        return detect_language(self.hit.chunk.text)

    @cached_property
    def values(self) -> set[str]:
        """What a fact or a word of a statement can match."""
        return passage_values(self.hit.chunk.text)

    @cached_property
    def sentences(self) -> list[tuple[int, int, set[str]]]:
        """Each sentence: where it stands in the passage, and what can be matched in it."""
        text = self.hit.chunk.text
        return [(a, b, passage_values(text[a:b])) for a, b in sentence_spans(text)]


def _cite_one(
    text: str,
    passages: Sequence[_Passage],
    citations: dict[_Place, Citation],
    doubts: dict[_Place, dict[str, None]],
) -> Statement:
    """Check one statement.

    What it cites is added to ``citations``, and if it is not supported also to ``doubts``, with
    the facts that it has and its passages have not.
    """
    held, langs = [passage.values for passage in passages], {p.lang for p in passages}
    missing = missing_facts(text, held, langs)
    supported = bool(passages) and not missing and _overlap(text, passages)
    said = passage_values(text) if passages else set()
    numbers = []
    for passage in passages:
        start, end = _best_quote(said, passage)
        place = (passage.hit.chunk.id, start, end)
        if place not in citations:
            citations[place] = make_citation(len(citations) + 1, passage.hit, start, end)
        if not supported:
            doubts.setdefault(place, {}).update(dict.fromkeys(missing))
        numbers.append(citations[place].number)
    return Statement(text, tuple(numbers), supported=supported, unsupported=missing)


def _best_quote(said: set[str], passage: _Passage) -> tuple[int, int]:
    """Offsets in the article of the passage's sentence that shares most with what is ``said``.

    The whole passage when no sentence shares anything (a translation without names or numbers).
    """
    chunk = passage.hit.chunk
    shared = [len(said & values) for _, _, values in passage.sentences]
    if not shared or not max(shared):
        return chunk.start, chunk.end
    start, end, _ = passage.sentences[shared.index(max(shared))]
    return chunk.start + start, chunk.start + end


def overlaps(text: str, hits: Sequence[Hit]) -> bool:
    """Whether ``hits`` hold at least :data:`LEAST_OVERLAP` of the stems of a statement.

    Only within one language: True when a hit is in another, or when ``text`` has no stems.
    """
    return _overlap(text, [_Passage(hit) for hit in hits])


def _overlap(text: str, passages: Sequence[_Passage]) -> bool:
    lang = detect_language(text)
    if any(passage.hit.chunk.lang != lang for passage in passages):
        return True
    said = {stem for token in tokens(text) for stem in stems(token)}
    held = set[str]().union(*(passage.values for passage in passages))
    return len(said & held) >= LEAST_OVERLAP * len(said)


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
