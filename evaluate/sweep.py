"""The same questions under a grid of settings: what does each part contribute?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from pydantic import ValidationError

from evaluate.measure.manifest import OF_THE_PLACE
from evaluate.measure.observe import OnProgress, observe
from evaluate.measure.outcome import measure
from evaluate.results import Estimates, Outcome
from evaluate.run import NOTHING_TO_ASK, SEED, Task, asked_of
from evaluate.statistics import estimates
from rag.assistant import Assistant, join
from rag.errors import EvaluationError, SettingsError
from rag.settings import Settings, load_settings

Variant = Mapping[str, Any]
"""Settings that differ from those at hand, by name."""

ABLATION: dict[str, Variant] = {
    "hybrid": {},
    "hybrid, no reader": {"reader": "none"},
    "hybrid, no soft match": {"match_weight": 0.0, "reader": "none"},
    "hybrid, rank fusion": {"fusion": "rrf", "match_weight": 0.0, "reader": "none"},
    "dense only": {"lexical_weight": 0.0, "match_weight": 0.0, "reader": "none"},
    "lexical only": {"dense_weight": 0.0, "match_weight": 0.0, "reader": "none"},
}
"""What each leg of the search contributes."""

_FIXED = {*OF_THE_PLACE, "encoder"}
"""Settings that a sweep cannot change: they belong to the store or are no part of answering."""


def grid(axes: Sequence[str]) -> dict[str, Variant]:
    """Every combination of ``name=value,value`` axes, keyed by how a table calls it.

    >>> list(grid(["k=4,8", "refuse=false"]))
    ['k=4 refuse=false', 'k=8 refuse=false']

    Raises:
        SettingsError: an axis names no setting of answering, or one that another axis names, or
            a value will not do.
    """
    load_settings()  # what is wrong with the environment is no fault of an axis
    parsed = [_axis(axis) for axis in axes]
    names = [axis[0][0] for axis in parsed]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"{name!r} is set twice. Give its values together: {name}=a,b.")
    return {
        " ".join(f"{name}={said}" for name, said, _ in chosen): {
            name: value for name, _, value in chosen
        }
        for chosen in product(*parsed)
    }


@dataclass(frozen=True, slots=True)
class Row:
    """What one variant came to, how many seconds it took, and how many questions failed."""

    estimates: Estimates
    seconds: float
    failed: int = 0


def sweep(
    tasks: Iterable[Task],
    variants: Mapping[str, Variant],
    *,
    answers: bool = True,
    seed: int = SEED,
    on_progress: OnProgress | None = None,
) -> dict[str, Row]:
    """Ask the questions of every task under every variant.

    Raises:
        EvaluationError: there is nothing to ask.
        StoreError: the vector index of a store cannot be opened or mended.
        ChatModelError: a variant names a chat model that cannot be had.
    """
    outcomes: dict[str, list[Outcome]] = {name: [] for name in variants}
    seconds = dict.fromkeys(variants, 0.0)
    for task in tasks:
        questions = asked_of(task, answers)
        task.assistant.store.open_index()  # all variants are to be asked of the same index
        for name, variant in variants.items():
            began = time.perf_counter()
            assistant = varied(task.assistant, variant)
            seen = observe(assistant, questions, answers=answers, on_progress=on_progress)
            outcomes[name] += measure(seen, assistant.store, assistant.settings)[0]
            seconds[name] += time.perf_counter() - began
    if not any(outcomes.values()):
        raise EvaluationError(NOTHING_TO_ASK)
    return {
        name: Row(
            estimates(outcomes[name], seed),
            seconds[name],
            sum(outcome.error is not None for outcome in outcomes[name]),
        )
        for name in variants
    }


def varied(assistant: Assistant, variant: Variant) -> Assistant:
    """An assistant over the same open store and models under other settings.

    Raises:
        ChatModelError: the variant names a chat model that cannot be had.
    """
    settings = assistant.settings.model_copy(update=dict(variant))
    reader = None if settings.reader == "none" else assistant.search.reader
    return join(settings, assistant.store, assistant.encoder, reader)


def _axis(axis: str) -> list[tuple[str, str, Any]]:
    name, equals, values = axis.partition("=")
    name = name.strip().lower().removeprefix("sanad_")
    if not equals or not values.strip():
        raise SettingsError(f"{axis!r} is no axis. Write it as name=value,value: k=4,8,16.")
    if name not in Settings.model_fields or name in _FIXED:
        known = ", ".join(n for n in Settings.model_fields if n not in _FIXED)
        raise SettingsError(f"{name!r} is no setting that a sweep can change. There are: {known}.")
    return [(name, said, value) for said, value in _values(name, values)]


def _values(name: str, values: str) -> Iterator[tuple[str, Any]]:
    for said in dict.fromkeys(value.strip() for value in values.split(",")):
        try:
            parsed = Settings.model_validate({name: said})
        except ValidationError as error:
            reason = error.errors()[0]["msg"]
            raise SettingsError(f"{name}={said} will not do: {reason}. Correct it.") from error
        yield said, getattr(parsed, name)
