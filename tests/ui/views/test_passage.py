"""The paragraph behind a citation."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from rag.language.text import Lang
from rag.types import Chunk
from tests.ui.samples import ARABIC, ENGLISH, chunks, cite
from ui.views.answer import answer_view
from ui.views.passage import Place, passage_view, place_from

QUOTE = "وقال زاس إن العدد قابل للزيادة."


def place(quote: str = QUOTE, **changes: object) -> Place:
    cited = cite(1, ARABIC, quote)
    found = Place("ar.md", cited.hit.chunk.id, cited.start, cited.end, verified=True)
    return replace(found, **changes)  # type: ignore[arg-type]


def test_the_quote_is_marked_in_its_paragraph_between_its_neighbours() -> None:
    view = passage_view(ARABIC, chunks(ARABIC), place(), "en")
    assert view is not None
    assert [part.text for part in view.parts if part.marked] == [QUOTE]
    assert "".join(part.text for part in view.parts) == chunks(ARABIC)[1].text
    assert (view.before, view.after) == ("وصلت القوات أمس.", "ثم عادت القوات.")
    assert (view.dir, view.passage_dir, view.title.dir) == ("ltr", "rtl", "rtl")
    assert (view.url, view.verdict) == (ARABIC.url, "Verbatim quote from the article")


def test_the_edges_of_an_article_have_no_neighbour() -> None:
    first = passage_view(ARABIC, chunks(ARABIC), place("وصلت القوات أمس."), "ar")
    last = passage_view(ARABIC, chunks(ARABIC)[::-1], place("ثم عادت القوات."), "ar")
    assert first is not None
    assert last is not None
    assert (first.before, last.after) == ("", "")


@pytest.mark.parametrize(
    ("start", "end", "marked"),
    [
        (0, 10_000, chunks(ARABIC)[1].text),
        (5, 5, ""),
        (10_000, 20_000, ""),
    ],
)
def test_a_quote_is_marked_only_as_far_as_it_lies_inside(start: int, end: int, marked: str) -> None:
    view = passage_view(ARABIC, chunks(ARABIC), place(start=start, end=end), "ar")
    assert view is not None
    assert "".join(part.text for part in view.parts if part.marked) == marked


@pytest.mark.parametrize(
    ("verified", "verdict"),
    [
        (True, "اقتباس حرفي من المقال"),
        (False, "لم يُعثر على هذا الاقتباس حرفيًا في المقال"),
        (None, ""),
    ],
)
def test_the_verdict_is_said(verified: bool | None, verdict: str) -> None:
    view = passage_view(ARABIC, chunks(ARABIC), place(verified=verified), "ar")
    assert view is not None
    assert view.verdict == verdict


def test_a_passage_that_is_gone_is_none() -> None:
    assert passage_view(ENGLISH, chunks(ENGLISH), place(), "en") is None


def test_a_hostile_address_is_no_link() -> None:
    article = replace(ARABIC, url="javascript:alert(1)")
    view = passage_view(article, chunks(article), place(), "en")
    assert view is not None
    assert view.url is None


def test_a_place_survives_its_way_through_the_page() -> None:
    assert place_from(asdict(place())) == place()
    assert place_from({**asdict(place(verified=None)), "lang": "ar"}) == place(verified=None)


@pytest.mark.parametrize(
    "payload",
    [{}, {"article_id": 1}, {**asdict(place()), "start": "0"}, {**asdict(place()), "verified": 2}],
)
def test_anything_else_is_refused(payload: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a place"):
        place_from(payload)


def test_what_an_answer_offers_can_be_asked_back() -> None:
    from tests.ui.samples import answer

    cited = cite(1, ARABIC, QUOTE)
    (source,) = answer_view(answer(citations=(cited,))).sources
    assert place_from(asdict(source.place)) == source.place


# --- titles

TITLE = Chunk("ar.md#t", "ar.md", ARABIC.title, 0, len(ARABIC.title), "ar", part="title")


def title_place(start: int = 0, end: int = len(ARABIC.title), **changes: object) -> Place:
    found = Place("ar.md", TITLE.id, start, end, verified=True)
    return replace(found, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lang", "verdict", "later"),
    [
        ("ar", "اقتباس حرفي من عنوان المقال", "أول المقال"),
        ("en", "Verbatim quote from the headline", "The article begins"),
    ],
)
def test_a_quoted_title_is_marked_above_the_beginning_of_its_text(
    lang: Lang, verdict: str, later: str
) -> None:
    view = passage_view(ARABIC, [TITLE, *chunks(ARABIC)], title_place(), lang)
    assert view is not None
    assert [(p.text, p.marked) for p in view.title_parts] == [(ARABIC.title, True)]
    assert (view.parts, view.before, view.heading) == ((), "", "")
    assert (view.later, view.after) == (later, "وصلت القوات أمس.")
    assert (view.verdict, view.passage_dir) == (verdict, "rtl")


def test_of_a_title_only_what_is_quoted_is_marked() -> None:
    start = ARABIC.title.index("2500")
    view = passage_view(ARABIC, [TITLE, *chunks(ARABIC)], title_place(start, start + 4), "ar")
    assert view is not None
    assert [p.text for p in view.title_parts if p.marked] == ["2500"]
    assert "".join(p.text for p in view.title_parts) == ARABIC.title


def test_a_title_is_no_neighbour_of_a_paragraph() -> None:
    view = passage_view(ARABIC, [TITLE, *chunks(ARABIC)], place("وصلت القوات أمس."), "ar")
    assert view is not None
    assert (view.before, view.title_parts) == ("", ())
