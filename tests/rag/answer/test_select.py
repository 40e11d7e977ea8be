"""Which sentences may answer, in which order, and what in them is the answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.features import (
    SENTENCE_WEIGHTS,
    UNREAD_SENTENCE_WEIGHTS,
    Features,
    weigh,
)
from rag.answer.select import (
    LEAST_SURE,
    SENTENCES_READ,
    SURE,
    Candidate,
    candidates,
    key_phrases,
)
from rag.language.sentences import sentence_spans
from rag.models.reading import ReadSpan
from rag.search.rerank import READ
from tests.doubles import HashingEncoder
from tests.rag.answer.found import ZEROS, make_candidate, make_hit, read_signals
from tests.rag.samples import PARAGRAPHS, question
from tests.rag.strategies import prose

ENCODER = HashingEncoder()
NOTHING = Features(**ZEROS)
HOW_MANY = question("How many troops went to Kazakhstan?")


def places(found: list[Candidate]) -> list[tuple[int, int]]:
    """The rank of each candidate's hit, and where it begins there."""
    return [(c.hit.rank, c.start) for c in found]


@given(
    passages=st.lists(prose, max_size=4),
    asked=prose,
    scores=st.lists(st.floats(0, 1), min_size=4, max_size=4),
    margin=st.none() | st.floats(-20, 20),
)
def test_candidates_are_the_sentences_of_the_hits_best_first(
    passages: list[str], asked: str, scores: list[float], margin: float | None
) -> None:
    hits = [
        make_hit(text, rank, before="Before. ", score=scores[rank - 1])
        for rank, text in enumerate(passages, 1)
    ]
    found = candidates(question(asked), hits, ENCODER, read_signals(hits, margin))
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    assert sorted((c.hit.rank, c.start, c.end) for c in found) == [
        (hit.rank, hit.chunk.start + start, hit.chunk.start + end)
        for hit in hits
        for start, end in sentence_spans(hit.chunk.text)
    ]
    weights = UNREAD_SENTENCE_WEIGHTS if margin is None else SENTENCE_WEIGHTS
    for candidate in found:
        assert candidate.score == weigh(candidate.features, weights)
        assert candidate.text == candidate.hit.article.text[candidate.start : candidate.end]
        assert all(0 <= a < b <= len(candidate.text) for a, b in candidate.keys)


@given(st.permutations(range(3)))
def test_ties_go_by_the_rank_of_the_hit_and_then_by_position(order: list[int]) -> None:
    texts = ["One left. Two came.", "Three left.", "Four left. Five came. Six slept."]
    hits = [make_hit(texts[i], rank) for rank, i in enumerate(order, 1)]
    found = candidates(HOW_MANY, hits, ENCODER, weights=NOTHING)
    assert all(c.score == 0 for c in found)
    assert places(found) == sorted(places(found))


def test_the_same_question_finds_the_same_in_the_same_order() -> None:
    hits = [make_hit(text, rank) for rank, text in enumerate(PARAGRAPHS, 1)]
    first, again = (candidates(HOW_MANY, hits, HashingEncoder()) for _ in range(2))
    assert first == again
    assert first[0].text.startswith("The Collective Security Treaty Organization sent about 2,500")
    assert [first[0].text[slice(*key)] for key in first[0].keys] == ["2,500 troops"]


def test_only_so_many_hits_and_sentences_are_looked_at() -> None:
    many = [make_hit("It rained.", rank) for rank in range(1, READ + 3)]
    assert {c.hit.rank for c in candidates(HOW_MANY, many, ENCODER)} == set(range(1, READ + 1))
    long = [make_hit("It rained. " * SENTENCES_READ, rank) for rank in (1, 2)]
    found = candidates(HOW_MANY, long, ENCODER)
    assert len(found) == SENTENCES_READ
    assert {c.hit.rank for c in found} == {1}


def test_without_hits_there_are_no_candidates() -> None:
    assert candidates(HOW_MANY, [], ENCODER) == []


def test_ranks_and_gaps_are_among_the_hits_of_a_language() -> None:
    texts = ["One left.", "غادر واحد.", "Two left.", "غادر اثنان."]
    hits = [make_hit(text, i, score=1 - i / 10) for i, text in enumerate(texts, 1)]
    found = candidates(HOW_MANY, hits, ENCODER, weights=NOTHING)
    assert [(c.hit.rank, c.features.first_rank) for c in found] == [
        (1, 1.0), (2, 1.0), (3, 0.5), (4, 0.5),
    ]  # fmt: skip
    assert [c.features.gap for c in found] == pytest.approx([0.0, 0.0, -0.2, -0.2])
    assert [c.features.same_language for c in found] == [1.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("asked", "sentence", "kind_fit", "person_fit"),
    [
        ("How many troops left?", "About 2,500 left.", 1, 0),
        ("How many troops left?", "All of them left.", -1, 0),
        ("How many troops left?", "Two left.", 0, 0),
        ("How many of the 2,500 left?", "The 2,500 left.", -1, 0),
        ("When did they leave?", "They left on January 6.", 1, 0),
        ("Who commands them?", "General Andrei Serdyukov does.", 0, 1),
        ("Who commands them?", "Nobody does.", 0, -1),
        ("من يقودهم؟", "لا أحد يقودهم.", 0, 0),
        ("من يقودهم؟", "يقودهم الجنرال أندريه سيرديوكوف.", 0, 1),
        ("Where did they go?", "They went to 9 towns.", 0, 0),
    ],
)
def test_only_firm_kinds_and_persons_have_a_fit(
    asked: str, sentence: str, kind_fit: float, person_fit: float
) -> None:
    (found,) = candidates(question(asked), [make_hit(sentence)], ENCODER)
    assert (found.features.kind_fit, found.features.person_fit) == (kind_fit, person_fit)


