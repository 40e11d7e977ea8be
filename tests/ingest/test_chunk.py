from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunk import chunk_article, passage_text
from ingest.paragraphs import blocks
from rag.types import Article, Chunk

SENTENCE = "وصلت فرق الإنقاذ إلى القرية مساء الثلاثاء وبدأت توزيع الخيام على الأسر المتضررة."
PARAGRAPH = f"{SENTENCE} وقال المتحدث إن الطريق ما زال مغلقا أمام الشاحنات الكبيرة حتى إشعار آخر."
ENGLISH = (
    "Rescue teams reached the village on Tuesday evening and handed out tents to the families."
)


def count_words(texts: Sequence[str]) -> list[int]:
    """Two tokens around every text, one for every word, one more for every eight letters."""
    return [2 + sum(1 + len(word) // 8 for word in text.split()) for text in texts]


def article(text: str, title: str = "عنوان قصير") -> Article:
    return Article(id="news/a.txt", title=title, text=text, lang="ar")


def cut(text: str, max_tokens: int = 128, title: str = "عنوان قصير") -> list[Chunk]:
    """The passages of the text alone."""
    chunks = chunk_article(article(text, title), count_words, max_tokens)
    return [chunk for chunk in chunks if chunk.part == "text"]


def titled(text: str, title: str) -> Chunk | None:
    """The passage of the title, if there is one."""
    chunks = chunk_article(article(text, title), count_words, 128)
    found = [chunk for chunk in chunks if chunk.part == "title"]
    assert found in ([], chunks[:1])
    return found[0] if found else None


def test_a_paragraph_is_a_chunk() -> None:
    text = f"{PARAGRAPH}\n\n{ENGLISH}\n"
    chunks = cut(text)
    assert [(c.text, c.lang) for c in chunks] == [(PARAGRAPH, "ar"), (ENGLISH, "en")]
    assert [text[c.start : c.end] for c in chunks] == [PARAGRAPH, ENGLISH]
    version = article(text).content_hash[:8]
    assert [c.id for c in chunks] == [f"news/a.txt:{version}:0000", f"news/a.txt:{version}:0001"]
    assert {c.article_id for c in chunks} == {"news/a.txt"}


def test_no_text_gives_no_chunks() -> None:
    assert cut("") == cut(" \n\n\t") == []


def test_passages_carry_the_nearest_heading() -> None:
    text = (
        f"{PARAGRAPH}\n\n## لماذا الآن؟\n\n{PARAGRAPH}\n\n{ENGLISH}\n\n# Two\n## Below\n\n{ENGLISH}"
    )
    chunks = cut(text)
    assert [c.heading for c in chunks] == ["", "لماذا الآن؟", "لماذا الآن؟", "Two — Below"]
    assert all("#" not in c.text for c in chunks)
    assert passage_text(article(text), chunks[1]) == f"عنوان قصير\nلماذا الآن؟\n{PARAGRAPH}"


def test_passage_text_without_title_or_heading_and_with_a_long_title() -> None:
    chunk = cut(PARAGRAPH)[0]
    assert passage_text(article(PARAGRAPH, title=""), chunk) == PARAGRAPH
    first, second = passage_text(article(PARAGRAPH, title="word " * 100), chunk).split("\n")
    assert len(first) <= 200
    assert second == PARAGRAPH


def test_a_heading_with_nothing_below_is_not_lost() -> None:
    assert [c.text for c in cut(f"{PARAGRAPH}\n\n## The end of it all")] == [
        PARAGRAPH,
        "## The end of it all",
    ]
    long = "word " * 20
    text = f"# {long}\n\n# {long}\n\n{PARAGRAPH}"
    assert [(c.heading, c.text) for c in cut(text)] == [
        ("", f"# {long.strip()}"),
        (long.strip(), PARAGRAPH),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a date line goes with what follows, a sign-off with what went before
        (f"الرياض\n\n{PARAGRAPH}", [f"الرياض\n\n{PARAGRAPH}"]),
        (f"{PARAGRAPH}\n\nوكالات", [f"{PARAGRAPH}\n\nوكالات"]),
        # an introduction goes with what it introduces
        (f"{PARAGRAPH}\n\nوقال:\n\n{PARAGRAPH}", [PARAGRAPH, f"وقال:\n\n{PARAGRAPH}"]),
        # dialogue
        ("- نعم.\n\n- لا.\n\n- ربما.", ["- نعم.\n\n- لا.\n\n- ربما."]),
        # nothing is joined across a heading
        (f"{PARAGRAPH}\n\n## عن\n\nقصير", [PARAGRAPH, "قصير"]),
        ("واحد", ["واحد"]),
    ],
)
def test_short_paragraphs_join_a_neighbour(text: str, expected: list[str]) -> None:
    assert [c.text for c in cut(text)] == expected


def test_short_paragraphs_stay_apart_when_the_whole_would_not_fit() -> None:
    full = " ".join(["كلمة"] * 60)  # with the title and two more it is 64
    assert [len(c.text.split()) for c in cut(f"{full}\n\nقصير", max_tokens=64)] == [60, 1]
    assert len(cut(f"{full}\n\nقصير", max_tokens=65)) == 1


def test_a_row_of_short_lines_does_not_become_one_endless_passage() -> None:
    chunks = cut("\n\n".join(["- قالت نعم."] * 400), max_tokens=4096)
    assert len(chunks) > 8
    assert all(100 < len(c.text) < 600 for c in chunks)


def test_long_paragraphs_are_split_at_sentences_in_equal_parts() -> None:
    chunks = cut(" ".join([SENTENCE] * 12), max_tokens=80)
    assert all(c.text.endswith(".") and c.text.startswith("وصلت") for c in chunks)
    sizes = [len(c.text) for c in chunks]
    assert max(sizes) < 2 * min(sizes)
    assert 3 <= len(chunks) <= 4


@pytest.mark.parametrize(
    ("separator", "end"), [("، ", "،"), (", ", ","), ("؛ ", "؛"), (" ", "المتضررة")]
)
def test_monster_sentences_are_split_at_the_next_best_place(separator: str, end: str) -> None:
    chunks = cut(separator.join([SENTENCE.rstrip(".")] * 30), max_tokens=64)
    assert len(chunks) > 5
    whole = separator == " "
    assert all(whole or c.text.endswith(end) for c in chunks[:-1])
    assert all(c.text.split()[0] in SENTENCE.split() for c in chunks)


def test_a_vowel_sign_stays_with_its_letter() -> None:
    chunks = cut("بَ" * 3000, max_tokens=64)
    assert len(chunks) > 3
    assert all(c.text[0] == "ب" for c in chunks)


def test_an_encoder_that_knows_no_such_word_still_gets_short_passages() -> None:
    def unknown(texts: Sequence[str]) -> list[int]:
        return [2 + len(text.split()) for text in texts]

    chunks = chunk_article(article("ك" * 100_000, title=""), unknown, 128)
    assert all(len(c.text) <= 128 * 8 for c in chunks)
    assert "".join(c.text for c in chunks) == "ك" * 100_000


def test_title_and_heading_beyond_the_limit_leave_half_of_it_to_the_passage() -> None:
    title = " ".join(["a"] * 100)
    chunks = cut(" ".join(["كلمة"] * 100), max_tokens=40, title=title)
    context = count_words([title])[0]
    counts = count_words([passage_text(article("", title), c) for c in chunks])
    assert max(counts) <= context + 20
    assert len(chunks) < 12


NASTY = {
    "one line": "كلمة " * 100_000,
    "no spaces": "ك" * 500_000,
    "line breaks": "\n" * 100_000,
    "tiny paragraphs": "a\n\n" * 30_000,
    "tiny lines": "a\n" * 60_000,
    "marks": "َ" * 300_000,
    "full stops": ". " * 40_000,
    "abbreviations": "mr. " * 30_000,
    "headings": "# a\n" * 30_000,
    "underlines": "a\n===\n" * 20_000,
    "dialogue": "قال: نعم.\n\n" * 20_000,
    "spaces": "a" + " " * 500_000 + "b",
}


@pytest.mark.parametrize("name", NASTY)
def test_chunking_takes_linear_time(name: str) -> None:
    text = NASTY[name]
    started = time.process_time()
    chunks = cut(text, max_tokens=256)
    assert time.process_time() - started < 10  # seconds; quadratic would be minutes
    check(text, chunks, 256)


words = st.sampled_from(
    "وصلت فرق الإنقاذ إلى القرية، 2,500 الثلاثاء. (CSTO) Dr. Smith said: نعم! لماذا؟ the road; "
    "«مغلق» - — U.S. a.m. كلمةطويلةجدابلامسافاتكلمةطويلةجدابلامسافات # ## ### 1. ... ؛ "
    "مَدْرَسَةٌ".split()
)
lines = st.lists(words, max_size=40).map(" ".join)
texts = st.lists(
    st.tuples(
        lines, st.sampled_from(["\n", "\n\n", " \n \n", "\n\n\n", "\n---\n", "\n===\n", "\t"])
    ),
    max_size=25,
).map(lambda parts: "".join(line + end for line, end in parts))


def check(text: str, chunks: list[Chunk], max_tokens: int) -> None:
    """Offsets are exact, nothing is lost, doubled, out of order or too long."""
    assert all(text[c.start : c.end] == c.text == c.text.strip() != "" for c in chunks)
    assert all(left.end <= right.start for left, right in pairwise(chunks))
    assert [int(c.id.rpartition(":")[2]) for c in chunks] == list(range(len(chunks)))
    in_chunks = {i for c in chunks for i in range(c.start, c.end)}
    in_headings = {i for b in blocks(text) if b.heading for i in range(b.start, b.end)}
    assert {i for i, c in enumerate(text) if not c.isspace()} <= in_chunks | in_headings
    for chunk in chunks:
        whole = count_words([passage_text(article(text), chunk)])[0]
        context = count_words([f"عنوان قصير\n{chunk.heading}"])[0]
        assert whole <= max(max_tokens, context + max_tokens // 2)


@settings(max_examples=150, deadline=None)
@given(texts, st.integers(40, 200))
def test_every_word_is_in_exactly_one_passage(text: str, max_tokens: int) -> None:
    chunks = cut(text, max_tokens)
    check(text, chunks, max_tokens)
    assert cut(text, max_tokens) == chunks
    for block in blocks(text):
        if block.heading:
            words = text[block.start : block.end]
            assert any(words in c.text or block.heading in c.heading for c in chunks)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400), st.integers(40, 80))
