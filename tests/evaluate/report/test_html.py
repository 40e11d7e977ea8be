from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.measure.deciding import deciding
from evaluate.measure.summary import summarise
from evaluate.passages import CitedQuote, FoundPassage, Passage, Places
from evaluate.report import html
from evaluate.report.figures import date, ticks
from evaluate.report.html import (
    inline_json,
    lines,
    page_data,
    render_html,
    said,
    set_apart,
)
from evaluate.results import Outcome, Report, Stage, Status, Summary, Verdict
from tests.evaluate.reports import FAILS, sample_report

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;<!--\u2028"
ADDRESSES = {
    "action",
    "background",
    "cite",
    "data",
    "formaction",
    "href",
    "poster",
    "src",
    "srcset",
}


class Page(HTMLParser):
    """A page as a browser takes it apart: elements, their text, and that of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open][-1] += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def data(self) -> Any:
        return json.loads(self.texts["script"][0])


@pytest.fixture(scope="module")
def rendered() -> str:
    return render_html(sample_report(judged=True))


@pytest.fixture(scope="module")
def page(rendered: str) -> Page:
    return Page(rendered)


def hostile_report() -> Report:
    """A report in which everything that comes from data tries to break out."""
    report = sample_report()
    id = f"passage {HOSTILE}"
    outcome = Outcome(
        id=f"id {HOSTILE}", question=f"question {HOSTILE}", lang="en", passage_lang="en",
        answerable=True, expected=(f"expected {HOSTILE}",), tags=(f"tag {HOSTILE}",), cluster="c",
        standalone=f"alone {HOSTILE}", status="wrong", answer=f"answer {HOSTILE} [1]",
        prediction=f"short {HOSTILE}", reason=f"reason {HOSTILE}", missing=(f"name {HOSTILE}",),
        withheld=f"held {HOSTILE}", error=f"error {HOSTILE}", blame="selection",
        places=Places(hits=1), values={f"metric {HOSTILE}": 1.0}, gold=(id,),
        citations=(CitedQuote(1, id, 0, 4, f"quote {HOSTILE}", verified=False),),
        hits=(FoundPassage(id, 1, 1.0, {f"leg {HOSTILE}": 1}, True),),
        timings={f"stage {HOSTILE}": 1.0}, verdict=Verdict(error=f"judge {HOSTILE}"),
    )  # fmt: skip
    manifest = replace(
        report.manifest, encoder=HOSTILE, commit=HOSTILE, created=HOSTILE, sanad=HOSTILE,
        settings={HOSTILE: HOSTILE}, question_files={HOSTILE: HOSTILE}, corpus=HOSTILE,
    )  # fmt: skip
    assert report.comparison is not None
    comparison = replace(
        report.comparison, claims=(HOSTILE,), warnings=(HOSTILE,), only_before=(HOSTILE,),
        changes=(replace(report.comparison.changes[0], metric=HOSTILE),),
        flips=(replace(report.comparison.flips[0], id=outcome.id, before=HOSTILE),),
    )  # fmt: skip
    passage = Passage(f"article {HOSTILE}", f"title {HOSTILE}", "en", f"text {HOSTILE}", 0)
    summary = summarise(
        [outcome], timings=[outcome.timings], peak_memory_mb=1.0, seconds=1.0, seed=0
    )
    return Report(manifest, summary, (outcome,), {id: passage}, comparison)


def test_the_page_needs_nothing_but_itself(page: Page) -> None:
    addresses = [
        (tag, value or "")
        for tag, attributes in page.elements
        for name, value in attributes.items()
        if name in ADDRESSES
    ]
    assert {tag for tag, _ in addresses} == {"a", "link"}
    starts = {"a": "#", "link": "data:image/svg+xml;base64,"}
    assert all(value.startswith(starts[tag]) for tag, value in addresses)
    assert not re.search(r"url\(|@import", page.texts["style"][0])
    assert not any("style" in attributes for _, attributes in page.elements)
    assert not any(name.startswith("on") for _, a in page.elements for name in a)


def test_the_policy_allows_this_style_and_script_alone(page: Page) -> None:
    [policy] = [a["content"] for a in page.named("meta") if "http-equiv" in a]
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert set(rules) == {
        "default-src", "style-src", "script-src", "img-src", "base-uri", "form-action",
    }  # fmt: skip
    for rule, text in (
        ("style-src", page.texts["style"][0]),
        ("script-src", page.texts["script"][1]),
    ):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert "http" not in policy


def test_hostile_text_stays_text() -> None:
    report = hostile_report()
    text = render_html(report)
    page = Page(text)
    assert len(page.named("script")) == 2
    assert page.named("img") == []
    assert not any(name.startswith("on") for _, a in page.elements for name in a)
    assert "alert(1)</script>" not in text
    [told] = page.data["questions"]
    [outcome] = report.questions
    assert told["question"] == [outcome.question, "en"]
    assert told["answer"] == [[line, "en"] for line in outcome.answer.split("\n")]
    assert told["flip"]["before"] == [[line, "en"] for line in HOSTILE.split("\n")]
    assert page.data["passages"][f"passage {HOSTILE}"]["text"] == [f"text {HOSTILE}", "en"]
    assert HOSTILE in page.texts["bdi"], "it is shown as it is"


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_inlined_json_cannot_leave_its_script(data: object) -> None:
    text = inline_json(data)
    assert json.loads(text) == data
    assert not set(text) & set("<>&\u2028\u2029")


@pytest.mark.parametrize(
    ("text", "default", "lang"),
    [
        ("كم عدد الجنود المرسلين؟", "en", "ar"),
        ("Who commands CSTO forces?", "ar", "en"),
        ("قال Blinken إن قوات CSTO", "en", "ar"),
        ("The word for it is سند", "ar", "en"),
        ("2,500", "ar", "ar"),
        ("2,500", "en", "en"),
        ("", "ar", "ar"),
    ],
)
def test_text_has_the_language_of_its_letters(text: str, default: Any, lang: str) -> None:
    assert said(text, default) == (text, lang)


def test_an_answers_own_words_have_its_language_and_its_quotes_theirs() -> None:
    text = "جاء في مقال عنوانه «A title that is much longer than what leads to it»:\n«Two.» [1]"
    assert [lang for _, lang in lines(text, "ar")] == ["ar", "en"]


def test_every_text_of_the_data_comes_with_its_language(page: Page) -> None:
    questions = page.data["questions"]
    pairs = [q[name] for q in questions for name in ("question", "reason") if name in q]
    pairs += [line for q in questions for line in q.get("answer", []) if line[0].startswith("«")]
    pairs += [text for q in questions for text in q.get("expected", [])]
    pairs += [passage["text"] for passage in page.data["passages"].values()]
    assert {lang for _, lang in pairs} == {"ar", "en"}
    assert all(said(text, lang) == (text, lang) for text, lang in pairs)
    crossed = [q for q in questions if q["pair"] == "ar→en" and q.get("citations")]
    assert any(q["citations"][0]["quote"][1] == "en" for q in crossed)


def test_inline_text_of_the_data_is_isolated(page: Page) -> None:
    isolated = page.named("bdi")
    assert all(a["dir"] == {"ar": "rtl", "en": "ltr"}[a["lang"] or ""] for a in isolated)
    report = sample_report()
    claims = report.comparison.claims if report.comparison else ()
    assert set(claims) <= set(page.texts["bdi"])
    assert set(report.summary.tags) <= set(page.texts["bdi"])


def test_marks_stand_on_what_was_quoted_and_expected(page: Page) -> None:
    kinds = set()
    for question in page.data["questions"]:
        for id, marks in question.get("marks", {}).items():
            text = page.data["passages"][id]["text"][0]
            cited = [c["quote"][0] for c in question.get("citations", []) if c["passage"] == id]
            for kind, start, end in marks:
                kinds.add(kind)
                assert kind == "gold" or text[start:end] in cited
                assert start < end
    assert kinds == {"cited", "gold"}


def test_marks_count_as_javascript_does() -> None:
    text = "😀 about 2,500 troops 😀 came"
    passage = Passage("a", "Title", "en", text, start=100)
    quote = "troops 😀 came"
    at = 100 + text.index(quote)
    outcome = replace(
        sample_report().questions[0],
        expected=("2500",),
        gold=("p",),
        hits=(FoundPassage("p", 1, 1.0, {"dense": 1}, True),),
        citations=(CitedQuote(1, "p", at, at + len(quote), quote, verified=True),),
    )
    report = replace(sample_report(), questions=(outcome,), passages={"p": passage})
    [told] = page_data(report)["questions"]
    units = text.encode("utf-16-le")
    marked = {kind: units[2 * a : 2 * b].decode("utf-16-le") for kind, a, b in told["marks"]["p"]}
    assert marked == {"cited": quote, "gold": "2,500"}


def test_a_quote_that_reaches_beyond_its_passage_is_marked_as_far_as_it_goes() -> None:
    passage = Passage("a", "Title", "en", "short", start=10)
    cited = CitedQuote(1, "p", 0, 99, "x", verified=False)
    elsewhere = CitedQuote(2, "p", 0, 5, "y", verified=False)
    outcome = replace(sample_report().questions[0], gold=(), hits=(), citations=(cited, elsewhere))
    report = replace(sample_report(), questions=(outcome,), passages={"p": passage})
    [told] = page_data(report)["questions"]
    assert told["marks"] == {"p": [("cited", 0, 5)]}


def test_what_differs_is_told_word_by_word(page: Page) -> None:
    by_id = {question["id"]: question for question in page.data["questions"]}
    kinds = {
        kind for q in by_id.values() if "difference" in q for kind, _ in q["difference"]["pieces"]
    }
    assert kinds == {"same", "added", "missing"}
    refused = next(q for q in by_id.values() if q.get("withheld"))
    assert "prediction" not in refused
    assert any(kind == "same" for kind, _ in refused["difference"]["pieces"])
    assert "difference" not in by_id[sample_report().questions[FAILS].id]


def test_the_figures_stand_in_the_page(rendered: str, page: Page) -> None:
    report = sample_report(judged=True)
    correct = report.summary.all["correct"]
    assert f'<p class="big">{correct.mean * 100:.1f}</p>' in rendered
    assert f"{correct.low * 100:.1f} – {correct.high * 100:.1f}" in rendered
    assert f"{report.summary.aurc:.3f}" in rendered
    assert "812 MB" in rendered
    assert "with uncommitted changes" in rendered
    for name, value in report.manifest.settings.items():
        assert f"<code>{name}</code>" in rendered
        assert str("none" if value is None else value) in page.texts["bdi"]
    pairs = {a["data-pair"] for a in page.named("a") if "data-pair" in a}
    assert pairs == set(report.summary.grid)
    assert {a["data-tag"] for a in page.named("a") if "data-tag" in a} == set(report.summary.tags)
    blamed = {a["data-blame"] for a in page.named("a") if "data-blame" in a}
    assert blamed == set(report.summary.blame)
    shown = [a["data-metric"] for a in page.named("div") if "data-metric" in a]
    assert sorted(filter(None, shown)) == sorted(report.summary.all)


def test_charts_have_titles_and_words(page: Page) -> None:
    charts = [a for a in page.named("svg") if a.get("role") == "img"]
    ids = {a.get("id") for _, a in page.elements}
    assert len(charts) == 2
    for chart in charts:
        assert set((chart["aria-labelledby"] or "").split()) <= ids
    hidden = [a for a in page.named("svg") if a.get("role") != "img"]
    assert all(a.get("aria-hidden") == "true" for a in hidden)


def test_the_verdict_comes_first_and_changes_are_told(rendered: str) -> None:
    comparison = sample_report(judged=True).comparison
    assert comparison is not None
    assert rendered.index("Against the baseline") < rendered.index('id="summary"')
    assert "No evidence of a change" in rendered
    for change in comparison.changes:
        assert f"{change.better} / {change.worse}" in rendered
    assert "−" in rendered
    assert "+0.0" in rendered, "a difference of zero carries no minus"
    assert "−0.0" not in rendered


def test_a_significant_change_has_its_colour() -> None:
    report = sample_report(questions=262)
    assert report.comparison is not None
    assert report.comparison.verdict == "better"
    text = render_html(report)
    assert '<tr class="better">' in text
    assert '<tr class="worse">' not in text
    worse = [replace(c, before=c.after, after=c.before) for c in report.comparison.changes]
    turned = replace(report.comparison, changes=tuple(worse), verdict="worse")
    assert '<tr class="worse">' in render_html(replace(report, comparison=turned))


def test_what_was_set_otherwise_is_listed() -> None:
    found = {name: (before, after) for name, before, after in set_apart(sample_report())}
    assert found["fusion"] == ("rrf", "linear")
    assert found["dirty"] == ("False", "True")
    assert set(found) == {"fusion", "match_weight", "commit", "dirty"}
    assert set_apart(sample_report(compared=False)) == []


def test_without_a_baseline_nothing_is_compared() -> None:
    page = Page(render_html(sample_report(compared=False)))
    ids = {a.get("id") for _, a in page.elements}
    assert {"summary", "questions"} <= ids
    assert not ids & {"comparison", "change"}
    assert not any("flip" in question for question in page.data["questions"])


def test_an_evaluation_of_search_alone() -> None:
    report = sample_report(compared=False)
    searched = [
        replace(
            outcome, answer="", prediction="", citations=(), confidence=None, answer_lang=None,
            refused=False, reason=None, missing=(), withheld=None,
            values={name: v for name, v in outcome.values.items() if "hit@" in name},
        )
        for outcome in report.questions
        if outcome.answerable
    ]  # fmt: skip
    manifest = replace(report.manifest, answers=False)
    summary = summarise(searched, timings=[], peak_memory_mb=1.0, seconds=1.0, seed=0)
    text = render_html(Report(manifest, summary, tuple(searched), report.passages))
    assert "search alone" in text
    assert "The answers carry no confidence." in text
    assert "No question was timed." in text
    page = Page(text)
    assert [a["value"] for a in page.named("option") if "selected" in a] == ["hit@1"]


def test_a_report_without_questions() -> None:
    report = sample_report(compared=False)
    summary = summarise([], timings=[], peak_memory_mb=0.0, seconds=0.0, seed=0)
    manifest = replace(report.manifest, questions=0, settings={}, question_files={})
    page = Page(render_html(Report(manifest, summary, (), {})))
    assert page.data["questions"] == []


def test_a_metric_without_a_name_is_shown_under_its_own() -> None:
    report = sample_report(compared=False)
    outcomes = [replace(outcome, values={"novelty": 0.5}) for outcome in report.questions]
    summary = summarise(outcomes, timings=[], peak_memory_mb=1.0, seconds=1.0, seed=0)
    page = Page(render_html(replace(report, summary=summary)))
    assert [a["label"] for a in page.named("optgroup")] == ["Other"]
    assert "novelty" in page.texts["option"]


def test_everything_has_a_name() -> None:
    words = html.words()
    assert list(words["stages"]) == list(get_args(Stage))
    assert list(words["statuses"]) == list(get_args(Status))
    assert list(words["places"]) == [f.name for f in Places.__dataclass_fields__.values()]
    assert set(words["verdicts"]) == {"better", "worse", "mixed", "no evidence"}


def test_the_same_report_makes_the_same_page(rendered: str) -> None:
    assert render_html(sample_report(judged=True)) == rendered


def test_half_a_character_does_not_keep_the_page_from_being_written() -> None:
    report = sample_report(compared=False)
    broken = replace(report.questions[0], question="half \ud83d a character")
    text = render_html(replace(report, questions=(broken,)))
    assert "half ? a character" in text
    assert text.encode()


@pytest.mark.parametrize(
    ("created", "shown"),
    [
        ("2026-11-24T09:05:00+00:00", "24 November 2026, 09:05 UTC"),
        ("2026-01-02", "2 January 2026, 00:00"),
        ("yesterday", "yesterday"),
    ],
)
def test_the_date_is_written_out(created: str, shown: str) -> None:
    assert date(created) == shown


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_an_axis_reaches_its_data_in_few_even_steps(most: float) -> None:
    steps = ticks(most)
    assert steps[0] == 0
    assert steps[-1] >= most * (1 - 1e-6)
    assert steps[-1] <= most * 2
    assert 3 <= len(steps) <= 7
    assert all(a < b for a, b in pairwise(steps))


@pytest.mark.parametrize("most", [0.0, -1.0, float("nan"), float("inf")])
def test_an_axis_without_data(most: float) -> None:
    assert ticks(most) == [0.0, 1.0]


def test_a_curve_of_one_point_and_of_no_risk_is_drawn() -> None:
    report = sample_report(compared=False)
    summary: Summary = replace(report.summary, risk_coverage=((1.0, 0.0),), aurc=0.0)
    text = render_html(replace(report, summary=summary))
    assert "0.000" in text
    assert "nan" not in text.split("<script")[0]


def test_figures_of_deciding_are_shown_where_passages_came_with_the_questions(
    rendered: str,
) -> None:
    report = sample_report(compared=False)
    assert 'id="deciding"' not in rendered
    given_figures = deciding(report.questions, seed=1)
    text = render_html(replace(report, summary=replace(report.summary, given=given_figures)))
    page = Page(text)
    assert {"deciding", "deciding-title"} <= {a.get("id") for _, a in page.elements}
    rate = given_figures["en"]["false_answer"]
    assert f"<b>{rate.mean * 100:.1f}</b>" in text
    assert f"{rate.low * 100:.1f} – {rate.high * 100:.1f}" in text
    for group in given_figures:
        assert {"all": "All", "ar": "Arabic", "en": "English"}.get(group, group) in text
    assert "hallucination rate 36.0, error rate 11.0 in Arabic" in text
