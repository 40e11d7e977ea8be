"""Questions that were fixed or broken, and the stage of the way that made it so."""

from __future__ import annotations

from collections.abc import Sequence

from evaluate.compare.pairs import Pair
from evaluate.passages import Places
from evaluate.results import Flip, Outcome, Stage

NEAR = 10
"""A passage at this rank of a search leg or above counts as near the top."""


def flips(pairs: Sequence[Pair]) -> tuple[Flip, ...]:
    """The questions that are correct on one side alone: the broken ones first, each by id."""
    changed = [pair for pair in pairs if pair[0].correct != pair[1].correct]
    return tuple(_flip(*pair) for pair in sorted(changed, key=lambda p: (p[1].correct, p[1].id)))


def _flip(before: Outcome, after: Outcome) -> Flip:
    fixed = after.correct
    return Flip(
        id=after.id,
        question=after.question,
        kind="fixed" if fixed else "broken",
        before=_said(before),
        after=_said(after),
        status_before=before.status,
        status_after=after.status,
        stage=stage_of_loss(after, before) if fixed else stage_of_loss(before, after),
    )


def _said(outcome: Outcome) -> str:
    return outcome.answer or outcome.error or ""


def stage_of_loss(better: Outcome, worse: Outcome) -> Stage | None:
    """The stage at which ``worse`` lost what ``better`` had.

    Where the labelled passage fell among the hits, or out of them, the stage of retrieval that let
    it fall. Else retrieval did for both what it could, and the answer made the difference.
    """
    if worse.status == "failed":
        return "error"
    if lost := lost_label(better, worse):
        return lost
    fall = stage_of_fall(better.places, worse.places) or blind_leg(better.places, worse.places)
    if fall or worse.blame in (None, "selection", "citation", "refusal"):
        return fall or worse.blame
    return "refusal" if worse.refused else "selection"


def lost_label(better: Outcome, worse: Outcome) -> Stage | None:
    """Where ``worse`` has no whole labelled passage to find, what took it; None: it has one.

    No search lost what is not there.
    """
    if worse.blame in ("corpus", "chunking") and better.gold != worse.gold:
        return worse.blame
    return "corpus" if better.gold and not worse.gold else None


def stage_of_fall(better: Places, worse: Places) -> Stage | None:
    """The stage of retrieval that let the labelled passage fall; None: its hit did not fall.

    The search legs run side by side, so that a fall in both is put down to both. A fall in a leg
    that fusion made up for did no harm, and a later one is fusion's; a leg that had the passage
    near the top and no longer sees it at all is to blame for whatever came after.
    """
    if not _fell(better.hits, worse.hits):
        return None
    if blind := blind_leg(better, worse):
        return blind
    merged = ((better.fused, worse.fused), (better.matched, worse.matched))
    if any(old is not None and not _fell(old, new) for old, new in merged):
        return "fusion"
    dense, lexical = _fell(better.dense, worse.dense), _fell(better.lexical, worse.lexical)
    if dense and lexical:
        return "legs"
    return "dense" if dense else "lexical" if lexical else "fusion"


def blind_leg(better: Places, worse: Places) -> Stage | None:
    """The leg that had the passage near the top in ``better`` and lacks it in ``worse``, if any.

    What is decided later leans on both legs (similarity, coverage, agreement), so that a leg that
    sees nothing harms also where the other one finds the passage. One that had it further down
    did little for it, and is missed as little.
    """
    dense = _is_near(better.dense) and worse.dense is None
    lexical = _is_near(better.lexical) and worse.lexical is None
    if dense and lexical:
        return "legs"
    return "dense" if dense else "lexical" if lexical else None


def _is_near(rank: int | None) -> bool:
    return rank is not None and rank <= NEAR


def _fell(better: int | None, worse: int | None) -> bool:
    return better is not None and (worse is None or worse > better)