def test_any_text_at_all(text: str, max_tokens: int) -> None:
    check(text, cut(text, max_tokens), max_tokens)


# --- titles


def test_a_title_is_a_passage_in_front_of_those_of_the_text() -> None:
    title = "الجزائر: 12 قتيلا في انقلاب حافلة"
    of = article(f"{PARAGRAPH}\n\n{PARAGRAPH}", title)
    version = of.content_hash[:8]
    found = titled(of.text, title)
    assert found == Chunk(
        f"{of.id}:{version}:title", of.id, title, 0, len(title), "ar", part="title"
    )
    assert passage_text(of, found) == title


def test_a_title_has_a_language_of_its_own() -> None:
    found = titled(PARAGRAPH, "Twelve killed as a bus overturns")
    assert found is not None
    assert found.lang == "en"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("", PARAGRAPH),
        ("زلزال", PARAGRAPH),
        ("…!", PARAGRAPH),
        ("وصلت فرق الإنقاذ إلى", PARAGRAPH),
        ("وصلت فرق الإنقاذ إلى القرية مساء الثلا…", PARAGRAPH),
        ("وَصَلَت «فرق الإنقاذ»", PARAGRAPH),
        ("Rescue teams reached", f"{ENGLISH}\n\n{ENGLISH}"),
        ("Two words", ""),
        ("Two words", " \n"),
    ],
)
def test_a_title_that_says_nothing_of_its_own_is_no_passage(title: str, text: str) -> None:
    assert titled(text, title) is None


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Toll at 12", f"Toll at 120. {ENGLISH}"),
        ("Rescue teams reach", ENGLISH),  # not the same word, and not cut short
        ("Rescue teams reached the village", f"# Rescue teams reached the village\n\n{PARAGRAPH}"),
        ("Families of the village", ENGLISH),
    ],
)
def test_a_title_that_no_passage_begins_with_is_one(title: str, text: str) -> None:
    assert titled(text, title) is not None


@given(title=st.text(), text=st.text())
@settings(max_examples=200)
def test_every_passage_is_what_its_part_has_there(title: str, text: str) -> None:
    of = article(text, title)
    chunks = chunk_article(of, count_words, 64)
    assert all(of.part(c.part)[c.start : c.end] == c.text for c in chunks)
    assert len({c.id for c in chunks}) == len(chunks)
    assert [c.part for c in chunks[1:]] == ["text"] * len(chunks[1:])
    assert [c for c in chunks if c.part == "text"] == [
        c for c in chunk_article(of, count_words, 64) if c.part != "title"
    ]
