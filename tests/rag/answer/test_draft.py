"""What a reader may see of a draft while it comes in, and what it amounts to in the end."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.draft import LONGEST_GAP, NO_ANSWER, Draft
from tests.linear import assert_linear

WHOLE = {
    "2,500 soldiers [1].": ("2,500 soldiers [1].", False),
    "  أُرسل ٢٥٠٠ جندي [١].\n": ("أُرسل ٢٥٠٠ جندي [١].", False),
    "«لا» [1].": ("«لا» [1].", False),
    "a < b and <thin> air [1].": ("a < b and <thin> air [1].", False),
    "": ("", False),
    "NO_ANSWER": ("", True),
    "NO_ANSWER.": ("", True),
    '"NO_ANSWER".': ("", True),
    "«NO_ANSWER»": ("", True),
    "**NO\\_ANSWER**": ("", True),
    "no_answer": ("", True),
    "No answer.": ("", True),
    "NO_ANSWER [1]": ("", True),
    "[1] NO_ANSWER": ("", True),
    "NO_ANSWER\n\nThe passages do not say who it was.": ("", True),
    "<think>Passage 2? No.</think>\n\nNO_ANSWER": ("", True),
    "The passages do not say. NO_ANSWER": ("The passages do not say.", True),
    "It was 2,500 [1]. NO_ANSWER": ("It was 2,500 [1].", True),
    "It was 2,500 [1]. NO_ANSWER Or 3,000 [2].": ("It was 2,500 [1]. Or 3,000 [2].", True),
    "No answer was given on 6 January [1].": ("No answer was given on 6 January [1].", False),
    "<think>Is it 9? NO_ANSWER?</think>It was 2,500 [1].": ("It was 2,500 [1].", False),
    "<THINKING>Hm.</THINKING>Yes [1].": ("Yes [1].", False),
    "Yes [1].<think>Am I sure?</think> It is [2].": ("Yes [1]. It is [2].", False),
    "Let me see. </think>It was 2,500 [1].": ("It was 2,500 [1].", False),
    "<think>It may be that": ("", False),
}


def feed(text: str, cuts: list[int]) -> tuple[str, tuple[str, bool]]:
    """What is shown on the way, and the end, of ``text`` arriving cut at ``cuts``."""
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    draft = Draft()
    shown = "".join(draft.add(text[start:end]) for start, end in pairwise(edges))
    return shown, draft.end()


@pytest.mark.parametrize("text", WHOLE)
def test_end(text: str) -> None:
    assert feed(text, [])[1] == WHOLE[text]


@given(text=st.sampled_from(sorted(WHOLE)), cuts=st.lists(st.integers(0, 100)))
def test_cuts_do_not_matter(text: str, cuts: list[int]) -> None:
    shown, end = feed(text, cuts)
    assert end == WHOLE[text]
    if not text.startswith("Let me see."):  # reasoning that nothing announced is seen too late
        assert end[0].startswith(shown)


@given(
    before=st.text("abNO_<>[1] .«\n", max_size=8),
    token=st.sampled_from([NO_ANSWER, NO_ANSWER.lower(), "<think>", "</think>"]),
    after=st.text("abNO_<>[1] .«\n", max_size=8),
    cuts=st.lists(st.integers(0, 40), max_size=12),
)
def test_no_token_is_ever_shown(before: str, token: str, after: str, cuts: list[int]) -> None:
    # A letter next to it would make it part of a longer word.
    text = f"{before.rstrip('abNO')}{token}{after.lstrip('abNO')}"
    shown, (end, _) = feed(text, cuts)
    assert token.lower() not in shown.lower()
    assert token.lower() not in end.lower()


@given(text=st.text(), cuts=st.lists(st.integers(0, 100), max_size=8))
def test_any_text_arrives(text: str, cuts: list[int]) -> None:
    shown, end = feed(text, cuts)
    assert end == feed(text, [])[1]
    assert end[0].startswith(shown)


def test_pieces_are_shown_as_they_come() -> None:
    draft = Draft()
    assert [draft.add(piece) for piece in ("It was ", "2,500 ", "soldiers ", "[1].")] == [
        "It was",
        " 2,500",
        " soldiers",
        " [1].",
    ]


def test_half_a_character_is_shown_as_one_that_is_missing() -> None:
    draft = Draft()
    draft.add("2500 \ud83d جندي [1]")
    assert draft.end()[0] == "2500 \ufffd جندي [1]"


MODEL_FRAGMENTS = (
    "\n",
    " \u00a0",
    "1. ",
    "word ",
    "كلمة ",
    "NO_ANSWER ",
    "NO_ANSWER",
    "NO\\_",
    "It was 2,500 [1]. ",
    "<think>",
    "</think>",
    "<think>Hm.</think>",
    "<th",
)
"""What a model that has lost its way may write again and again."""


def write_in_characters(text: str) -> tuple[str, bool]:
    """What a draft amounts to that comes character by character."""
    draft = Draft()
    for character in text:
        draft.add(character)
    return draft.end()


def write_at_once(text: str) -> tuple[str, bool]:
    """What a draft amounts to that comes as one piece."""
    draft = Draft()
    draft.add(text)
    return draft.end()


@pytest.mark.parametrize(
    ("before", "fragment"),
    [*(("Yes", fragment) for fragment in MODEL_FRAGMENTS), ("", "\n"), ("", "1. "), ("", "NO ")],
)
def test_a_long_draft_costs_no_more_a_character_than_a_short_one(
    before: str, fragment: str
) -> None:
    assert_linear(write_in_characters, fragment, before=before, characters=20_000)
    assert_linear(write_at_once, fragment, before=before)


@given(
    before=st.sampled_from(["", "1. ", "Yes", "no "]),
    fragment=st.sampled_from(MODEL_FRAGMENTS),
    times=st.integers(1, 8),
    after=st.text("abNO_ [1].", max_size=8),
    cuts=st.lists(st.integers(0, 200), max_size=12),
)
def test_what_is_shown_depends_on_the_text_alone(
    before: str, fragment: str, times: int, after: str, cuts: list[int]
) -> None:
    text = before + fragment * times + after
    if "think>" not in text:  # reasoning comes and goes; the tests above look at it
        assert feed(text, cuts)[0] == visible(text)


def visible(text: str) -> str:
    """What may be shown of a text that may go on: the rule, without regard to what it costs."""
    text = text[: len(text) - held_back(text, "<think>", "</think>", "<thinking>", "</thinking>")]
    text = text.lstrip()
    if "noanswer".startswith(re.sub(r"[\W\d_]", "", text).lower()):
        return ""
    token = re.search(r"(?<![^\W\d_])no\\?_answer(?![^\W\d_])", text, re.IGNORECASE)
    if token is None:
        return text[: len(text) - held_back(text, "no_answer", "no\\_answer")].rstrip()
    before = text[: token.start()].rstrip()
    return before if re.search(r"[^\W\d_]", before) else ""


def held_back(text: str, *words: str) -> int:
    """How many characters at the end of ``text`` may be the beginning of one of ``words``."""
    tails = (text[start:].lower() for start in range(max(0, len(text) - 11), len(text)))
    return next((len(tail) for tail in tails if any(w.startswith(tail) for w in words)), 0)


@pytest.mark.parametrize("space", [" ", "\n", "\u00a0", " \r\n\t"])
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_white_space_without_end_is_not_kept(space: str, size: int) -> None:
    text = f"It was {space * 10_000}2,500 [1].{space * 10_000}"
    draft = Draft()
    shown = "".join(draft.add(text[at : at + size]) for at in range(0, len(text), size))
    end, declined = draft.end()
    assert (shown, declined) == (end, False)
    assert end.split() == ["It", "was", "2,500", "[1]."]
    assert max(map(len, re.findall(r"\s+", end))) == LONGEST_GAP
    assert draft.length == len(text)  # it counts, or a model could go on with it for ever


def test_white_space_of_ordinary_length_stays_as_it_is() -> None:
    text = f"It was{' ' * LONGEST_GAP}2,500{' ' * (LONGEST_GAP - 1)}\nsoldiers [1]."
    assert feed(text, [])[0] == text


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("text", "length", "reasoned"),
    [
        ("Yes.", 4, 0),
        ("<think>Hm.</think>Yes.", 4, 11),
        ("<think>" + "Hm. " * 5_000, 0, 20_000),
        ("Let me see.</think>Yes.", 4, 19),
        ("Let me see.</think>" * 1_000, 0, 19_000),
        ("Yes.<think>Hm.</think>" * 1_000, 4_000, 11_000),
    ],
)
def test_reasoning_is_counted_and_not_kept(
    text: str, length: int, reasoned: int, size: int
) -> None:
    draft = Draft()
    for at in range(0, len(text), size):
        draft.add(text[at : at + size])
    assert (draft.length, draft.reasoned) == (length, reasoned)
