"""The chain: order of its stream, what it takes, finds and refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from rag.assistant import Assistant, join
from rag.chain import Ask, State
from rag.errors import QuestionError
from rag.search.retrieve import Search

ASK = Ask(question="Who commands CSTO forces?", history=(), answer_lang="auto", k=None)


async def _states(assistant: Assistant) -> list[State]:
    return [state async for state in assistant.way.states(ASK)]


async def _streamed(assistant: Assistant) -> list[State]:
    return [state async for state in assistant.chain.astream(ASK)]


@pytest.mark.parametrize("states", [_states, _streamed], ids=["as it is", "as a Runnable"])
def test_the_stream_brings_what_was_found_then_the_answer(
    assistant: Assistant, states: Callable[[Assistant], Coroutine[Any, Any, list[State]]]
) -> None:
    found, *answering = asyncio.run(states(assistant))
    assert found.answer is None
    assert found.search is not None
    assert found.search.signals.keys() == {hit.chunk.id for hit in found.search.hits}
    chunks = [state.answer for state in answering if state.answer]
    assert len(chunks) == len(answering) > 1
    assert chunks[-1].answer is not None
    assert chunks[-1].answer.hits == found.search.hits
    assert "".join(chunk.text for chunk in chunks) == chunks[-1].answer.text


def test_the_whole_at_once_is_the_pieces_together(assistant: Assistant) -> None:
    whole = asyncio.run(assistant.chain.ainvoke(ASK))
    assert whole.answer
    assert whole.answer.answer
    assert whole.answer.text == whole.answer.answer.text


def test_timings_name_every_stage(assistant: Assistant) -> None:
    timings = assistant.ask("كم عدد الجنود المرسلين؟").timings
    assert {"understand", "encode", "dense", "lexical", "fuse", "match", "select"} <= set(timings)
    assert timings["total"] >= timings["encode"]


@pytest.mark.parametrize("question", ["", "   ", "؟!", "\u200f"])
def test_an_empty_question_is_an_error(assistant: Assistant, question: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        assistant.ask(question)


def test_a_question_over_the_limit_names_the_way_out(assistant: Assistant) -> None:
    with pytest.raises(QuestionError, match="SANAD_MAX_QUESTION_CHARS"):
        assistant.ask("why " * 1000)


def test_k_is_the_number_of_hits(assistant: Assistant) -> None:
    for k in (1, 3, 20):
        hits = assistant.ask("When did the withdrawal begin?", k=k).hits
        assert [hit.rank for hit in hits] == list(range(1, k + 1))


def test_hits_come_from_both_languages_and_say_which_legs_found_them(assistant: Assistant) -> None:
    hits = assistant.search.find("How many troops were sent to Kazakhstan?").hits
    assert {hit.chunk.lang for hit in hits} == {"ar", "en"}
    for hit in hits:
        assert hit.legs
        assert {leg.name.split("-")[1] for leg in hit.legs} == {hit.chunk.lang}
        assert len({leg.name for leg in hit.legs}) == len(hit.legs)
        assert all(leg.rank >= 1 for leg in hit.legs)


def test_a_leg_can_be_switched_off(assistant: Assistant) -> None:
    def legs(**changes: float) -> set[str]:
        settings = assistant.settings.model_copy(update=changes)
        search = Search(assistant.store, assistant.encoder, settings)
        hits = search.find("Who commands CSTO forces?").hits
        return {leg.name.split("-")[0] for hit in hits for leg in hit.legs}

    assert legs(dense_weight=0.0) == {"lexical"}
    assert legs(lexical_weight=0.0) == {"dense"}
    assert legs() == {"dense", "lexical"}


@pytest.mark.parametrize(
    "question", ["Who won the 2018 World Cup?", "من فاز بكأس العالم عام 2018؟"]
)
def test_the_right_event_in_another_year_is_refused(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.refused
    assert "2018" in answer.missing


def test_a_figure_that_the_article_lacks_is_not_taken_for_a_year(assistant: Assistant) -> None:
    assert not assistant.ask("Did the CSTO send 3,100 troops to Kazakhstan?").refused


def test_while_it_is_searched_for_a_question_goes_first(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    first: list[bool] = []

    def on_lookup(*args: Any, **kwargs: Any) -> Any:
        first.append(not own.precedence.give_way(0))
        return search_dense(*args, **kwargs)

    own = join(assistant.settings, assistant.store, assistant.encoder)
    search_dense = assistant.store.search_dense_parts
    monkeypatch.setattr(assistant.store, "search_dense_parts", on_lookup)
    own.ask("Who commands CSTO forces?")
    assert first
    assert all(first)
    assert own.precedence.give_way(0), "the question is over"
