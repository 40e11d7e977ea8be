"""What a reader may see of a draft while it comes in, and what it amounts to in the end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.draft import NO_ANSWER, Draft

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
