"""What stands against reading a difference between two reports as an effect of one change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaluate.compare.pairs import Pair, Pairs
from evaluate.results import Manifest, Report

FEW_QUESTIONS = 30
FEW_CLUSTERS = 8
"""With fewer clusters of questions than this, even a change in all of them may look like chance."""

_SHOWN_IDS = 5


def cautions(report: Report, baseline: Report, pairs: Pairs) -> tuple[str, ...]:
    """Sentences on what differs beside the results, and on whether there is enough to compare."""
    before, after = baseline.manifest, report.manifest
    return (
        *_labels(before, after, pairs),
        *_measured(before, after),
        *_settings(before, after),
        *_trees(before, after),
        *_failures(pairs.shared),
        *_few(pairs.shared),
    )


def _labels(before: Manifest, after: Manifest, pairs: Pairs) -> Iterator[str]:
    old, new = before.question_files, after.question_files
    if set(old.values()) != set(new.values()):
        names = {name for name, digest in old.items() if digest not in new.values()}
        names |= {name for name, digest in new.items() if digest not in old.values()}
        yield (
            f"The question files differ ({', '.join(sorted(names))}): only the questions that both "
            "have with the same words and label are compared."
        )
    if pairs.relabelled:
        yield (
            f"{_questions(len(pairs.relabelled))} left out because words or label changed: "
            f"{_ids(pairs.relabelled)}."
        )
    if pairs.only_before:
        yield not_asked(pairs.only_before)


def _measured(before: Manifest, after: Manifest) -> Iterator[str]:
    if before.corpus != after.corpus:
        yield (
            f"The articles differ (corpus {before.corpus[:8]} with {before.articles} articles "
            f"before, {after.corpus[:8]} with {after.articles} now): a change may be theirs."
        )
    if before.encoder != after.encoder:
        yield f"The encoders differ: {before.encoder} → {after.encoder}."
    elif before.encoder_weights != after.encoder_weights:
        yield (
            f"The weights of the encoder {after.encoder} differ: {before.encoder_weights[:8]} → "
            f"{after.encoder_weights[:8]}."
        )
    if before.answers != after.answers:
        which = "report" if before.answers else "baseline"
        yield f"The {which} measured retrieval alone: answers are not compared."


def _settings(before: Manifest, after: Manifest) -> Iterator[str]:
    names = sorted(before.settings.keys() | after.settings.keys())
    values = [(n, _value(before.settings, n), _value(after.settings, n)) for n in names]
    changed = [f"{name}: {old} → {new}" for name, old, new in values if old != new]
    if changed:
        yield f"Settings differ: {', '.join(changed)}."


def _value(settings: dict[str, str | int | float | bool | None], name: str) -> str:
    if name not in settings:
        return "not recorded"
    value = settings[name]
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _trees(before: Manifest, after: Manifest) -> Iterator[str]:
    dirty = [name for name, m in (("baseline", before), ("report", after)) if m.dirty]
    for name in dirty:
        yield f"The {name} was made with uncommitted changes: its commit is not what was measured."


def _failures(pairs: Sequence[Pair]) -> Iterator[str]:
    before = sum(old.status == "failed" for old, _ in pairs)
    after = sum(new.status == "failed" for _, new in pairs)
    if before or after:
        yield (
            f"Questions that failed with an error: {before} before, {after} now. They count as "
            "not found and not answered."
        )


def _few(pairs: Sequence[Pair]) -> Iterator[str]:
    clusters = len({new.cluster for _, new in pairs})
    if pairs and (len(pairs) < FEW_QUESTIONS or clusters < FEW_CLUSTERS):
        yield (
            f"Only {_questions(len(pairs))} compared, in {clusters} "
            f"cluster{'s' * (clusters != 1)} (those on one article are one): too few to tell most "
            "changes from chance."
        )


def not_asked(ids: Sequence[str]) -> str:
    """The sentence on questions that the baseline has and the report has not."""
    many = "1 question" if len(ids) == 1 else f"{len(ids)} questions"
    return f"{many} of the baseline {'was' if len(ids) == 1 else 'were'} not asked: {_ids(ids)}."


def _questions(count: int) -> str:
    return "1 question is" if count == 1 else f"{count} questions are"


def _ids(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:_SHOWN_IDS])
    return f"{shown} and {len(ids) - _SHOWN_IDS} more" if len(ids) > _SHOWN_IDS else shown
