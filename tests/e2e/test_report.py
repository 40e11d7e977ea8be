"""The report of an evaluation in a real browser, opened as a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from evaluate.report.html import render_html
from evaluate.results import Flip, Outcome, Report
from tests.evaluate.report.test_html import HOSTILE, hostile_report
from tests.evaluate.reports import FAILS, sample_report

OpenReport = Callable[..., Page]

CONTRAST = """() => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const brush = canvas.getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => {
        brush.clearRect(0, 0, 1, 1);
        brush.fillStyle = colour;
        brush.fillRect(0, 0, 1, 1);
        return [...brush.getImageData(0, 0, 1, 1).data];
    };
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = rgba(getComputedStyle(at).backgroundColor);
            if (colour[3] === 255) return colour;
        }
    };
    const luminance = (colour) => {
        const [r, g, b] = colour.map((value) => {
            const share = value / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const faint = [];
    let seen = 0;
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
        const style = getComputedStyle(element);
        const ink = rgba(element.closest("svg") ? style.fill : style.color);
        const [low, high] = [luminance(ink), luminance(behind(element))].sort((a, b) => a - b);
        const ratio = (high + 0.05) / (low + 0.05);
        seen += 1;
        if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${walker.currentNode.data.trim()}`);
    }
    return { seen, faint };
}"""


@pytest.fixture(scope="module")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Report], Path]:
    """Writes a report as a page."""

    def write(report: Report) -> Path:
        path = tmp_path_factory.mktemp("report") / "report.html"
        path.write_text(render_html(report), encoding="utf-8")
        return path

    return write


@pytest.fixture
def open_report(browser: Browser, report_file: Callable[[Report], Path]) -> Iterator[OpenReport]:
    """Opens a report in a new browser profile.

    Any request beside the file itself, a script error, a dialogue or a broken rule of the
    security policy fails the test when it ends.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_report(
        report: Report | None = None,
        *,
        width: int = 1280,
        dark: bool = False,
        scripts: bool = True,
        hash: str = "",
    ) -> Page:
        url = report_file(report or sample_report(judged=True)).as_uri()
        context = browser.new_context(
            viewport={"width": width, "height": 860},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda request: (
                None
                if request.url.split("#")[0] == url or request.url.startswith("data:")
                else faults.append(f"asked for {request.url}")
            ),
        )
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("dialog", lambda dialog: faults.append(f"dialogue: {dialog.message}"))
        page.goto(url + hash)
        return page

    yield open_report
    for context in contexts:
        context.close()
    assert faults == []


def some(wanted: Callable[[Outcome], bool]) -> Outcome:
    return next(outcome for outcome in sample_report(judged=True).questions if wanted(outcome))


def count(wanted: Callable[[Outcome], bool]) -> int:
    return sum(map(wanted, sample_report(judged=True).questions))


def field(page: Page, name: str) -> Locator:
    return page.get_by_role("combobox", name=name, exact=True)


def open_row(page: Page, question: str) -> Locator:
    row = page.locator(".row", has=page.locator(".question", has_text=question)).first
    row.locator("> summary").click()
    trace = row.locator(".trace")
    expect(trace).to_be_visible()
    return trace


def direction(element: Locator) -> str:
    return str(element.evaluate("element => getComputedStyle(element).direction"))


def overflow(page: Page) -> int:
    root = "document.documentElement"
    return int(page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


def brightness(page: Page) -> float:
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(float(n) for n in re.findall(r"[\d.]+", colour)[:3]) / 3


def test_a_report_opens_and_asks_for_nothing(open_report: OpenReport) -> None:
    page = open_report()
    expect(page.get_by_role("heading", level=1)).to_have_text("60 questions over 16 articles")
    expect(page.locator("#shown")).to_have_text("60 questions")
    expect(page.locator(".row")).to_have_count(60)
    assert page.evaluate("performance.getEntriesByType('resource').length") == 0


def test_filters_show_what_they_say_and_count_it(open_report: OpenReport) -> None:
    page = open_report()
    shown = page.locator("#shown")
    wrong = count(lambda o: o.status == "wrong")
    field(page, "Status").select_option("wrong")
    expect(page.locator(".row")).to_have_count(wrong)
    expect(shown).to_have_text(f"{wrong} of 60 questions")
    assert {*page.locator(".row > summary .status").all_inner_texts()} == {"Wrong"}

    lost = some(lambda o: o.status == "wrong").blame or ""
    both = count(lambda o: o.status == "wrong" and o.blame == lost)
    field(page, "Lost at").select_option(lost)
    expect(page.locator(".row")).to_have_count(both)

    page.get_by_role("button", name="Clear filters").click()
    expect(shown).to_have_text("60 questions")
    expect(page.get_by_role("button", name="Clear filters")).to_be_hidden()

    for label, value, expected in (
        ("Languages", "ar→en", count(lambda o: (o.lang, o.passage_lang) == ("ar", "en"))),
        ("Tag", "cross", count(lambda o: "cross" in o.tags)),
        ("Change", "broken", sum(f.kind == "broken" for f in flips())),
        ("Change", "fixed", sum(f.kind == "fixed" for f in flips())),
    ):
        assert expected > 0
        field(page, label).select_option(value)
        expect(page.locator(".row")).to_have_count(expected)
        page.get_by_role("button", name="Clear filters").click()


def flips() -> tuple[Flip, ...]:
    comparison = sample_report(judged=True).comparison
    assert comparison is not None
    return comparison.flips


@pytest.mark.parametrize("written", ["الجنود المُرسَلين", "الجنود   المرسلين", "ar-csto-TROOPS"])
def test_search_reads_as_readers_do(open_report: OpenReport, written: str) -> None:
    page = open_report()
    asked = some(lambda o: o.id == "ar-csto-troops").question
    page.get_by_label("Search").fill(written)
    expect(page.locator(".row .question").filter(has_text=asked)).to_have_count(1)
    expect(page.locator("#shown")).to_have_text(re.compile(r"^\d of 60"))
    page.get_by_label("Search").fill("nobody wrote this")
    expect(page.locator(".row")).to_have_count(0)
    expect(page.locator("#shown")).to_have_text("0 of 60 questions")


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_search_reads_the_quote_too(open_report: OpenReport, lang: str) -> None:
    outcome = some(lambda o: o.lang == o.passage_lang == lang and o.correct)
    lead, quote = outcome.answer.split("\n")
    elsewhere = " ".join((lead, outcome.id, outcome.question, *outcome.expected)).lower()
    word = next(w for w in re.findall(r"\w{5,}", quote.lower()) if w not in elsewhere)
    page = open_report()
    page.get_by_label("Search").fill(word)
    expect(page.locator(".row .question").filter(has_text=outcome.question)).to_have_count(1)
    expect(page.locator("#shown")).to_have_text(re.compile(r"^[1-9]\d? of 60"))


@pytest.mark.parametrize(("lang", "way"), [("ar", "rtl"), ("en", "ltr")])
def test_a_trace_has_the_direction_of_its_text(
    open_report: OpenReport, lang: str, way: str
) -> None:
    page = open_report()
    outcome = some(lambda o: o.lang == o.passage_lang == lang and bool(o.prediction) and o.correct)
    assert page.locator(".trace").count() == 0, "traces are made when they are opened"
    trace = open_row(page, outcome.question)
    answer = trace.locator(".answer p").last
    assert (answer.get_attribute("lang"), direction(answer)) == (lang, way)
    cited = trace.locator("details[open] mark.cited")
    assert "".join(cited.all_inner_texts()) == outcome.citations[0].quote
    assert direction(trace.locator("details[open] .text")) == way
    assert trace.locator("mark.gold").count() > 0
    assert direction(trace.locator("h4").first) == "ltr"
    assert direction(page.locator(".row[open] .question")) == way
    assert answer.evaluate("e => getComputedStyle(e).fontStyle") == "normal"


def test_a_trace_across_languages_has_two_directions(open_report: OpenReport) -> None:
    page = open_report()
    outcome = some(lambda o: (o.lang, o.passage_lang) == ("en", "ar") and o.correct)
    trace = open_row(page, outcome.question)
    assert direction(page.locator(".row[open] .question")) == "ltr"
    assert direction(trace.locator("details[open] .text")) == "rtl"
    lead, quote = trace.locator(".answer p").all()
    assert (direction(lead), direction(quote)) == ("ltr", "rtl")


def test_a_trace_tells_what_became_of_the_question(open_report: OpenReport) -> None:
    page = open_report()
    refused = some(lambda o: o.status == "refused")
    trace = open_row(page, refused.question)
    expect(trace).to_contain_text(refused.reason or "")
    expect(trace).to_contain_text("Not in the nearest passages")
    expect(trace).to_contain_text("Lost at refusal")
    expect(trace.locator(".difference .same").first).to_be_visible()
    expect(trace.locator(".way li")).to_have_count(5)
    assert trace.locator(".hits > li").count() >= 8
    expect(trace).to_contain_text("Confidence that the articles answer")
    expect(trace).to_contain_text("faithfulness")
    expect(trace).to_contain_text("total")

    failed = sample_report(judged=True).questions[FAILS]
    expect(open_row(page, failed.question)).to_contain_text(failed.error or "")

    alone = some(lambda o: o.standalone != o.question)
    expect(open_row(page, alone.question)).to_contain_text(alone.standalone)


def test_a_flipped_question_shows_both_answers(open_report: OpenReport) -> None:
    comparison = sample_report(judged=True).comparison
    assert comparison is not None
    flip = next(f for f in comparison.flips if f.kind == "fixed" and f.before)
    page = open_report()
    field(page, "Change").select_option("fixed")
    trace = open_row(page, flip.question)
    for line in (flip.before + "\n" + flip.after).split("\n"):
        expect(trace).to_contain_text(line)
    expect(trace.locator("h4 .status")).to_have_count(2)


def test_a_citation_opens_its_passage(open_report: OpenReport) -> None:
    page = open_report()
    outcome = some(lambda o: bool(o.citations) and o.correct)
    trace = open_row(page, outcome.question)
    passage = trace.locator(f'[data-passage="{outcome.citations[0].passage}"]')
    passage.locator("summary").click()
    expect(passage.locator(".text")).to_be_hidden()
    trace.get_by_role("button", name="Open the passage of citation 1").click()
    expect(passage.locator(".text")).to_be_visible()
    expect(passage.locator("summary")).to_be_focused()


def test_figures_lead_to_their_questions(open_report: OpenReport) -> None:
    page = open_report()
    refusals = count(lambda o: o.blame == "refusal")
    page.locator('.stages [data-blame="refusal"]').click()
    expect(page.locator("#shown")).to_have_text(f"{refusals} of 60 questions")
    expect(field(page, "Lost at")).to_have_value("refusal")
    page.locator('.heat [data-pair="en→en"]').first.click()
    expect(field(page, "Lost at")).to_have_value("")
    expect(field(page, "Languages")).to_have_value("en→en")


def test_another_metric_is_looked_at(open_report: OpenReport) -> None:
    page = open_report()
    expect(page.locator(".by-metric:visible")).to_have_count(1)
    field(page, "Metric").select_option("ndcg@10")
    expect(page.locator(".by-metric:visible")).to_have_count(1)
    estimate = sample_report(judged=True).summary.grid["en→en"]["ndcg@10"]
    cell = page.locator('.heat:visible [data-pair="en→en"] b')
    expect(cell).to_have_text(f"{estimate.mean * 100:.1f}")


def test_everything_is_reached_by_keyboard(open_report: OpenReport) -> None:
    page = open_report()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the questions")).to_be_focused()
    row = page.locator(".row").first
    row.locator("> summary").focus()
    page.keyboard.press("Enter")
    expect(row.locator(".trace")).to_be_visible()
    page.keyboard.press("Enter")
    expect(row.locator(".trace")).to_be_hidden()


def test_an_address_names_a_question(open_report: OpenReport) -> None:
    last = sample_report(questions=262).questions[-1]
    page = open_report(sample_report(questions=262), hash=f"#question={last.id}")
    row = page.locator(".row[open]")
    expect(row.locator(".question")).to_have_text(last.question)
    expect(row).to_be_in_viewport()


def test_a_thousand_questions_are_laid_out_as_they_are_looked_at(open_report: OpenReport) -> None:
    page = open_report(sample_report(questions=1000, compared=False))
    expect(page.locator("#shown")).to_have_text("1,000 questions")
    assert page.locator(".row").count() < 200
    for _ in range(20):
        page.locator("footer").scroll_into_view_if_needed()
        page.wait_for_timeout(50)
    expect(page.locator(".row")).to_have_count(1000)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()


def test_the_theme_follows_the_system_until_one_is_chosen(open_report: OpenReport) -> None:
    page = open_report(dark=True)
    assert brightness(page) < 60
    page.get_by_role("button", name="Light theme").click()
    assert brightness(page) > 200
    page.reload()
    assert brightness(page) > 200
    page.get_by_role("button", name="Dark theme").click()
    assert brightness(page) < 60


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_everything_is_readable(open_report: OpenReport, dark: bool) -> None:
    page = open_report(sample_report(questions=262), dark=dark)
    for details in page.locator("details.more").all():
        details.locator("summary").click()
    for status in ("correct", "wrong", "refused", "false-answer", "failed"):
        page.locator(f".row:has(> summary .{status}) > summary").first.click()
    field(page, "Metric").select_option("false_answer")
    found = page.evaluate(CONTRAST)
    assert found["faint"] == []
    assert found["seen"] > 1000


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_phone_shows_everything_without_scrolling_sideways(
    open_report: OpenReport, dark: bool
) -> None:
    page = open_report(width=380, dark=dark)
    assert overflow(page) <= 0
    for details in page.locator("details.more").all():
        details.locator("summary").click()
    for row in page.locator(".row").all()[:20]:
        row.locator("> summary").click()
    for passage in page.locator(".hits details:not([open]) > summary").all()[:30]:
        passage.click()
    expect(page.locator(".trace")).to_have_count(20)
    assert overflow(page) <= 0
    field(page, "Metric").select_option("f1")
    assert overflow(page) <= 0


def test_hostile_text_does_nothing(open_report: OpenReport) -> None:
    page = open_report(hostile_report(), width=380)
    trace = open_row(page, "question")
    expect(trace).to_contain_text(f"answer {HOSTILE}".replace("\u2028", ""))
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    assert overflow(page) <= 0


def test_without_scripts_the_summary_is_all_there(open_report: OpenReport) -> None:
    page = open_report(scripts=False)
    note = page.locator("noscript p")
    expect(note).to_be_visible()
    assert "complete without it" in note.inner_text()
    expect(page.locator("#summary .big").first).to_be_visible()
    expect(page.locator(".heat").first).to_be_visible()
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("#theme")).to_be_hidden()
    expect(page.locator("#metric-field")).to_be_hidden()
