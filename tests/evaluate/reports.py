"""A report as an evaluation of the sample articles and questions could have written it.

Articles, questions, labels, offsets and quotes are the real ones, and so are the sums and the
comparison. What became of each question is decided by its place in the row, so that every status
and most stages occur, with some questions fixed and some broken; scores and ranks are drawn from
a seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle, islice
from math import log2
from typing import Literal, get_args

from evaluate.compare.compare import compare
from evaluate.measure.answers import exact_match, token_f1
from evaluate.measure.summary import summarise
from evaluate.passages import CitedQuote, FoundPassage, Passage, Places
from evaluate.questions.scripted import ScriptedQuestion, read_questions
from evaluate.report.diff import find
from evaluate.results import Manifest, Outcome, PassageLang, Report, Stage, Status, Verdict
from rag.language.sentences import sentence_spans
from rag.language.text import detect_language
from rag.settings import ROOT, SAMPLE_ARTICLES, Settings

When = Literal["now", "before"]
FAILS = 4
"""Place of the question that fails."""

LOST: dict[When, dict[int, Status]] = {
    "before": {3: "wrong", 6: "wrong", 7: "wrong", 8: "refused", 9: "refused"},
    "now": {2: "wrong", 6: "wrong", 9: "refused"},
}
"""Which of ten answerable questions are lost, and how; of four others the last is answered."""

STAGES: tuple[Stage, ...] = get_args(Stage)[:7]
MS = {"understand": 0.4, "encode": 9.0, "dense": 4.0, "lexical": 3.0, "fuse": 2.0, "match": 14.0,
      "select": 9.0, "refuse": 1.0, "cite": 0.5}  # fmt: skip
LEADS = {
    ("ar", "ar"): "جاء في «{}»:\n«{}» [1]",
    ("ar", "en"): "جاء في مقال بالإنجليزية عنوانه «{}»:\n«{}» [1]",
    ("en", "en"): "From “{}”:\n«{}» [1]",
    ("en", "ar"): "From an article in Arabic, “{}”:\n«{}» [1]",
}
REASONS = {
    "ar": "لا تجيب المقالات عن هذا السؤال: أقرب الفقرات لا تذكر «{}».",
    "en": "The articles do not answer this: the nearest passages do not say “{}”.",
}


@cache
def sample_report(*, questions: int = 60, compared: bool = True, judged: bool = False) -> Report:
    """So many questions, against a baseline or not, judged by a language model or not.

    Questions repeat, under other ids, when more are wanted than there are.
    """
    report = _report(questions, judged, "now")
    if not compared:
        return report
    older = _report(questions, judged, "before")
    settings = {**older.manifest.settings, "match_weight": 0.0, "fusion": "rrf"}
    clean = replace(older.manifest, commit="8bc9b147" * 5, dirty=False, settings=settings)
    baseline = replace(older, manifest=clean, questions=older.questions[1:])
    return replace(report, comparison=compare(report, baseline))


@cache
def passages() -> dict[str, Passage]:
    """Every paragraph of the sample articles, by id."""
    return {f"{passage.article}#{passage.start}": passage for passage in _paragraphs()}


def _paragraphs() -> Iterator[Passage]:
    for file in sorted(SAMPLE_ARTICLES.glob("*.md")):
        _, head, body = file.read_text("utf-8").split("---\n", 2)
        title = head.split('title: "')[1].split('"\n')[0]
        end = 0
        for text in filter(None, map(str.strip, body.split("\n\n"))):
            start = body.index(text, end)
            end = start + len(text)
            if not text.startswith("#"):
                yield Passage(file.name, title, detect_language(text), text, start)


@cache
def _asked() -> tuple[ScriptedQuestion, ...]:
    """The questions in an order that mixes languages, follow-ups and unanswerable ones."""
    questions = read_questions([ROOT / "tests" / "questions"])
    return tuple(question for first in range(6) for question in questions[first::6])


def _report(count: int, judged: bool, when: When) -> Report:
    asked = list(islice(cycle(_asked()), count))
    outcomes = [_outcome(question, place, judged, when) for place, question in enumerate(asked)]
    manifest = Manifest(
        sanad="0.1.0",
        created="2026-11-24T09:30:00+00:00",
        settings=Settings().model_dump(mode="json", include={
            "k", "depth", "fusion", "dense_weight", "lexical_weight", "match_weight", "match_depth",
            "refuse", "answer_lang", "chat_model"}),
        encoder="rag/models/weights/encoder",
        encoder_weights="5b1e" * 16,
        question_files={"answerable.ar.jsonl": "c0ffee42" * 8, "answerable.en.jsonl": "ab" * 32},
        questions=count,
        corpus="9a7d" * 16,
        articles=len({passage.article for passage in passages().values()}),
        passages=len(passages()),
        commit="2f502fa4" * 5,
        dirty=True,
        seed=13,
        answers=True,
    )  # fmt: skip
    summary = summarise(
        outcomes,
        timings=[outcome.timings for outcome in outcomes],
        peak_memory_mb=812.4,
        seconds=count * 0.06,
        seed=13,
        judge_failures=0 if judged else None,
    )
    return Report(manifest, summary, tuple(outcomes), dict(passages()))


@dataclass(frozen=True)
class _Case:
    """A question, its labelled quotes by passage, and what is to become of it."""

    asked: ScriptedQuestion
    quotes: dict[str, str]
    chance: random.Random
    status: Status
    blame: Stage | None


def _case(asked: ScriptedQuestion, place: int, when: When) -> _Case:
    quotes = {
        id: evidence.quote
        for evidence in asked.evidence
        for id, passage in passages().items()
        if passage.article == evidence.article and evidence.quote in passage.text
    }
    chance = random.Random(f"{asked.id}/{place}/{when}")
    if place == FAILS:
        return _Case(asked, quotes, chance, "failed", "error")
    if not asked.answerable:
        false = place % 4 == 3
        return _Case(
            asked, quotes, chance, *(("false answer", "refusal") if false else ("correct", None))
        )
    status = LOST[when].get(place % 10, "correct")
    blame = {"wrong": STAGES[place // 5 % len(STAGES)], "refused": "refusal"}.get(status)
    return _Case(asked, quotes, chance, status, blame)


def _outcome(asked: ScriptedQuestion, place: int, judged: bool, when: When) -> Outcome:
    case = _case(asked, place, when)
    langs = {passages()[id].lang for id in case.quotes}
    side: PassageLang = "both" if len(langs) == 2 else next(iter(langs), "none")
    outcome = Outcome(
        id=asked.id if place < len(_asked()) else f"{asked.id}-{place // len(_asked()) + 1}",
        question=asked.question,
        lang=asked.lang,
        passage_lang=side,
        answerable=asked.answerable,
        expected=asked.answers,
        tags=asked.tags,
        cluster=asked.evidence[0].article if asked.evidence else asked.id,
        standalone=" ".join([*(turn.question for turn in asked.history), asked.question]),
        status=case.status,
        label=asked.label,
        blame=case.blame,
        gold=tuple(sorted(case.quotes)),
    )
    if case.status == "failed":
        said = "The chat model broke off after 60 s. Raise SANAD_CHAT_TIMEOUT, or ask again."
        return replace(outcome, error=said)
    places = _places(case)
    ms = {name: round(mean * case.chance.uniform(0.7, 1.5), 3) for name, mean in MS.items()}
    found = replace(
        outcome,
        places=places,
        hits=_hits(case, places.hits),
        confidence=round(case.chance.betavariate(4, 2 if outcome.correct else 4), 4),
        timings={**ms, "total": round(sum(ms.values()), 3)},
        verdict=Verdict(0.9, float(outcome.correct)) if judged else None,
    )
    refuses = case.status == "refused" or (outcome.correct and not outcome.answerable)
    answered = _refused(found, case) if refuses else _answered(found, case)
    return replace(answered, values=_values(answered))


def _places(case: _Case) -> Places:
    """Ranks of the labelled passage that end where the question was lost."""
    if not case.quotes or case.blame in {"corpus", "chunking"}:
        return Places()
    dense = None if case.blame in {"dense", "legs"} else case.chance.randint(1, 14)
    lexical = None if case.blame in {"lexical", "legs"} else case.chance.randint(1, 9)
    if case.blame in {"dense", "lexical", "legs", "fusion"}:
        fused = None if case.blame == "legs" else case.chance.randint(21, 40)
        return Places(dense, lexical, fused, fused, None)
    fused = case.chance.randint(1, 5)
    return Places(dense, lexical, fused, max(1, fused - 2), max(1, fused - 2))


def _hits(case: _Case, place: int | None) -> tuple[FoundPassage, ...]:
    articles = {passages()[id].article for id in case.quotes}
    others = [id for id in passages() if id not in case.quotes]
    near = [id for id in others if passages()[id].article in articles] or others[:8]
    ids = case.chance.sample(near, k=4) + case.chance.sample(sorted(set(others) - set(near)), k=4)
    if place:
        ids.insert(place - 1, next(iter(case.quotes)))
    scores = sorted((case.chance.uniform(0.1, 2.2) for _ in range(8)), reverse=True)
    found = []
    for rank, (id, score) in enumerate(zip(ids[:8], scores, strict=True), 1):
        legs = {"dense": case.chance.randint(1, 20), "lexical": case.chance.randint(1, 20)}
        kept = legs if score > 0.8 else {"dense": legs["dense"]}
        found.append(FoundPassage(id, rank, round(score, 4), kept, id in case.quotes))
    return tuple(found)


def _refused(outcome: Outcome, case: _Case) -> Outcome:
    missing = max(outcome.question.strip("?؟").split(), key=len)
    reason = REASONS[outcome.lang].format(missing)
    withheld = next(iter(case.quotes.values()), None)
    return replace(outcome, answer=reason, answer_lang=outcome.lang, refused=True, reason=reason,
                   missing=(missing,), withheld=withheld)  # fmt: skip


def _answered(outcome: Outcome, case: _Case) -> Outcome:
    right = outcome.status == "correct"
    id, quote = next(iter(case.quotes.items())) if right else _other(outcome.hits)
    spans = [span for answer in outcome.expected for span in find(answer, quote)] if right else []
    short = quote[slice(*spans[0])] if spans else " ".join(quote.split()[:4])
    passage = passages()[id]
    start = passage.start + passage.text.index(quote)
    cited = CitedQuote(1, id, start, start + len(quote), quote, verified=True)
    answer = LEADS[outcome.lang, passage.lang].format(passage.title, quote)
    return replace(outcome, answer=answer, answer_lang=outcome.lang, prediction=short,
                   citations=(cited,))  # fmt: skip


def _other(hits: Sequence[FoundPassage]) -> tuple[str, str]:
    """The first sentence of the first passage that is not labelled."""
    id = next(hit.passage for hit in hits if not hit.gold)
    text = passages()[id].text
    return id, text[slice(*sentence_spans(text)[0])]


def _values(outcome: Outcome) -> dict[str, float]:
    right = float(outcome.correct)
    values = {"correct": right, "same_language": 1.0}
    if outcome.answerable:
        rank = outcome.places.matched or 99
        near = {f"hit@{k}": float(rank <= k) for k in (1, 5, 10)}
        near |= {f"recall@{k}": float(rank <= k) / len(outcome.gold) for k in (5, 10)}
        near |= {"mrr@10": (rank <= 10) / rank, "ndcg@10": (rank <= 10) / log2(rank + 1)}
        values |= near | {f"article_{name}": near[name] for name in ("hit@1", "hit@10", "mrr@10")}
        values |= {"contained": right, "over_refusal": float(outcome.refused)}
        values["exact_match"] = exact_match(outcome.prediction, outcome.expected)
        values["f1"] = token_f1(outcome.prediction, outcome.expected)
    else:
        values["false_answer"] = float(not outcome.refused)
    if not outcome.refused:
        values |= {"verified": 1.0, "citation_recall": 1.0, "citation_precision": 1.0}
        values["cites_evidence"] = float(outcome.citations[0].passage in outcome.gold)
    return values
