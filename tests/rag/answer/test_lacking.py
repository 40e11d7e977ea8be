"""Which facts of a question its passage and article lack."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answer.lacking import BEGINNING, IN_ARTICLE_ONLY, LONGEST_READ, asked_facts, lacking
from rag.types import Hit
from tests.rag.answer.found import make_hit
from tests.rag.samples import PARAGRAPHS, question

ARABIC, ENGLISH, _ = PARAGRAPHS
FILLER = "Rain fell on the hills again and the river rose. "


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("What happened?", []),
        ("How many troops went to Egypt in 2022?", ["Egypt", "2022"]),
        ("كم عدد الجنود في مصر عام ٢٠٢٢؟", ["مصر", "٢٠٢٢"]),
        ("What happened in May 2019?", ["May 2019"]),
        ("Did 2,500 go, and did Egypt pay 2,500?", ["2,500", "Egypt", "2,500"]),
        ("Who is Serdyukov of NATO?", ["Serdyukov", "NATO"]),
    ],
)
def test_the_facts_of_a_question(text: str, facts: list[str]) -> None:
    assert [fact.text for fact in asked_facts(text)] == facts


@pytest.mark.parametrize(
    ("text", "hit", "shares"),
    [
        ("What happened?", make_hit(ENGLISH), []),
        ("How many went to Kazakhstan in 2022?", make_hit(ENGLISH), [0, 0]),
        ("How many went to Kazakhstan in 2021?", make_hit(ENGLISH), [0, 1]),
        ("How many went to Egypt in 2022?", make_hit(ENGLISH), [1, 0]),
        ("How many went to Egypt in 2022?", make_hit(ARABIC, before="زار مصر. "), [0.5, 0]),
        ("How many went to Kazakhstan in 2022?", make_hit(ARABIC), [0, 0]),
        ("كم جنديا أرسل إلى كازاخستان؟", make_hit(ENGLISH), [0]),
        ("Did Serdyukov lead 2,500?", make_hit(ARABIC), [0, 0]),
        ("Did Lavrov lead 9,000?", make_hit(ENGLISH, after=" 9,000 fled Lavrov."), [0.5, 0.5]),
        ("Was it in 2019?", make_hit("It rained.", article={"title": "Floods of 2019"}), [0]),
        ("Was it in 2019?", make_hit("It rained.", article={"published": "2019-05-01"}), [0]),
        ("Was it in May 2019?", make_hit("It rained.", article={"published": "2019-05-01"}), [0]),
        ("Was it in June 2019?", make_hit("It rained.", article={"published": "2019-05-01"}), [1]),
        ("Was it in May 2018?", make_hit("It rained.", article={"published": "2019-05-01"}), [1]),
        ("هل كان في أيار 2019؟", make_hit("It rained.", article={"published": "2019-05-01"}), [0]),
        ("هل كان في مايو ٢٠١٩؟", make_hit("It rained.", article={"published": "2019-05"}), [1]),
        ("Was it Wednesday?", make_hit("It rained.", article={"published": "2019-05-01T08"}), [0]),
        ("Was it in May 2019?", make_hit("In May it rained."), [1]),
        ("Was it in May 2019?", make_hit("In May 2019 it rained."), [0]),
    ],
)
def test_how_missing_each_fact_is(text: str, hit: Hit, shares: list[float]) -> None:
    assert [lack.share for lack in lacking(question(text), hit)] == shares


@settings(max_examples=25)
@given(place=st.integers(0, LONGEST_READ - 7), passage=st.integers(0, LONGEST_READ))
def test_an_article_of_ordinary_length_is_looked_through_as_a_whole(
    place: int, passage: int
) -> None:
    filler = (FILLER * LONGEST_READ)[: LONGEST_READ - len(" Egypt ")]
    text = f"{filler[:place]} Egypt {filler[place:]}"
    hit = make_hit("It rained.", article={"text": text})
    hit = replace(hit, chunk=replace(hit.chunk, start=passage, end=passage))
    (lack,) = lacking(question("How many went to Egypt?"), hit)
    assert lack.share == IN_ARTICLE_ONLY


NEAR = (LONGEST_READ - BEGINNING) // 2 - 100
FAR_AWAY = FILLER * (2 * LONGEST_READ // len(FILLER))


@pytest.mark.parametrize(
    ("hit", "share"),
    [
        (make_hit("It rained.", before=f"Egypt. {FAR_AWAY}"), IN_ARTICLE_ONLY),
        (make_hit("It rained.", before=f"{'x ' * (BEGINNING // 2 - 5)}Egypt. {FAR_AWAY}"), 0.5),
        (make_hit("It rained.", before=f"{FAR_AWAY}Egypt. {FAR_AWAY}"), 1.0),
        (make_hit("It rained.", before=f"{FAR_AWAY}Egypt. {'x ' * (NEAR // 2)}"), 0.5),
        (make_hit("It rained.", after=f" {'x ' * (NEAR // 2)}Egypt. {FAR_AWAY}"), 0.5),
        (make_hit("It rained.", before=FAR_AWAY, after=f"{FAR_AWAY}Egypt."), 1.0),
        (make_hit("It rained.", before=FAR_AWAY, article={"title": "Egypt"}), 0.0),
        (make_hit("It rained.", before=FAR_AWAY, after="Egypt" * LONGEST_READ), 1.0),
    ],
)
def test_of_a_book_its_beginning_and_what_surrounds_the_passage_count(
    hit: Hit, share: float
) -> None:
    (lack,) = lacking(question("How many went to Egypt?"), hit)
    assert lack.share == share


@pytest.mark.parametrize("left", range(len("Nigeria, ")))
def test_half_a_word_is_no_other_word(left: int) -> None:
    edge = BEGINNING - left
    hit = make_hit("It rained.", before=f"{'x ' * edge}"[:edge] + f"Nigeria, {FAR_AWAY}{FAR_AWAY}")
    (lack,) = lacking(question("How many went to Niger?"), hit)
    assert lack.share == 1.0