def test_a_reading_is_counted_from_where_the_sentence_begins() -> None:
    hit = make_hit("One left. Two came.", before="Before. ")
    for candidate in candidates(HOW_MANY, [hit], ENCODER, read_signals([hit], 5.0)):
        assert candidate.span is not None
        assert candidate.text[candidate.span.start : candidate.span.end] in ("One left", "Two came")
        assert candidate.features.reading == pytest.approx(0.25)


SENTENCE = "On January 6 about 2,500 troops and 70 trucks reached Almaty."
DATE, TROOPS, TRUCKS = ("January 6", "2,500 troops", "70 trucks")


def at(part: str) -> tuple[int, int]:
    """Where ``part`` stands in the sentence."""
    return SENTENCE.index(part), SENTENCE.index(part) + len(part)


@pytest.mark.parametrize(
    ("asked", "keys", "read", "margin", "key"),
    [
        # the reader is sure enough, if form agrees or shows nothing
        ("How many?", [TROOPS], "2,500", LEAST_SURE + 0.1, "2,500"),
        ("How many?", [], "2,500", LEAST_SURE + 0.1, "2,500"),
        ("How many?", [TROOPS], "2,500", LEAST_SURE, TROOPS),
        ("How many?", [], "2,500", LEAST_SURE, None),
        # against form it must be surer
        ("How many?", [TROOPS], "Almaty", SURE + 0.1, "Almaty"),
        ("How many?", [TROOPS], "Almaty", SURE, TROOPS),
        ("How many?", [TROOPS, TRUCKS], "Almaty", 0.0, TROOPS),
        ("How many?", [TROOPS], "about 2,500", LEAST_SURE + 0.1, "about 2,500"),
        # without a reader what stands nearest to the question's words
        ("How many?", [], None, 0.0, None),
        ("How many?", [TROOPS, TRUCKS], None, 0.0, TROOPS),
        ("How many trucks?", [TROOPS, TRUCKS], None, 0.0, TRUCKS),
        ("How many troops?", [TROOPS, TRUCKS], None, 0.0, TROOPS),
        ("How many reached Almaty?", [TROOPS, TRUCKS], None, 0.0, TRUCKS),
        ("كم وصل إلى ألماتي؟", [TROOPS, TRUCKS], None, 0.0, TRUCKS),
    ],
)
def test_the_key_phrase(
    asked: str, keys: list[str], read: str | None, margin: float, key: str | None
) -> None:
    span = ReadSpan(*at(read), margin) if read else None
    hit = make_hit(f"It rained. {SENTENCE}", before="Before. ")
    candidate = make_candidate(hit, start=11, keys=tuple(map(at, keys)), span=span)
    assert candidate.text == SENTENCE
    chosen = key_phrases(candidate, question(asked))
    assert [SENTENCE[slice(*span)] for span in chosen] == ([key] if key else [])


def test_of_a_list_all_items_are_key_phrases() -> None:
    items = tuple(ReadSpan(*at(text), 5.0) for text in (TROOPS, TRUCKS))
    hit = make_hit(f"It rained. {SENTENCE}", before="Before. ")
    candidate = replace(make_candidate(hit, start=11, span=items[0]), items=items)
    chosen = key_phrases(candidate, question("What was sent?"))
    assert [SENTENCE[slice(*span)] for span in chosen] == [TROOPS, TRUCKS]


@given(asked=prose, sentence=prose, margin=st.none() | st.floats(-20, 20))
def test_a_key_phrase_is_one_of_those_at_hand(
    asked: str, sentence: str, margin: float | None
) -> None:
    hit = make_hit(sentence)
    for candidate in candidates(question(asked), [hit], ENCODER, read_signals([hit], margin)):
        read = candidate.span and (candidate.span.start, candidate.span.end)
        items = [(item.start, item.end) for item in candidate.items]
        chosen = key_phrases(candidate, question(asked))
        assert {*chosen} <= {read, *items, *candidate.keys}
        unread = key_phrases(replace(candidate, span=None), question(asked))
        assert len(unread) == bool(candidate.keys)
        assert {*unread} <= {*candidate.keys}
