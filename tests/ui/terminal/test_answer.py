from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from rag.types import Answer, Chunk
from tests.cli.samples import ARABIC, ENGLISH, arabic_answer, citation, english_answer, refusal
from ui.terminal.answer import TITLE, passage, show_answer
from ui.terminal.bidi import Order
from ui.terminal.screen import Manner, Screen
from ui.views.words import WORDS


def shown(answer: Answer, order: Order = "logical", *, colour: bool = False) -> str:
    console = Console(file=io.StringIO(), width=90, force_terminal=colour, highlight=False)
    show_answer(Screen(console, Manner(order)), answer)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_an_answer_in_a_pipe_is_plain_text_in_logical_order() -> None:
    assert shown(arabic_answer()).splitlines() == [
        "وقال المتحدث إن 2,500 جندي وصلوا إلى ألماتي في السادس من يناير. [1]",
        "في مقال بالإنجليزية:",
        "General Andrey Serdyukov commands the CSTO forces. [2]",
        "",
        "المصادر  مقالان · العربية، الإنجليزية",
        "",
        "[1] قوات CSTO تصل إلى ألماتي",
        "    وكالة المثال · 6 يناير/كانون الثاني 2022",
        "    https://example.org/ar/1",
        f"    {ARABIC.text}",
        "",
        "[2] Bloc sends troops",
        "    7 يناير/كانون الثاني 2022",
        f"    {ENGLISH.text}",
    ]


def test_an_index_that_is_not_whole_is_told_below_answers_and_refusals() -> None:
    for answer in (arabic_answer(), refusal()):
        words = WORDS[answer.lang]
        assert shown(replace(answer, index="loading")) == shown(answer)
        for told, state in ((words.index_mending, "mending"), (words.index_failed, "failed")):
            below = shown(replace(answer, index=state)).removeprefix(shown(answer))
            assert " ".join(below.split()) == told


def test_a_sentence_without_support_is_followed_by_what_is_missing() -> None:
    lines = shown(english_answer()).splitlines()
    assert lines[:3] == [
        "General Andrey Serdyukov commands the CSTO forces. [1]",
        "They are 3,000.",
        "    Not in the cited passages: 3,000",
    ]
    assert "\x1b[33mThey are 3,000.\x1b[0m" in shown(english_answer(), colour=True)


def test_the_key_phrase_stands_out() -> None:
    coloured = shown(english_answer(), colour=True)
    assert "General \x1b[1;32mAndrey Serdyukov\x1b[0m commands" in coloured


def test_sentences_run_on_in_one_paragraph() -> None:
    answer = english_answer()
    both = (answer.statements[0], replace(answer.statements[0], text="They stay.", emphasis=()))
    first = shown(replace(answer, statements=both)).splitlines()[0]
    assert first == "General Andrey Serdyukov commands the CSTO forces. [1] They stay. [1]"


def test_a_refusal_shows_its_reason_and_the_nearest_passages() -> None:
    answer = refusal()
    first, last = answer.hits
    second = replace(first, chunk=replace(first.chunk, id="other", text="They will stay."))
    assert shown(replace(answer, hits=(first, second, last))).splitlines() == [
        "No passage speaks of Brazil.",
        "",
        "Nearest passages",
        "",
        "Bloc sends troops",
        "    7 January 2022",
        f"    - {ENGLISH.text}",
        "    - They will stay.",
        "",
        "قوات CSTO تصل إلى ألماتي",
        "    وكالة المثال · 6 January 2022",
        f"    - {ARABIC.text}",
    ]


def test_a_passage_in_another_language_says_so_unless_its_sentence_did() -> None:
    note = "الجواب مقتبس من مقال بالإنجليزية بلغته الأصلية."
    answer = arabic_answer()
    assert note not in shown(answer)
    without_lead = tuple(replace(statement, lead="") for statement in answer.statements)
    assert note in shown(replace(answer, statements=without_lead))


def test_a_quote_that_was_not_found_is_marked() -> None:
    answer = english_answer()
    unverified = replace(answer.citations[0], verified=False)
    assert "not found word for word" in shown(replace(answer, citations=(unverified,)))
    assert "not found word for word" not in shown(answer)


def test_the_quote_stands_out_in_its_paragraph() -> None:
    text = passage(citation(ENGLISH, 1, 1))
    assert text.plain == ENGLISH.text
    (quote,) = (text.plain[span.start : span.end] for span in text.spans if span.style == TITLE)
    assert quote == "General Andrey Serdyukov commands the CSTO forces."


def test_a_long_paragraph_is_cut_between_words_around_the_quote() -> None:
    cited = citation(ENGLISH, 1, 1)
    long = "word " * 200 + cited.quote + " more" * 200
    chunk = replace(cited.hit.chunk, text=long)
    start = long.index(cited.quote)
    moved = replace(
        cited, hit=replace(cited.hit, chunk=chunk), start=start, end=start + len(cited.quote)
    )
    text = passage(moved).plain
    assert text.startswith("… word ")
    assert text.endswith(" more …")
    assert cited.quote in text
    assert len(text) < 600


def test_a_quote_outside_its_passage_is_shown_alone() -> None:
    cited = citation(ENGLISH, 1, 1)
    assert passage(replace(cited, start=9000, end=9050)).plain == cited.quote


@pytest.mark.parametrize("order", ["terminal", "words", "kitty", "visual"])
@pytest.mark.parametrize("answer", [arabic_answer(), english_answer(), refusal()])
def test_every_answer_can_be_shown_in_every_order(answer: Answer, order: Order) -> None:
    text = shown(answer, order)
    assert max(map(cell_len, text.splitlines())) <= 90
    assert "Serdyukov" in text


@pytest.mark.parametrize(
    ("answer", "label"), [(english_answer(), "Headline"), (arabic_answer(), "العنوان")]
)
def test_a_quoted_title_is_marked_as_the_headline(answer: Answer, label: str) -> None:
    first = answer.citations[0]
    article = first.hit.article
    title = Chunk("t", article.id, article.title, 0, len(article.title), article.lang, part="title")
    quoted = replace(
        first, hit=replace(first.hit, chunk=title), quote=article.title, start=0, end=title.end
    )
    lines = [line.strip() for line in shown(replace(answer, citations=(quoted,))).splitlines()]
    assert lines[lines.index(label) + 1] == article.title
    assert label not in [line.strip() for line in shown(answer).splitlines()]
