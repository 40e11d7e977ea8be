"""What may be claimed of a comparison, in sentences that a reader without statistics can use.

A claim is made only of a metric in :data:`CLAIM_METRICS` whose change is significant after Holm's
correction over all of them that changed at all. Of the others it is said how large a change could
have gone unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from evaluate.compare.flips import blind_leg, lost_label, stage_of_fall, stage_of_loss
from evaluate.compare.pairs import Pair, gain, scores
from evaluate.results import Change, Outcome, Stage
from evaluate.statistics import wilson

SIGNIFICANT = 0.05
"""A corrected p below this is evidence of a change."""

Direction = Literal["better", "worse"]


@dataclass(frozen=True, slots=True)
class ClaimMetric:
    """How a metric is spoken of, and where a question that changed in it changed.

    ``worse`` and ``better`` follow a number of questions.
    """

    label: str
    stage: Callable[[Outcome, Outcome], Stage | None]
    worse: str = "worse"
    better: str = "better"


def _search_stage(better: Outcome, worse: Outcome) -> Stage | None:
    if lost := lost_label(better, worse):
        return lost
    old, new = better.places, worse.places
    if old.hits is None and new.hits is None:  # metrics look deeper than answers do
        old, new = replace(old, hits=old.matched), replace(new, hits=new.matched)
    return stage_of_fall(old, new)


def _citation(better: Outcome, worse: Outcome) -> Stage:
    return "citation"


def _refusal(better: Outcome, worse: Outcome) -> Stage:
    return blind_leg(better.places, worse.places) or "refusal"


CLAIM_METRICS = {
    "ndcg@10": ClaimMetric("ranking of the right passages", _search_stage),
    "recall@5": ClaimMetric("right passages among the first five", _search_stage),
    "contained": ClaimMetric("right answers", stage_of_loss, "broken", "fixed"),
    "correct": ClaimMetric("right answers and right refusals", stage_of_loss, "broken", "fixed"),
    "citation_recall": ClaimMetric("sentences that their citations support", _citation),
    "citation_precision": ClaimMetric("citations that support their sentence", _citation),
    "over_refusal": ClaimMetric(
        "answerable questions refused", _refusal, "newly refused", "no longer refused"
    ),
    "false_answer": ClaimMetric(
        "unanswerable questions answered", _refusal, "newly answered", "no longer answered"
    ),
}
"""The metrics that claims rest on. There are few, because each costs the others certainty."""

_WHERE: dict[Stage, str] = {
    "corpus": "in the corpus",
    "chunking": "at chunking",
    "dense": "at the dense leg",
    "lexical": "at the lexical leg",
    "legs": "at both search legs",
    "fusion": "at fusion",
    "selection": "at the selection of the answer",
    "citation": "at citation",
    "refusal": "at refusal",
    "error": "where there was an error",
}


def direction(change: Change) -> Direction | None:
    """Whether the report is significantly better or worse in a metric that claims rest on."""
    if change.metric not in CLAIM_METRICS or change.p_adjusted >= SIGNIFICANT:
        return None
    return "better" if gain(change.metric, change.before, change.after) > 0 else "worse"


def claims(changes: Sequence[Change], pairs: Sequence[Pair]) -> tuple[str, ...]:
    """Sentences: what got worse, what got better, and what could have changed unseen."""
    if not pairs:
        return ("Nothing can be compared: no question is in both reports with the same label.",)
    if all(_same(*pair) for pair in pairs):
        said = any(outcome.answer for pair in pairs for outcome in pair)
        what = "every answer is the same" if said else "every question scores the same"
        return (f"Nothing changed: {what}.",)
    tested = [change for change in changes if change.metric in CLAIM_METRICS]
    worse = [_claim(change, "worse", pairs) for change in tested if direction(change) == "worse"]
    better = [_claim(change, "better", pairs) for change in tested if direction(change) == "better"]
    unclear = [change for change in tested if direction(change) is None]
    return (*worse, *better, *_unseen(unclear, pairs, whole=not worse and not better))


def _same(before: Outcome, after: Outcome) -> bool:
    return (before.answer, before.status, before.values) == (
        after.answer,
        after.status,
        after.values,
    )


def _claim(change: Change, way: Direction, pairs: Sequence[Pair]) -> str:
    metric = CLAIM_METRICS[change.metric]
    affected = f"{_questions(change.worse)} {metric.worse}", f"{change.better} {metric.better}"
    if way == "better":
        affected = f"{_questions(change.better)} {metric.better}", f"{change.worse} {metric.worse}"
    doubt = (
        f"95 % interval {_signed(change.low)} to {_signed(change.high)}, "
        f"{p_value(change.p_adjusted)} after Holm's correction"
    )
    return (
        f"{way.capitalize()}: {metric.label} ({change.metric}) {moved(change)}, from "
        f"{_percent(change.before)} to {_percent(change.after)} ({doubt}): "
        f"{affected[0]}{_mainly(change.metric, way, pairs)}; {affected[1]}."
    )


def _mainly(metric: str, way: Direction, pairs: Sequence[Pair]) -> str:
    """The stage at which most of the questions changed, and how many: never more than is so."""
    stages: Counter[Stage | None] = Counter()
    compared = scores(pairs, metric)
    for pair, old, new in zip(compared.pairs, compared.before, compared.after, strict=True):
        gained = gain(metric, old, new)
        if gained and (gained > 0) == (way == "better"):
            better, worse = reversed(pair) if gained > 0 else pair
            stages[CLAIM_METRICS[metric].stage(better, worse)] += 1
    known = [stage for stage in get_args(Stage) if stages[stage]]
    if not known:
        return ""
    main = max(known, key=lambda stage: stages[stage])
    share = _share(stages[main], stages.total())
    return f", {share}{'won' if way == 'better' else 'lost'} {_WHERE[main]}"


def _share(count: int, total: int) -> str:
    if count == total:
        return "all of them " if total > 1 else ""
    return f"most of them ({count}) " if count * 2 > total else f"{count} of them "


def _unseen(changes: Sequence[Change], pairs: Sequence[Pair], *, whole: bool) -> Iterator[str]:
    """The sentence on metrics without evidence; ``whole`` where no metric has any."""
    if not changes:
        if whole:
            yield "Nothing can be claimed: the reports share no metric that claims rest on."
        return
    bounds = [(change.metric, _bound(change, pairs)) for change in changes]
    largest = max(bound for _, bound in bounds)
    each = ", ".join(f"{metric} {points(bound)}" for metric, bound in bounds)
    what = "a change" if whole else "another change"
    yield (
        f"No evidence of {what}: differences of up to {points(largest)} points cannot be ruled out"
        f"{f' ({each})' if len(bounds) > 1 else f' in {bounds[0][0]}'}."
    )


def _bound(change: Change, pairs: Sequence[Pair]) -> float:
    """The largest difference, either way, that the questions do not rule out.

    Where no cluster changed there is nothing to resample, and the bootstrap's interval is empty.
    The most that then may have changed elsewhere is Wilson's bound for none of so many clusters.
    """
    reach = max(abs(change.low), abs(change.high))
    return reach if reach > 1e-9 else wilson(0, len(set(scores(pairs, change.metric).clusters)))[1]


def _questions(count: int) -> str:
    return "1 question" if count == 1 else f"{count} questions"


def moved(change: Change) -> str:
    """Which way a metric went and how far: ``fell by 12.3 points``."""
    way = "rose" if change.difference > 0 else "fell"
    return f"{way} by {points(change.difference)} points"


def points(share: float) -> str:
    """The size of a difference of shares in percentage points.

    >>> points(-0.1234)
    '12.3'
    """
    size = abs(share) * 100
    return "less than 0.1" if 0 < size < 0.05 else f"{size:.1f}"


def _signed(share: float) -> str:
    rounded = round(share * 100, 1) + 0.0  # no minus before a zero
    return f"{rounded:+.1f}".replace("-", "−")


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def p_value(p: float) -> str:
    """A p-value as journals print it.

    >>> p_value(0.0123), p_value(0.00001)
    ('p = .0123', 'p < .0001')
    """
    return "p < .0001" if p < 0.0001 else f"p = {p:.3g}".replace("0.", ".")
