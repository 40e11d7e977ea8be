"""Outcomes and reports of a few words, for comparing them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from evaluate.passages import Places
from evaluate.results import Manifest, Outcome, Refusals, Report, Summary

MANIFEST = Manifest(
    sanad="0.1.0",
    created="2026-01-02T03:04:05+00:00",
    settings={"k": 8, "fusion": "linear", "refuse": True, "chat_model": None},
    encoder="small",
    encoder_weights="e" * 64,
    question_files={"set.jsonl": "f" * 64},
    questions=0,
    corpus="c" * 64,
    articles=7,
    passages=70,
    commit="0" * 40,
    dirty=False,
    seed=0,
    answers=True,
)

FOUND = Places(dense=1, lexical=1, fused=1, matched=1, hits=1)


def right(id_: str, **changes: Any) -> Outcome:
    """An answerable question that was answered right, a cluster of its own."""
    outcome = Outcome(
        id=id_,
        question=f"What of {id_}?",
        lang="en",
        passage_lang="en",
        answerable=True,
        expected=("this",),
        tags=(),
        cluster=id_,
        standalone=f"What of {id_}?",
        status="correct",
        label="0123456789abcdef",
        answer="It is this. [1]",
        gold=(f"{id_}-gold",),
        places=FOUND,
        values={
            "ndcg@10": 1.0,
            "recall@5": 1.0,
            "contained": 1.0,
            "correct": 1.0,
            "citation_recall": 1.0,
            "citation_precision": 1.0,
            "over_refusal": 0.0,
        },
    )
    return replace(outcome, **changes)


def wrong(id_: str, places: Places = FOUND, **changes: Any) -> Outcome:
    """The same question answered wrong although, unless ``places`` differ, it was found."""
    outcome = right(id_, status="wrong", answer="It is that. [1]", places=places, blame="selection")
    found = float(places.hits is not None)
    lost = {"ndcg@10": found, "recall@5": found, "contained": 0.0, "correct": 0.0}
    return replace(outcome, **{"values": {**outcome.values, **lost}, **changes})


def refused(id_: str, **changes: Any) -> Outcome:
    """The same question refused; citations are then not defined."""
    lost = {"ndcg@10": 1.0, "recall@5": 1.0, "contained": 0.0, "correct": 0.0, "over_refusal": 1.0}
    outcome = right(id_, status="refused", refused=True, answer="It is not said.", blame="refusal")
    return replace(outcome, **{"values": lost, **changes})


def failed(id_: str, **changes: Any) -> Outcome:
    """The same question, to which no answer could be had: nothing is defined."""
    outcome = right(id_, status="failed", answer="", error="It broke off.", blame="error")
    return replace(outcome, **{"values": {}, **changes})


def unanswerable(id_: str, *, answered: bool, **changes: Any) -> Outcome:
    """A question that the articles do not answer, refused or answered."""
    outcome = right(
        id_,
        answerable=False,
        expected=(),
        passage_lang="none",
        gold=(),
        places=Places(),
        refused=not answered,
        status="false answer" if answered else "correct",
        answer="It is that. [1]" if answered else "It is not said.",
        blame="refusal" if answered else None,
        values={"correct": float(not answered), "false_answer": float(answered)},
    )
    return replace(outcome, **changes)


def report(outcomes: Iterable[Outcome], **changes: Any) -> Report:
    """A report on ``outcomes``; ``changes`` are made to its manifest."""
    questions = tuple(outcomes)
    summary = Summary(
        all={},
        grid={},
        tags={},
        statuses={},
        blame={},
        refusals=Refusals(None, None, None),
        risk_coverage=(),
        aurc=None,
        latency={},
        peak_memory_mb=1.0,
        seconds=1.0,
    )
    manifest = replace(MANIFEST, **{"questions": len(questions), **changes})
    return Report(manifest, summary, questions, passages={})
