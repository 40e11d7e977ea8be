"""A report as JUnit XML, which CI systems show: a test case for each question.

There is no standard. This keeps to what the strictest reader takes, the xUnit plugin of Jenkins
(its ``junit-10.xsd``): counts on every suite, seconds as plain decimals, at most one ``failure``
or ``error`` in a case, no attribute of our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from evaluate.results import Outcome, Report, grid_key

NAME = "sanad.eval"
GATE = "gate"

_LONGEST_MESSAGE = 200
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(report: Report, failures: Sequence[str] = ()) -> str:
    """The report as a JUnit XML document, to be written as UTF-8.

    There is a suite for each pair of languages (``en→ar``), with a case for each question, and
    one for the gate, with a case for each of ``failures``: the reasons why the evaluation does
    not pass. A question that could not be answered because something broke is an error, one
    that was answered wrongly or refused a failure. Times are seconds: of the whole
    where that was measured, else of the stages that were.

    Characters that XML 1.0 does not allow are replaced by U+FFFD.
    """
    pairs: dict[str, list[Outcome]] = {}
    for outcome in report.questions:
        pairs.setdefault(grid_key(outcome.lang, outcome.passage_lang), []).append(outcome)
    root = Element("testsuites", name=NAME)
    for pair, outcomes in sorted(pairs.items()):
        suite = SubElement(root, "testsuite", name=pair, timestamp=_line(report.manifest.created))
        suite.extend(_case(outcome, f"{NAME}.{pair}") for outcome in outcomes)
        _count(suite, outcomes)
    root.append(_gate(failures))
    _count(root, report.questions)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _case(outcome: Outcome, classname: str) -> Element:
    case = Element(
        "testcase", name=_line(outcome.id), classname=classname, time=_seconds([outcome])
    )
    if not outcome.correct:
        kind = "error" if outcome.status == "failed" else "failure"
        _complain(case, kind, _message(outcome), outcome.status, _details(outcome))
    return case


def _gate(failures: Sequence[str]) -> Element:
    suite = Element("testsuite", name=GATE)
    for reason in failures:
        case = SubElement(
            suite, "testcase", name=_line(reason), classname=f"{NAME}.{GATE}", time="0.000"
        )
        _complain(case, "failure", reason, GATE, reason)
    if not failures:
        SubElement(suite, "testcase", name="passed", classname=f"{NAME}.{GATE}", time="0.000")
    _count(suite, ())
    return suite


def _complain(case: Element, tag: str, message: str, kind: str, text: str) -> None:
    short = _line(message)
    if len(short) > _LONGEST_MESSAGE:
        short = f"{short[: _LONGEST_MESSAGE - 1]}…"
    SubElement(case, tag, message=short, type=kind).text = _clean(text)


def _message(outcome: Outcome) -> str:
    """What happened, on one line."""
    said = outcome.prediction or outcome.answer
    if outcome.status == "wrong":
        if not said:
            return "No labelled passage is among the hits"
        return f"Expected “{' | '.join(outcome.expected)}”, got “{said}”"
    happened, detail = {
        "refused": ("Refused, although the articles answer", outcome.reason),
        "false answer": ("Answered, although the articles do not", said),
    }.get(outcome.status, ("No answer could be had", outcome.error))
    return f"{happened}: {detail}" if detail else happened


def _details(outcome: Outcome) -> str:
    """All that it takes to see what went wrong, a line each."""
    lines = {
        "Question": outcome.question,
        "Understood as": outcome.standalone if outcome.standalone != outcome.question else "",
        "Expected": " | ".join(outcome.expected) or "a refusal" * (not outcome.answerable),
        "Answer": outcome.answer,
        "Withheld": outcome.withheld,
        "Blame": outcome.blame,
        "Error": outcome.error,
    }
    return "\n".join(f"{name}: {value}" for name, value in lines.items() if value)


def _count(suite: Element, outcomes: Iterable[Outcome]) -> None:
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        suite.set(name, str(sum(1 for _ in suite.iter(tag))))
    suite.set("time", _seconds(outcomes))


def _seconds(outcomes: Iterable[Outcome]) -> str:
    return f"{sum(_ms(outcome) for outcome in outcomes) / 1000:.3f}"


def _ms(outcome: Outcome) -> float:
    timings = outcome.timings
    return timings["total"] if "total" in timings else sum(timings.values())


def _line(text: str) -> str:
    return " ".join(_clean(text).split())


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
