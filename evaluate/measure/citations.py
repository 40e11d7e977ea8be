"""Whether an answer's citations hold: support, relevance, and quotes word for word.

Citation recall and precision are those of ALCE (Gao, Yen, Yu & Chen 2023, "Enabling large language
models to generate text with citations"). There a language model decides whether passages support
a statement; here rules do, and everything is checked anew, whatever the answer says of itself:

* A quoted statement is supported by a citation whose quote stands in the article (in its text or
  its title, as the citation says), inside the
  cited passage, and holds the statement word for word.
* A written statement is supported when the cited passages together hold every number, date and
  name that it says and, within one language, at least :data:`rag.answer.cite.LEAST_OVERLAP` of its
  stems. Unlike in ALCE the title of an article backs nothing, unless it is cited itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from rag.answer.cite import overlaps
from rag.language.facts import unsupported
from rag.types import Answer, Citation, Statement


def citation_values(answer: Answer, gold: AbstractSet[str]) -> dict[str, float]:
    """The citation metrics of one answer, each from 0 to 1; empty when it refused.

    ``gold`` are the ids of the passages that hold a labelled quote.

    * ``citation_recall``: share of the statements that their citations support, taken together; a
      statement without citations is not. Left out when nothing was stated.
    * ``citation_precision``: share of the citation marks that are relevant: what they stand behind
      is supported, and either the cited passage alone supports it or the others without it do
      not. 0 when there are no marks (both as in ALCE's scorer). Left out when nothing was stated.
    * ``verified``: share of the citations whose quote stands word for word at its offsets, inside
      the cited passage, and which the answer too calls verified. Left out without citations.
    * ``cites_evidence``: 1 if one of the citations is of a passage in ``gold``, else 0. Left out
      when ``gold`` is empty.
    """
    if answer.refused:
        return {}
    values = {}
    if answer.statements:
        cited = [(s, _cited(s, answer.citations)) for s in answer.statements]
        held = [supports(statement, citations) for statement, citations in cited]
        relevant = [
            mark for statement, citations in cited for mark in _relevant(statement, citations)
        ]
        values["citation_recall"] = _share(held)
        values["citation_precision"] = _share(relevant)
    if answer.citations:
        values["verified"] = _share([c.verified and stands(c) for c in answer.citations])
    if gold:
        values["cites_evidence"] = float(any(c.hit.chunk.id in gold for c in answer.citations))
    return values


def supports(statement: Statement, citations: Sequence[Citation | None]) -> bool:
    """Whether ``citations``, taken together, support ``statement``.

    None stands for a mark that points to no citation: then nothing is supported, as in ALCE.
    """
    known = [citation for citation in citations if citation is not None]
    if not known or len(known) < len(citations) or not statement.text.strip():
        return False
    if statement.lead:
        return any(stands(c) and statement.text in c.quote for c in known)
    hits = [citation.hit for citation in known]
    missing = unsupported(statement.text, [hit.chunk.text for hit in hits])
    return not missing and overlaps(statement.text, hits)


def stands(citation: Citation) -> bool:
    """Whether the quote is what the article's part has at its offsets, in the cited passage."""
    chunk, article = citation.hit.chunk, citation.hit.article
    inside = chunk.start <= citation.start < citation.end <= chunk.end
    there = article.part(chunk.part)[citation.start : citation.end] == citation.quote
    return inside and there and bool(citation.quote)


def _cited(statement: Statement, citations: Sequence[Citation]) -> list[Citation | None]:
    """What the statement's marks point to, mark by mark."""
    by_number = {citation.number: citation for citation in citations}
    return [by_number.get(number) for number in statement.citations]


def _relevant(statement: Statement, citations: Sequence[Citation | None]) -> list[bool]:
    """For each mark of a statement whether it is relevant."""
    if not supports(statement, citations):
        return [False] * len(citations)
    return [
        supports(statement, [citation])
        or not supports(statement, [*citations[:i], *citations[i + 1 :]])
        for i, citation in enumerate(citations)
    ]


def _share(flags: Sequence[bool]) -> float:
    """The share that is true; 0 of nothing."""
    return sum(flags) / len(flags) if flags else 0.0
