"""Grids of settings, and asking the same questions under each."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.run import Task, evaluate
from evaluate.sweep import ABLATION, grid, sweep, varied
from rag.assistant import Assistant
from rag.errors import ChatModelError, EvaluationError, SettingsError
from rag.settings import Settings
from tests.evaluate.conftest import ALL, ARABIC, HOW_MANY, NOT_THERE, UNLABELLED, WHO


@pytest.mark.parametrize(
    ("axes", "variants"),
    [
        ([], {"": {}}),
        (["k=4"], {"k=4": {"k": 4}}),
        ([" K = 4 , 8 "], {"k=4": {"k": 4}, "k=8": {"k": 8}}),
        (["SANAD_REFUSE=false,true"], {"refuse=false": {"refuse": False},
                                       "refuse=true": {"refuse": True}}),
        (["k=4,4"], {"k=4": {"k": 4}}),
        (["match_weight=0,0.5"], {"match_weight=0": {"match_weight": 0.0},
                                  "match_weight=0.5": {"match_weight": 0.5}}),
        (["fusion=rrf", "k=4,8"], {"fusion=rrf k=4": {"fusion": "rrf", "k": 4},
                                   "fusion=rrf k=8": {"fusion": "rrf", "k": 8}}),
        (["chat_model=,ollama:qwen3:8b"], {"chat_model=": {"chat_model": ""},
                                           "chat_model=ollama:qwen3:8b":
                                               {"chat_model": "ollama:qwen3:8b"}}),
    ],
)  # fmt: skip
def test_axes_make_a_grid(axes: list[str], variants: dict[str, Any]) -> None:
    assert grid(axes) == variants
    assert list(grid(axes)) == list(variants)


@pytest.mark.parametrize(
    ("axes", "complaint"),
    [
        (["k"], "'k' is no axis.*k=4,8,16"),
        (["k="], "'k=' is no axis"),
        (["k= "], "'k= ' is no axis"),
        (["=4"], "'' is no setting"),
        (["kk=4"], "'kk' is no setting that a sweep can change. There are: .*depth"),
        (["store=a"], "'store' is no setting that a sweep can change"),
        (["encoder=a"], "'encoder' is no setting"),
        (["bidi=visual"], "'bidi' is no setting"),
        (["allow_private=true"], "'allow_private' is no setting"),
        (["allowed_hosts=a"], "'allowed_hosts' is no setting"),
        (["k=4,many"], "k=many will not do: .*integer"),
        (["k=0"], "k=0 will not do: .*greater than or equal to 1"),
        (["k=4,,8"], "k= will not do"),
        (["fusion=sum"], "fusion=sum will not do: .*'linear' or 'rrf'"),
        (["dense_weight=-1"], "dense_weight=-1 will not do"),
        (["k=4", "depth=5", "SANAD_K=8"], "'k' is set twice. Give its values together"),
    ],
)
def test_an_axis_that_will_not_do(axes: list[str], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        grid(axes)


def test_a_bad_value_in_the_environment_is_not_laid_at_the_door_of_an_axis(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SANAD_DEPTH", "deep")
    with pytest.raises(SettingsError, match="SANAD_DEPTH='deep' will not do"):
        grid(["k=4"])


@given(st.lists(st.sampled_from(["k=1,2,3", "depth=5,9", "refuse=true,false"]), unique=True))
def test_a_grid_is_every_combination_once(axes: list[str]) -> None:
    variants = grid(axes)
    sizes = [axis.count(",") + 1 for axis in axes]
    assert len(variants) == math.prod(sizes)
    assert len({tuple(variant.items()) for variant in variants.values()}) == len(variants)
    for name, variant in variants.items():
        assert name.split() == [f"{key}={str(value).lower()}" for key, value in variant.items()]


@pytest.mark.parametrize("variant", ABLATION.values(), ids=ABLATION)
def test_every_variant_of_the_ablation_is_one_of_settings(variant: dict[str, Any]) -> None:
    assert Settings(**variant).model_dump().items() >= variant.items()


def test_a_variant_keeps_what_is_open(assistant: Assistant) -> None:
    changed = varied(assistant, {"k": 2, "refuse": False})
    assert changed.store is assistant.store
    assert changed.encoder is assistant.encoder
    assert (changed.settings.k, changed.settings.depth) == (2, assistant.settings.depth)
    assert (assistant.settings.k, assistant.settings.refuse) == (8, True)
    assert len(changed.ask(WHO.question).hits) == 2
    assert assistant.ask(NOT_THERE.question).refused
    assert not changed.ask(NOT_THERE.question).refused


def test_each_variant_is_measured_as_if_it_were_set(assistant: Assistant) -> None:
    variants = {"as it is": {}, "one": {"k": 1}, "all": {"refuse": False}}
    told: list[tuple[int, int]] = []
    rows = sweep(
        [Task(assistant, ALL, [])],
        variants,
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert list(rows) == list(variants)
    for name, variant in variants.items():
        alone = evaluate([Task(varied(assistant, variant), ALL, [])])
        assert rows[name].estimates == alone.summary.all
        assert rows[name].failed == 0
        assert rows[name].seconds > 0
    assert rows["all"].estimates["false_answer"].mean == 1.0
    assert rows["as it is"].estimates["false_answer"].mean == 0.0
    assert told == [(n, len(ALL)) for n in range(1, len(ALL) + 1)] * 3


def test_tasks_count_together(assistant: Assistant) -> None:
    tasks = [Task(assistant, [WHO], []), Task(assistant, [HOW_MANY, ARABIC], [])]
    (row,) = sweep(iter(tasks), {"": {}}, answers=False).values()
    assert row.estimates["hit@1"].n == 3
    assert "correct" not in row.estimates


def test_each_leg_alone_finds_what_it_can(assistant: Assistant) -> None:
    rows = sweep([Task(assistant, ALL, [])], ABLATION, answers=False)
    assert list(rows) == list(ABLATION)
    assert all(0 <= row.estimates["recall@10"].mean <= 1 for row in rows.values())
    assert rows["hybrid"].estimates["recall@10"].mean == 1.0


@pytest.mark.parametrize("questions", [(), (UNLABELLED, NOT_THERE)])
def test_nothing_to_ask_is_an_error(assistant: Assistant, questions: Any) -> None:
    with pytest.raises(EvaluationError, match="no question to ask"):
        sweep([Task(assistant, questions, [])], {"": {}}, answers=False)


def test_a_chat_model_that_cannot_be_had_is_an_error(assistant: Assistant) -> None:
    with pytest.raises(ChatModelError):
        sweep([Task(assistant, [WHO], [])], {"": {"chat_model": "nobody:nothing"}})


def test_questions_that_failed_are_counted(assistant: Assistant) -> None:
    long = [WHO, HOW_MANY]
    rows = sweep([Task(assistant, long, [])], grid([f"max_question_chars={len(WHO.question)},40"]))
    assert [row.failed for row in rows.values()] == [1, 0]
