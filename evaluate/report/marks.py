"""What is marked in the passages of a report: where it was quoted, and where the answer stands."""

from __future__ import annotations

from collections.abc import Mapping

from evaluate.passages import Passage
from evaluate.report.diff import find
from evaluate.results import Outcome


def marks(
    outcome: Outcome, passages: Mapping[str, Passage]
) -> dict[str, list[tuple[str, int, int]]]:
    """Spans to mark in each passage, in UTF-16 units: cited quotes, and expected answers.

    Expected answers are marked where labels say that the passage answers.
    """
    labelled = {*outcome.gold, *(hit.passage for hit in outcome.hits if hit.gold)}
    spans = {
        (citation.passage, "cited", citation.start - passage.start, citation.end - passage.start)
        for citation in outcome.citations
        if (passage := passages.get(citation.passage))
    } | {
        (id_, "gold", *span)
        for id_ in labelled & passages.keys()
        for wanted in outcome.expected
        for span in find(wanted, passages[id_].text)
    }
    found: dict[str, list[tuple[str, int, int]]] = {}
    for id_, kind, *ends in sorted(spans):
        start, end = (_utf16(passages[id_].text, at) for at in ends)
        if start < end:
            found.setdefault(id_, []).append((kind, start, end))
    return found


def _utf16(text: str, at: int) -> int:
    """A character offset as JavaScript counts, where some characters are two; within the text."""
    return len(text[: max(at, 0)].encode("utf-16-le", "surrogatepass")) // 2
