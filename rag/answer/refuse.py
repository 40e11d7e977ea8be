"""Deciding that the articles do not hold the answer.

A score threshold alone is a poor signal. What decides is a logistic function of how well the best
sentence answers and stands out, how close and how complete its passage is, whether the search
legs agree, and which names, numbers and years of the question stand nowhere near it. A year,
country or organisation of the question that the article never mentions decides by itself.
``training/calibrate.py`` fits the weights and states the operating point.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

from rag.answer.lacking import Lack, asked_facts, lacking
from rag.answer.select import Candidate, were_read
from rag.language.facts import can_be_missed, years
from rag.search.trace import NO_SIGNALS, Signals
from rag.types import Hit, Question

THRESHOLD = 0.3
"""The operating point: answers less probable than this are refused."""

FAR = 5.0
"""The margin of a candidate that has no rival from another passage."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against an answer.

    ``score`` and ``margin`` are the best candidate's, the latter over the best of another
    passage. The ``missing`` shares (0–1) are of the question's names, and of its numbers and
    dates, that stand neither in the passage nor in what is known of its article; names that are
    looked for across languages count by themselves, since they may have been translated.
    ``reading`` is the reader's margin for the best candidate, and ``best_reading`` the largest of
    any candidate, in twenties of logits (-1 to 1).
    """

    score: float
    margin: float
    match: float
    similarity: float
    coverage: float
    kind_fit: float
    agreement: float
    missing_names: float
    missing_names_across: float
    missing_numbers: float
    same_language: float
    reading: float
    best_reading: float
    intercept: float = 1.0


EVIDENCE_WEIGHTS = Evidence(
    score=0.37,
    margin=0.62,
    match=-0.30,
    similarity=2.20,
    coverage=-0.98,
    kind_fit=-0.28,
    agreement=1.04,
    missing_names=-4.18,
    missing_names_across=-1.46,
    missing_numbers=-1.02,
    same_language=-0.59,
    reading=-0.11,
    best_reading=-1.07,
    intercept=-5.46,
)
UNREAD_EVIDENCE_WEIGHTS = Evidence(
    score=0.21,
    margin=0.62,
    match=0.46,
    similarity=3.40,
    coverage=-1.09,
    kind_fit=-0.41,
    agreement=1.27,
    missing_names=-4.00,
    missing_names_across=-1.50,
    missing_numbers=-1.16,
    same_language=-0.91,
    reading=0.00,
    best_reading=0.00,
    intercept=-5.48,
)
"""The weights where no reader has read the hits."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """Whether to answer: the probability that the articles hold the answer, and what was missed.

    ``missing`` are the question's names, numbers and dates that the best passage does not hold.
    """

    probability: float
    missing: tuple[str, ...]

    @property
    def refuse(self) -> bool:
        """Whether the probability is under the operating point."""
        return self.probability < THRESHOLD


def judge(
    question: Question,
    hits: Sequence[Hit],
    found: Sequence[Candidate],
    signals: Mapping[str, Signals] = NO_SIGNALS,
) -> Confidence:
    """Weigh the evidence for answering ``question`` with the best of ``found``.

    ``signals`` are what is known of the hits, by chunk id: other weights count where they were
    read.
    """
    if not hits or not found:
        return Confidence(0.0, tuple(f.text for f in asked_facts(question.standalone)))
    best = found[0].hit
    lacks = lacking(question, best)
    evidence = gather(question, found, lacks)
    weights = EVIDENCE_WEIGHTS if were_read(hits, signals) else UNREAD_EVIDENCE_WEIGHTS
    probability = probability_of(evidence, weights)
    if speaks_of_something_else(question, lacks):
        probability = min(probability, THRESHOLD / 2)
    absent = [x.fact for x in lacks if x.share and can_be_missed(x.fact, {best.chunk.lang})]
    return Confidence(probability, tuple(dict.fromkeys(fact.text for fact in absent)))


def probability_of(evidence: Evidence, weights: Evidence) -> float:
    """The probability (0–1) that ``evidence`` speaks of an answer."""
    weighted = zip(astuple(weights), astuple(evidence), strict=True)
    return _logistic(sum(w * x for w, x in weighted))


def speaks_of_something_else(question: Question, lacks: Sequence[Lack]) -> bool:
    """Whether the question names a year, country or organisation that the article never does.

    Unlike people, these are recognised whichever way they are written, so their absence decides:
    the right event in another year, the right deed in another country.
    """
    sure_years = {fact.start for fact in years(question.standalone, sure=True)}
    return any(
        lack.share == 1.0 and (lack.fact.is_known or lack.fact.start in sure_years)
        for lack in lacks
    )


def gather(question: Question, found: Sequence[Candidate], lacks: Sequence[Lack]) -> Evidence:
    """The evidence for the best of ``found``, whose passage lacks ``lacks``.

    A title that says the same as a text is no rival of it: texts are judged as if there were no
    titles, and a title by what other articles say.
    """
    best = found[0]
    is_title = best.hit.chunk.part == "title"
    among = [c for c in found if is_title or c.hit.chunk.part == "text"]
    names_missing = _mean([lack.share for lack in lacks if lack.fact.kind == "name"])
    same_language = best.hit.chunk.lang == question.lang
    own = best.hit.article.id if is_title else best.hit.chunk.id
    rivals = [c.score for c in among if own != (c.hit.article.id if is_title else c.hit.chunk.id)]
    return Evidence(
        score=best.score,
        margin=min(FAR, best.score - max(rivals)) if rivals else FAR,
        match=best.features.match,
        similarity=best.features.passage_similarity,
        coverage=best.features.coverage,
        kind_fit=best.features.kind_fit,
        agreement=float(
            len({leg.name.split("-")[0] for leg in best.hit.legs if leg.rank <= 3}) == 2
        ),
        missing_names=names_missing if same_language else 0.0,
        missing_names_across=0.0 if same_language else names_missing,
        missing_numbers=_mean([lack.share for lack in lacks if lack.fact.kind != "name"]),
        same_language=float(same_language),
        reading=best.features.reading,
        best_reading=max(candidate.features.reading for candidate in among),
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _logistic(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
