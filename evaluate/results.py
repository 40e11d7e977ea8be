"""What an evaluation found: the values of its report.

:mod:`evaluate.report.document` writes them as JSON, field by field; :data:`SCHEMA` changes whenever
a reader of an older document would misunderstand it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from evaluate.passages import CitedQuote, FoundPassage, Passage, Places
from rag.language.text import Lang

SCHEMA = 1

PassageLang = Literal["ar", "en", "both", "none"]
"""In which language the labelled passages are; ``none``: there are no labels, or no answer."""

Stage = Literal[
    "corpus", "chunking", "dense", "lexical", "legs", "fusion", "selection", "citation", "refusal",
    "error",
]  # fmt: skip
"""A stage of the way of a question, in its order; ``legs`` is both search legs together."""

Status = Literal["correct", "wrong", "refused", "false answer", "failed"]
"""``refused``: although the articles answer; ``false answer``: although they do not."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a language model judged, 0 to 1; None with ``error`` when it could not be had."""

    faithfulness: float | None = None
    correctness: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question.

    ``lang`` is that of the question and ``passage_lang`` that of the labelled passages, or of all
    passages that came with it.
    ``label`` is a hash of what else makes the question: history, answers, evidence, answerability.
    ``cluster`` groups questions that are not independent: those whose labelled articles hang
    together by questions on several of them; a question without labels is one of its own.
    ``prediction`` is the short answer that is compared with ``expected``, and ``withheld`` all
    that would have been stated had the question not been refused. ``confidence`` is the
    answerer's probability that the articles hold the answer. ``values`` are the metrics of this
    question; one that is not defined for it is left out. ``timings`` are milliseconds per stage;
    ``encode`` and ``total`` are left out where the question was encoded beforehand.
    """

    id: str
    question: str
    lang: Lang
    passage_lang: PassageLang
    answerable: bool
    expected: tuple[str, ...]
    tags: tuple[str, ...]
    cluster: str
    standalone: str
    status: Status
    label: str = ""
    answer: str = ""
    prediction: str = ""
    answer_lang: Lang | None = None
    refused: bool = False
    reason: str | None = None
    missing: tuple[str, ...] = ()
    confidence: float | None = None
    withheld: str | None = None
    error: str | None = None
    blame: Stage | None = None
    places: Places = field(default_factory=Places)
    values: dict[str, float] = field(default_factory=dict)
    citations: tuple[CitedQuote, ...] = ()
    hits: tuple[FoundPassage, ...] = ()
    gold: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    verdict: Verdict | None = None

    @property
    def correct(self) -> bool:
        """Answered right, or rightly refused."""
        return self.status == "correct"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over ``n`` questions with its 95 % interval, and how that was made."""

    mean: float
    low: float
    high: float
    n: int
    method: Literal["wilson", "bootstrap"]


Estimates = dict[str, Estimate]
"""Metric name → estimate; a metric that no question defines is left out."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of one stage at the 50th, 95th and 99th percentile over ``n`` questions."""

    p50: float
    p95: float
    p99: float
    n: int


@dataclass(frozen=True, slots=True)
class Refusals:
    """Refusing as a decision: positive is an unanswerable question, predicted by a refusal."""

    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """The sums of an evaluation.

    ``grid`` is keyed ``"en→ar"`` (question → passage language), ``tags`` by tag, ``blame`` by
    stage. ``risk_coverage`` are (coverage, risk) points, most confident first, and ``aurc`` the
    area under them; empty and None when answers carry no confidence. ``given`` are the figures of
    deciding whether passages that came with the questions hold an answer, by group
    (:mod:`evaluate.measure.deciding`); None where no passages did.
    """

    all: Estimates
    grid: dict[str, Estimates]
    tags: dict[str, Estimates]
    statuses: dict[Status, int]
    blame: dict[Stage, int]
    refusals: Refusals
    risk_coverage: tuple[tuple[float, float], ...]
    aurc: float | None
    latency: dict[str, Latency]
    peak_memory_mb: float
    seconds: float
    judge_failures: int | None = None
    given: dict[str, Estimates] | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was measured with what. Hashes are SHA-256 (hex); ``settings`` all that can be set."""

    sanad: str
    created: str
    settings: dict[str, str | int | float | bool | None]
    encoder: str
    encoder_weights: str
    question_files: dict[str, str]
    questions: int
    corpus: str
    articles: int
    passages: int
    commit: str | None
    dirty: bool | None
    seed: int
    answers: bool


@dataclass(frozen=True, slots=True)
class Change:
    """How a metric changed against a baseline, over the questions that both have.

    ``low`` and ``high`` bound the difference of the means at 95 % (paired bootstrap over
    clusters); ``p`` is of a two-sided sign-flip permutation test over clusters, and ``p_adjusted``
    the same after Holm's correction: over the metrics that claims rest on if this is one of them,
    else over all metrics, those left out in which no question changed.
    """

    metric: str
    before: float
    after: float
    low: float
    high: float
    p: float
    p_adjusted: float
    n: int
    better: int
    worse: int

    @property
    def difference(self) -> float:
        """After less before."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that was fixed or broken, with both answers and the stage that made it so."""

    id: str
    question: str
    kind: Literal["fixed", "broken"]
    before: str
    after: str
    status_before: Status
    status_after: Status
    stage: Stage | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed against a baseline, and what may be claimed of it, in sentences."""

    baseline: Manifest
    verdict: Literal["better", "worse", "mixed", "no evidence"]
    claims: tuple[str, ...]
    changes: tuple[Change, ...]
    flips: tuple[Flip, ...]
    compared: int
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole evaluation."""

    manifest: Manifest
    summary: Summary
    questions: tuple[Outcome, ...]
    passages: dict[str, Passage]
    comparison: Comparison | None = None
    schema: int = SCHEMA


def grid_key(lang: Lang, passages: PassageLang) -> str:
    """The key of a cell of the language grid: ``en→ar``."""
    return f"{lang}→{passages}"
