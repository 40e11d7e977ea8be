"""Answers and refusals, as they are laid out."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from rag.types import Chunk, Citation, Hit, Statement
from tests.ui.samples import ARABIC, ENGLISH, answer, cite, refusal
from ui.views.answer import NEAREST, answer_view, plain_text, used_articles
from ui.views.layout import Part

FIRST = cite(1, ARABIC, "أُرسل نحو 2500 جندي.")
SECOND = cite(2, ENGLISH, "Col. Gen. Andrey Serdyukov commanded the forces.")


def test_a_statement_has_its_key_phrase_and_citations() -> None:
    said = Statement(FIRST.quote, (1,), ((5, 18),))
    (view,) = answer_view(answer(said, citations=(FIRST,))).statements
    assert view.parts == (Part("أُرسل"), Part(" نحو 2500 جند", marked=True), Part("ي."))
    assert (view.citations, view.dir, view.foreign, view.warning) == ((1,), "rtl", False, "")


def test_a_quote_in_the_other_language_keeps_its_direction_and_is_announced() -> None:
    said = Statement(SECOND.quote, (2,))
    (view,) = answer_view(answer(said, citations=(SECOND,))).statements
    assert (view.lang, view.dir, view.foreign) == ("en", "ltr", True)
    assert view.note == "الجواب مقتبس من مقال بالإنجليزية بلغته الأصلية."


def test_a_lead_announces_it_instead_and_isolates_the_title() -> None:
    said = Statement(SECOND.quote, (2,), lead="جاء في «Last troops fly out»:")
    (view,) = answer_view(answer(said, citations=(SECOND,))).statements
    assert view.lead is not None
    assert (view.lead.text, view.lead.dir) == ("جاء في «\u2068Last troops fly out\u2069»:", "rtl")
    assert view.note == ""


def test_an_unsupported_statement_says_what_is_missing() -> None:
    bare = Statement("أُرسل 9000 جندي.", (), supported=False)
    named = Statement("أُرسل 9000 جندي.", (1,), supported=False, unsupported=("9000", "Ivan Petrov"))
    views = answer_view(answer(bare, named, citations=(FIRST,))).statements
    assert views[0].warning == "لا يسند هذه الجملةَ أيُّ مقطع من المقالات"
    assert views[1].warning == (
        "لم يرد في المقاطع المستشهد بها: \u20689000\u2069، \u2068Ivan Petrov\u2069"
    )


def test_sources_are_the_citations_by_number() -> None:
    said = Statement("x", (2, 1))
    view = answer_view(answer(said, citations=(SECOND, FIRST)))
    assert [source.number for source in view.sources] == [1, 2]
    first, second = view.sources
    assert (first.title.dir, second.title.dir) == ("rtl", "ltr")
    assert (first.language, second.language) == ("العربية", "الإنجليزية")
    assert (first.place.article_id, first.place.chunk_id) == ("ar.md", "ar.md#1")
    assert ARABIC.text[first.place.start : first.place.end] == FIRST.quote
    assert view.used == "مقالان · العربية، الإنجليزية"


def test_articles_are_counted_once() -> None:
    again = cite(3, ARABIC, "ثم عادت القوات.")
    said = answer(Statement("x", (1, 3)), citations=(FIRST, again), lang="en")
    assert used_articles(said) == "1 article · Arabic"
    assert used_articles(answer(Statement("x"))) == ""


def test_a_refusal_gives_its_reason_and_the_nearest_passages() -> None:
    view = answer_view(refusal("The articles do not mention “Mars”.", "Mars", "2031"))
    assert view.refused
    assert view.statements == ()
    assert view.title == "The articles do not mention “Mars”."
    assert view.missing == "Not found in the articles: \u20682031\u2069"
    assert len(view.sources) == NEAREST
    assert all(s.number == 0 and s.place.verified is None for s in view.sources)
    assert view.heading == "Nearest passages"


def test_a_refusal_without_a_reason_still_says_so() -> None:
    view = answer_view(refusal(None, lang="ar"))
    assert (view.title, view.missing) == ("لا تجيب المقالات عن هذا السؤال", "")


def test_the_copied_answer_names_its_sources() -> None:
    said = answer(Statement(FIRST.quote, (1,)), citations=(FIRST,))
    assert plain_text(said).splitlines() == [
        "أُرسل نحو 2500 جندي. [1]",
        "",
        "[1] إرسال نحو 2500 جندي · نماذج سند · 9 يناير/كانون الثاني 2022 · https://news.example/ar",
    ]


def test_hostile_text_stays_text() -> None:
    nasty = "<script>x</script> **b** [1](javascript:x)"
    (view,) = answer_view(answer(Statement(nasty), lang="en")).statements
    assert view.parts == (Part(nasty),)


def test_a_view_can_travel_as_json() -> None:
    view = answer_view(answer(Statement(FIRST.quote, (1,)), citations=(FIRST,)))
    assert json.loads(json.dumps(asdict(view)))["sources"][0]["place"]["verified"] is True


def test_a_card_says_where_a_title_is_quoted_and_a_refusal_shows_none() -> None:
    title = Chunk("t", ARABIC.id, ARABIC.title, 0, len(ARABIC.title), "ar", part="title")
    hit = Hit(title, ARABIC, 1, 0.9)
    cited = Citation(1, hit, ARABIC.title, 0, len(ARABIC.title), verified=True)
    of_text = cite(2, ARABIC, "وصلت القوات أمس.")
    said = answer(Statement("2500", (1, 2)), citations=(cited, of_text))
    assert [source.headline for source in answer_view(said).sources] == ["العنوان", ""]
    refused = refusal("No.")
    shown = answer_view(replace(refused, hits=(hit, *refused.hits)))
    assert shown.sources == answer_view(refused).sources
