"""The JSON document of a report: what is written is read again, and all else is refused clearly."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.passages import CitedQuote, FoundPassage, Passage, Places
from evaluate.report.document import read_report, to_json
from evaluate.results import (
    SCHEMA,
    Change,
    Estimate,
    Flip,
    Latency,
    Outcome,
    Refusals,
    Report,
    Summary,
    Verdict,
    grid_key,
)
from rag.errors import EvaluationError
from tests.evaluate.outcomes import MANIFEST
from tests.evaluate.reports import sample_report

Read = Callable[[object], Report]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a document: bytes as they are, else written as JSON."""

    def read_document(document: object) -> Report:
        path = tmp_path / "report.json"
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        path.write_bytes(data)
        return read_report(path)

    return read_document


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(to_json(sample_report(judged=True)))
    return loaded


def changed(document: dict[str, Any], place: str, value: object) -> dict[str, Any]:
    """The document with another value at a place such as ``manifest.seed``."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    *steps, last = [int(step) if step.isdecimal() else step for step in place.split(".")]
    holder: Any = copy
    for step in steps:
        holder = holder[step]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    return copy


@pytest.mark.parametrize(
    "kind", [{}, {"judged": True}, {"compared": False}, {"questions": 3, "judged": True}]
)
def test_a_report_is_read_as_it_was_written(read: Read, kind: dict[str, Any]) -> None:
    report = sample_report(**kind)
    written = to_json(report)
    assert read(written.encode()) == report
    assert to_json(read(written.encode())) == written


def test_the_document_is_the_report_field_by_field(document: dict[str, Any]) -> None:
    assert list(document) == [field.name for field in fields(Report)]
    assert list(document["questions"][0]) == [field.name for field in fields(Outcome)]
    assert list(document["summary"]) == [field.name for field in fields(Summary)]
    assert document["schema"] == SCHEMA == 1


def test_arabic_stays_readable_and_the_file_ends_in_a_line_break() -> None:
    written = to_json(sample_report())
    assert "سيرديوكوف" in written
    assert written.endswith("}\n")


@pytest.mark.parametrize("schema", [0, SCHEMA + 1, 99])
def test_another_schema_is_told_before_any_field(
    read: Read, document: dict[str, Any], schema: int
) -> None:
    for other in (
        changed(document, "schema", schema),
        {"schema": schema},
        {**changed(document, "manifest", ...), "schema": schema, "figures": []},
    ):
        with pytest.raises(EvaluationError) as error:
            read(other)
        said = str(error.value)
        assert "report.json" in said
        assert f"schema {schema}" in said
        assert f"schema {SCHEMA}" in said
        assert "manifest" not in said
        assert "--json report.json" in said


@pytest.mark.parametrize(
    ("place", "value", "field"),
    [
        ("manifest", ..., "manifest: Field required"),
        ("summary", None, "summary: "),
        ("questions", {}, "questions: "),
        ("manifest.seed", "x", "manifest.seed: "),
        ("manifest.articles", ..., "manifest.articles: Field required"),
        ("questions.0.status", "great", "questions.0.status: "),
        ("questions.0.id", ..., "questions.0.id: Field required"),
        ("questions.1.values", [], "questions.1.values: "),
        ("questions.0.lang", "fr", "questions.0.lang: "),
        ("summary.all.correct.mean", None, "summary.all.correct.mean: "),
        ("summary.all.correct.method", "guess", "summary.all.correct.method: "),
        ("comparison.verdict", "best", "comparison.verdict: "),
        ("schema", ..., "schema: Field required"),
        ("schema", "one", "schema: "),
        ("schema", None, "schema: "),
    ],
)
def test_a_field_that_is_wrong_is_named(
    read: Read, document: dict[str, Any], place: str, value: object, field: str
) -> None:
    with pytest.raises(EvaluationError) as error:
        read(changed(document, place, value))
    assert "report.json is not a report of sanad eval" in str(error.value)
    assert field in str(error.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"a report"',
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        '{"manifest": "سند"}'.encode("windows-1256"),
        b'{"id": "q", "question": "Who?", "answers": [], "answerable": false}',
    ],
)
def test_what_is_no_report_is_refused(read: Read, data: bytes) -> None:
    with pytest.raises(EvaluationError, match=r"report\.json is not a report of sanad eval \("):
        read(data)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"none\.json cannot be read: No such file"):
        read_report(tmp_path / "none.json")
    with pytest.raises(EvaluationError, match="cannot be read: Is a directory"):
        read_report(tmp_path)


def test_keys_of_the_grid() -> None:
    assert grid_key("en", "ar") == "en→ar"
    assert grid_key("ar", "none") == "ar→none"


texts = st.text(max_size=8)
shares = st.floats(0, 1)
numbers = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(0, 10**6)
few = {"max_size": 2}
estimate = st.builds(Estimate, shares, shares, shares, counts)
estimates = st.dictionaries(texts, estimate, **few)
outcome = st.builds(
    Outcome,
    expected=st.lists(texts, **few).map(tuple),
    tags=st.lists(texts, **few).map(tuple),
    missing=st.lists(texts, **few).map(tuple),
    confidence=st.none() | shares,
    places=st.builds(Places, dense=st.none() | counts, hits=st.none() | counts),
    values=st.dictionaries(texts, shares, **few),
    citations=st.lists(st.builds(CitedQuote), **few).map(tuple),
    hits=st.lists(
        st.builds(FoundPassage, score=numbers, legs=st.dictionaries(texts, counts, **few)), **few
    ).map(tuple),
    gold=st.lists(texts, **few).map(tuple),
    timings=st.dictionaries(texts, numbers, **few),
    verdict=st.none() | st.builds(Verdict, st.none() | shares, st.none() | shares),
)
summary = st.builds(
    Summary,
    all=estimates,
    grid=st.dictionaries(texts, estimates, **few),
    tags=st.dictionaries(texts, estimates, **few),
    refusals=st.builds(Refusals, st.none() | shares, st.none() | shares, st.none() | shares),
    risk_coverage=st.lists(st.tuples(shares, shares), **few).map(tuple),
    aurc=st.none() | shares,
    latency=st.dictionaries(texts, st.builds(Latency, numbers, numbers, numbers), **few),
    peak_memory_mb=numbers,
    seconds=numbers,
)
settings = st.dictionaries(
    texts, st.none() | st.booleans() | st.integers(-(2**53), 2**53) | numbers | texts, **few
)
reports = st.builds(
    Report,
    manifest=settings.map(lambda values: replace(MANIFEST, settings=values)),
    summary=summary,
    questions=st.lists(outcome, **few).map(tuple),
    passages=st.dictionaries(texts, st.builds(Passage), **few),
    comparison=st.none(),
    schema=st.just(SCHEMA),
)


@given(reports)
def test_any_report_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, report: Report
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(to_json(report), "utf-8", newline="")
    again = read_report(path)
    assert again == report
    kinds = {name: type(value) for name, value in report.manifest.settings.items()}
    assert {name: type(value) for name, value in again.manifest.settings.items()} == kinds
    assert to_json(again) == to_json(report)


@given(st.builds(Change, before=shares, after=shares, low=numbers, high=numbers, p=shares,
                 p_adjusted=shares), st.builds(Flip))  # fmt: skip
def test_any_comparison_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, change: Change, flip: Flip
) -> None:
    report = sample_report(questions=1)
    assert report.comparison is not None
    comparison = replace(report.comparison, changes=(change,), flips=(flip,))
    path = tmp_path_factory.getbasetemp() / "compared.json"
    path.write_text(to_json(replace(report, comparison=comparison)), "utf-8", newline="")
    assert read_report(path).comparison == comparison
    assert change.difference == change.after - change.before
