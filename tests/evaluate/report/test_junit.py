"""JUnit XML: what CI systems read of a report, by the rules of the schema that Jenkins checks."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.report.junit import to_junit
from evaluate.results import Outcome, Report, grid_key
from tests.evaluate.reports import sample_report

CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testsuite", "properties", "testcase", "system-out", "system-err"},
    "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
    "failure": set(),
    "error": set(),
}
ATTRIBUTES = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, set()),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "skipped", "timestamp", "hostname", "id"},
        {"name", "tests", "failures", "errors"},
    ),
    "testcase": ({"name", "time", "classname", "group"}, {"name"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
}
"""The attributes that an element of junit-10.xsd may have, and those that it must have."""

COUNTED = {"tests": "testcase", "failures": "failure", "errors": "error"}
SECONDS = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")


def parse(document: str) -> Element:
    """The document as a CI system reads it: bytes, which say what they are encoded in."""
    root = ElementTree.fromstring(document.encode("utf-8"))
    for element in root.iter():
        assert {child.tag for child in element} <= CHILDREN[element.tag], element.tag
        may, must = ATTRIBUTES[element.tag]
        assert must <= set(element.attrib) <= may, element.attrib
        assert SECONDS.fullmatch(element.get("time", "0"))
        if element.tag in {"testsuites", "testsuite", "testcase"}:
            assert not (element.text or "").strip()
        if element.tag in {"testsuites", "testsuite"}:
            for name, tag in COUNTED.items():
                assert element.get(name) == str(len(list(element.iter(tag)))), element.attrib
        if element.tag == "testcase":
            assert len(element) <= 1
    return root


@pytest.fixture(scope="module")
def report() -> Report:
    return sample_report()


def of(report: Report, outcome: Outcome) -> Report:
    return replace(report, questions=(outcome,))


def the_case(report: Report, outcome: Outcome) -> Element:
    return parse(to_junit(of(report, outcome)))[0][0]


def some(report: Report, status: str) -> Outcome:
    return next(outcome for outcome in report.questions if outcome.status == status)


def test_a_case_for_every_question(report: Report) -> None:
    root = parse(to_junit(report))
    statuses = Counter(outcome.status for outcome in report.questions)
    bad = ("wrong", "refused", "false answer")
    assert all(statuses[status] for status in (*bad, "failed", "correct"))
    assert root.get("tests") == str(len(report.questions) + 1)  # and the gate
    assert root.get("failures") == str(sum(statuses[status] for status in bad))
    assert root.get("errors") == str(statuses["failed"])
    cases = {case.get("name"): case for case in root.iter("testcase")}
    for outcome in report.questions:
        case = cases[outcome.id]
        pair = grid_key(outcome.lang, outcome.passage_lang)
        assert case.get("classname") == f"sanad.eval.{pair}"
        assert [child.tag for child in case] == (
            []
            if outcome.status == "correct"
            else ["error" if outcome.status == "failed" else "failure"]
        )
        assert [child.get("type") for child in case] == [outcome.status] * len(case)


def test_a_suite_for_every_pair_of_languages(report: Report) -> None:
    pairs = Counter(grid_key(o.lang, o.passage_lang) for o in report.questions)
    suites = list(parse(to_junit(report)))
    assert [suite.get("name") for suite in suites] == [*sorted(pairs), "gate"]
    for suite in suites[:-1]:
        assert suite.get("tests") == str(pairs[suite.get("name", "")])
        assert suite.get("timestamp") == report.manifest.created
        seconds = sum(float(case.get("time", "")) for case in suite)
        assert float(suite.get("time", "")) == pytest.approx(seconds, abs=0.001 * len(suite))


def test_times_are_seconds(report: Report) -> None:
    outcome = replace(some(report, "correct"), timings={"encode": 9.0, "total": 1234567.8})
    root = parse(to_junit(of(report, outcome)))
    assert root[0][0].get("time") == "1234.568"
    assert root.get("time") == root[0].get("time") == "1234.568"
    parts = replace(outcome, timings={"dense": 1200.0, "select": 34.0})
    assert the_case(report, parts).get("time") == "1.234"
    outcome = replace(outcome, timings={})
    assert the_case(report, outcome).get("time") == "0.000"


@pytest.mark.parametrize(
    ("status", "changes", "message"),
    [
        ("wrong", {"prediction": "3,000"}, "Expected “2,500 | ٢٥٠٠”, got “3,000”"),
        ("wrong", {"prediction": "", "answer": ""}, "No labelled passage is among the hits"),
        ("refused", {"reason": "لا تجيب المقالات."}, "articles answer: لا تجيب المقالات."),
        ("false answer", {"prediction": "يوم الأحد"}, "articles do not: يوم الأحد"),
        ("failed", {"error": "It\nbroke off."}, "No answer could be had: It broke off."),
    ],
)
def test_what_went_wrong(
    report: Report, status: str, changes: dict[str, str], message: str
) -> None:
    outcome = replace(some(report, status), expected=("2,500", "٢٥٠٠"), **changes)  # type: ignore[arg-type]
    (complaint,) = the_case(report, outcome)
    assert message in complaint.get("message", "")
    text = complaint.text or ""
    assert f"Question: {outcome.question}\n" in text
    assert "Expected: 2,500 | ٢٥٠٠\n" in text
    assert (f"Answer: {outcome.answer}\n" in text) == bool(outcome.answer)
    assert f"Blame: {outcome.blame}" in text
    assert outcome.question in to_junit(of(report, outcome))  # Arabic as letters, not as numbers


def test_what_was_expected_of_an_unanswerable_question(report: Report) -> None:
    (complaint,) = the_case(report, some(report, "false answer"))
    assert "Expected: a refusal\n" in (complaint.text or "")


def test_long_answers_are_whole_in_the_text_alone(report: Report) -> None:
    outcome = replace(some(report, "wrong"), prediction="", answer="a long answer " * 100)
    (complaint,) = the_case(report, outcome)
    assert len(complaint.get("message", "")) == 200
    assert outcome.answer in (complaint.text or "")


def test_the_gate(report: Report) -> None:
    passed = parse(to_junit(report))[-1]
    assert [passed.get(name) for name in ("name", "tests", "failures")] == ["gate", "1", "0"]
    reasons = ("recall@10 fell by 4 points & more than 2 are allowed.", "«correct» < 0.6")
    gate = parse(to_junit(report, reasons))[-1]
    assert [gate.get(name) for name in ("tests", "failures", "errors")] == ["2", "2", "0"]
    assert tuple(case.get("name") for case in gate) == reasons
    assert tuple(case[0].get("message") for case in gate) == reasons
    assert tuple(case[0].text for case in gate) == reasons
    assert {case.get("classname") for case in gate} == {"sanad.eval.gate"}


def test_a_report_without_questions(report: Report) -> None:
    root = parse(to_junit(replace(report, questions=())))
    assert [suite.get("name") for suite in root] == ["gate"]


HOSTILE = "a\x00\x08\x0b\x1b[31m\x1f\ud800\ufffe\uffff]]>&<b>\"'\U0001f600\u202e"
READABLE = "a\ufffd\ufffd\ufffd\ufffd[31m\ufffd\ufffd\ufffd\ufffd]]>&<b>\"'\U0001f600\u202e"


def test_characters_that_xml_does_not_allow(report: Report) -> None:
    outcome = replace(
        some(report, "wrong"),
        **dict.fromkeys(("id", "question", "standalone", "answer", "prediction"), HOSTILE),  # type: ignore[arg-type]
        expected=(HOSTILE,),
    )
    case = parse(to_junit(of(report, outcome), [HOSTILE]))[0][0]
    assert case.get("name") == READABLE
    assert case[0].get("message") == f"Expected “{READABLE}”, got “{READABLE}”"
    text = case[0].text or ""
    assert text.startswith(
        f"Question: {READABLE}\nExpected: {READABLE}\nAnswer: {READABLE}\nBlame: "
    )


def readable(text: str) -> str:
    """What is left of ``text`` on one line of XML."""
    allowed = (range(0x20, 0xD800), range(0xE000, 0xFFFE), range(0x10000, 0x110000))
    kept = (
        c if c in "\t\n\r" or any(ord(c) in some for some in allowed) else "\ufffd" for c in text
    )
    return " ".join("".join(kept).split())


@given(
    text=st.text(st.characters(exclude_categories=())),
    status=st.sampled_from(["wrong", "refused", "failed"]),
)
def test_any_text_will_do(report: Report, text: str, status: str) -> None:
    outcome = some(report, status)
    outcome = replace(outcome, id=text, question=text, answer=text, reason=text, error=text)
    root = parse(to_junit(of(report, outcome), [text]))
    assert root[0][0].get("name") == root[-1][0].get("name") == readable(text)
