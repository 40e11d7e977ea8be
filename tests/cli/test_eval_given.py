"""``sanad eval --given`` in this process: each question over its own passages, with the models."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from evaluate.report.document import read_report
from evaluate.results import Outcome, Report
from tests.cli.samples import ARABIC_TEXT, ENGLISH_TEXT
from tests.cli.test_commands import sanad

COMMANDER = {"id": "p1", "text": ENGLISH_TEXT, "title": "Bloc sends troops"}
SOLDIERS = {"id": "p2", "text": ARABIC_TEXT, "title": "قوات CSTO تصل إلى ألماتي"}
MARKET = {"id": "p1", "text": "The covered market burned down on Friday night. Nobody was hurt."}
EN = "Who commands the CSTO forces?"
LINES: tuple[dict[str, Any], ...] = (
    {
        "id": "with",
        "question": EN,
        "passages": [COMMANDER, SOLDIERS],
        "answerable": True,
        "answers": ["Serdyukov"],
        "relevant": ["p1"],
    },
    {"id": "without", "question": EN, "passages": [MARKET], "answerable": False},
    {
        "id": "named",
        "question": "كم عدد الجنود الذين وصلوا إلى ألماتي؟",
        "passages": [f"kz-ar.md:0-{len(ARABIC_TEXT)}", MARKET],
        "answerable": True,
    },
    {
        "id": "no",
        "question": "How many people died in Paris in 1999?",
        "passages": [COMMANDER, {**MARKET, "id": "p3"}],
        "answerable": False,
    },
)


@dataclass(frozen=True)
class Run:
    result: Result
    lines: Path
    json: Path
    html: Path
    left: tuple[Path, ...]

    @property
    def report(self) -> Report:
        return read_report(self.json)

    @property
    def outcomes(self) -> dict[str, Outcome]:
        return {outcome.id: outcome for outcome in self.report.questions}


@pytest.fixture(scope="session")
def run(articles: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run for all who look at it."""
    folder = tmp_path_factory.mktemp("given")
    lines, document, page = (folder / name for name in ("given.jsonl", "r.json", "r.html"))
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in LINES)
    lines.write_text(text, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = sanad(
            *("eval", lines, "--given", "--articles", articles),
            *("--json", document, "--html", page),
        )
    return Run(result, lines, document, page, tuple(sorted(folder.iterdir())))


def test_each_question_is_asked_of_its_own_passages(run: Run) -> None:
    assert run.result.exit_code == 0, run.result.output
    assert run.result.stderr == ""
    assert run.left == tuple(sorted((run.lines, run.json, run.html))), "and no store is left"
    outcomes = run.outcomes
    assert list(outcomes) == ["with", "without", "named", "no"]
    assert {id_: o.status for id_, o in outcomes.items() if id_ != "with"} == {
        "without": "correct",
        "named": "correct",
        "no": "correct",
    }
    assert "Serdyukov" in outcomes["with"].answer
    assert {hit.passage.split(":")[0] for hit in outcomes["without"].hits} == {"p1"}
    assert {o.id: len(o.hits) for o in outcomes.values()} == {
        "with": 2, "without": 1, "named": 2, "no": 2,
    }  # fmt: skip
    assert (
        run.report.passages[outcomes["named"].hits[0].passage].title == "قوات CSTO تصل إلى ألماتي"
    )


def test_labels_and_languages_are_those_of_the_passages(run: Run) -> None:
    outcomes = run.outcomes
    assert [o.passage_lang for o in outcomes.values()] == ["both", "en", "both", "en"]
    assert outcomes["with"].values["hit@1"] == 1.0
    assert "contained" in outcomes["with"].values
    assert outcomes["named"].values.keys() >= {"correct", "over_refusal"}
    assert not outcomes["named"].values.keys() & {"contained", "f1", "exact_match", "hit@1"}
    assert outcomes["with"].cluster == outcomes["without"].cluster == "p1"
    assert run.report.manifest.passages == 7
    assert run.report.summary.latency["total"].n == 4


def test_both_rates_are_told_by_language(run: Run) -> None:
    given = run.report.summary.given
    assert given is not None
    assert list(given) == ["all", "ar", "en", "ar→both", "en→both", "en→en"]
    assert (given["all"]["false_answer"].mean, given["all"]["false_answer"].n) == (0.0, 2)
    assert (given["all"]["over_refusal"].mean, given["all"]["over_refusal"].n) == (0.0, 2)
    assert given["all"]["auroc"].mean == 1.0
    assert "false_answer" not in given["ar"]
    shown = run.result.stdout
    assert shown.startswith("4 questions over 7 passages of 7 articles in ")
    for label in ("hallucination rate", "error rate", "AUROC", "risk at coverage .7", "en→both"):
        assert label in shown
    assert "GPT-4, for comparison: ar hallucination .36, error .11; en" in shown
    page = run.html.read_text("utf-8")
    assert 'id="deciding"' in page
    assert "Hallucination rate" in page
    assert "GPT-4" in page


def test_a_run_is_compared_with_an_earlier_one(run: Run, articles: Path) -> None:
    result = sanad(
        *("eval", run.lines, "--given", "--articles", articles, "--baseline", run.json, "--quotes")
    )
    assert result.exit_code == 0, result.output
    assert "Nothing changed: every answer is the same." in result.stdout


def test_a_question_is_explained(run: Run, articles: Path) -> None:
    result = sanad("eval", "explain", "with", run.lines, "--given", "--articles", articles)
    assert result.exit_code == 0, result.output
    assert "Serdyukov" in result.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), r"passages.0: .*say where that is: --articles PATH"),
        (("--from", "squad"), "--given and --from squad are two formats"),
        (("--store", "mine"), "bring a store of the moment"),
    ],
)
def test_what_does_not_go_together_is_refused(
    run: Run, options: tuple[str, ...], said: str
) -> None:
    result = sanad("eval", run.lines, "--given", *options)
    assert result.exit_code == 2
    assert said.split(".*")[-1] in " ".join(result.stderr.split())
