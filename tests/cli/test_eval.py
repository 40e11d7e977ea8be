"""``sanad eval`` in this process, over a real store with the shipped encoder."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console
from typer.testing import Result

from evaluate.report.document import read_report, to_json
from evaluate.results import Outcome, Report
from evaluate.run import SEED
from rag.settings import ROOT, SHIPPED_READER
from tests.cli.samples import ARABIC_TEXT, ENGLISH_TEXT
from tests.cli.test_commands import sanad
from tests.evaluate.reports import sample_report
from tests.scripted_server import Reply, ScriptedServer
from ui.terminal.evaluation import options
from ui.terminal.evaluation.tables import show_comparison
from ui.terminal.screen import Manner, Screen

AR = "كم عدد الجنود الذين وصلوا إلى ألماتي؟"
EN = "Who commands the CSTO forces?"
MARKS = "\u200e\u200f\u2066\u2067\u2068\u2069\u202a\u202b\u202c"
QUESTIONS: tuple[dict[str, Any], ...] = (
    {
        "id": "ar-soldiers",
        "question": AR,
        "answers": ["2,500"],
        "evidence": [{"article": "kz-ar.md", "quote": "2,500 جندي وصلوا إلى ألماتي"}],
        "answerable": True,
        "tags": ["how-many"],
    },
    {
        "id": "en-commander",
        "question": EN,
        "answers": ["Serdyukov"],
        "evidence": [{"article": "kz-en.md", "quote": "General Andrey Serdyukov commands"}],
        "answerable": True,
    },
    {
        "id": "en-stay",
        "question": "How long will the CSTO troops stay?",
        "answers": ["until the spring"],
        "evidence": [{"article": "kz-en.md", "quote": "They will stay for weeks."}],
        "answerable": True,
    },
    {
        "id": "no-en",
        "question": "How many people died in Paris in 1999?",
        "answers": [],
        "answerable": False,
    },
)
TOO_LONG = {"id": "long", "question": "why " * 600, "answers": [], "answerable": False}


def written(path: Path, lines: Sequence[dict[str, Any]] = QUESTIONS) -> Path:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("questions") / "set.jsonl")


@dataclass(frozen=True)
class Run:
    """A run over articles of the moment, and the files that it wrote."""

    result: Result
    json: Path
    html: Path
    junit: Path
    left: tuple[Path, ...]

    @property
    def report(self) -> Report:
        return read_report(self.json)

    @property
    def outcomes(self) -> dict[str, Outcome]:
        return {outcome.id: outcome for outcome in self.report.questions}


@pytest.fixture(scope="session")
def run(questions: Path, articles: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """``sanad eval QUESTIONS --articles …``, once for all who look at it."""
    folder = tmp_path_factory.mktemp("run")
    files = [folder / name for name in ("report.json", "report.html", "report.xml")]
    options = [x for pair in zip(("--json", "--html", "--junit"), files, strict=True) for x in pair]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = sanad("eval", questions, "--articles", articles, *options)
    return Run(result, *files, tuple(sorted(folder.iterdir())))


@pytest.mark.parametrize("command", ["run", "sweep", "explain"])
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    result = sanad("eval", command, "--help")
    assert result.exit_code == 0
    assert "Example: sanad eval" in result.stdout
    for option in ("--store", "--articles", "--from", "--passages", "--questions", "--quotes"):
        assert option in result.stdout
    assert "--articles articles" in " ".join(result.stdout.split()), "its example can be run"


def test_eval_alone_shows_its_commands() -> None:
    for arguments, code in ((["eval"], 2), (["eval", "--help"], 0), (["eval", "-h"], 0)):
        result = sanad(*arguments)
        assert result.exit_code == code
        for command in ("run", "sweep", "explain"):
            assert f" {command} " in result.output
        examples = [line for line in result.output.splitlines() if "Example: sanad eval" in line]
        assert len(examples) == 2


def test_the_seed_is_that_of_an_evaluation() -> None:
    assert options.SEED == SEED


def test_a_run_over_articles_of_the_moment(run: Run) -> None:
    assert run.result.exit_code == 0, run.result.output
    assert run.result.stderr == ""
    shown = run.result.stdout
    assert shown.startswith("4 questions over 2 passages of 2 articles in ")
    assert "3 correct, 1 wrong" in shown
    assert "lost at: selection 1" in shown
    assert re.search(r"ar→ar +en→en +en→none", shown)
    assert not any(mark in shown for mark in "\x1b" + MARKS)
    assert run.left == tuple(sorted((run.json, run.html, run.junit))), "and nothing else is left"


def test_the_report_of_a_run(run: Run) -> None:
    report = run.report
    assert [outcome.id for outcome in report.questions] == [line["id"] for line in QUESTIONS]
    assert list(report.manifest.question_files) == ["set.jsonl"]
    assert (report.manifest.articles, report.manifest.passages) == (2, 2)
    assert {name: outcome.status for name, outcome in run.outcomes.items()} == {
        "ar-soldiers": "correct",
        "en-commander": "correct",
        "en-stay": "wrong",
        "no-en": "correct",
    }
    assert run.outcomes["ar-soldiers"].question == AR
    assert AR in run.json.read_text("utf-8")


def test_the_files_of_a_run(run: Run) -> None:
    page = run.html.read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "en-commander" in page
    cases = {case.get("name"): case for case in ElementTree.parse(run.junit).iter("testcase")}
    assert len(cases) >= len(QUESTIONS)
    failures = [name for name, case in cases.items() if case.find("failure") is not None]
    assert len(failures) == 1
    assert "en-stay" in str(failures[0])


def test_a_run_over_a_store_finds_the_same(
    run: Run, store: Path, questions: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.json"
    result = sanad("eval", "run", questions, "--store", store, "--json", again)
    assert (result.exit_code, result.stderr) == (0, "")
    report = read_report(again)
    assert [replace(o, timings={}) for o in report.questions] == [
        replace(o, timings={}) for o in run.report.questions
    ]
    assert report.manifest.corpus == run.report.manifest.corpus


def test_options_may_stand_before_the_questions(store: Path, questions: Path) -> None:
    result = sanad("eval", "--no-answers", "--store", store, questions.parent)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("3 questions over 2 passages")
    assert "recall@5" in result.stdout
    assert "contained" not in result.stdout


def test_a_baseline_that_is_met(run: Run, store: Path, questions: Path, tmp_path: Path) -> None:
    files = {"--json": tmp_path / "after.json", "--html": tmp_path / "a.html"}
    options = [x for pair in files.items() for x in pair]
    result = sanad(
        *("eval", questions, "--store", store, "--baseline", run.json, "--max-drop", "0"), *options
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("No evidence of a change since the baseline of ")
    comparison = read_report(files["--json"]).comparison
    assert comparison is not None
    assert (comparison.compared, comparison.flips) == (4, ())


@pytest.fixture(scope="session")
def better(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A baseline that has the answer right which is wrong now."""
    was_right = {"contained": 1.0, "correct": 1.0, "f1": 1.0, "exact_match": 1.0}
    outcomes = tuple(
        replace(
            o, status="correct", blame=None, answer="عند الربيع", values={**o.values, **was_right}
        )
        if o.id == "en-stay"
        else o
        for o in run.report.questions
    )
    path = tmp_path_factory.mktemp("baseline") / "better.json"
    path.write_text(to_json(replace(run.report, questions=outcomes)), "utf-8")
    return path


def test_a_drop_below_the_baseline_fails(
    better: Path, store: Path, questions: Path, tmp_path: Path
) -> None:
    junit = tmp_path / "gate.xml"
    result = sanad(
        *("eval", questions, "--store", store, "--baseline", better),
        *("--max-drop", "0.1", "--junit", junit),
    )
    assert result.exit_code == 1
    assert "Error: The baseline was missed: correct " in result.stderr
    assert "more than the 10" in result.stderr
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert "broken: 1" in lines
    assert "en-stay  (selection)" in lines
    assert "How long will the CSTO troops stay?" in lines
    assert "was: عند الربيع" in lines
    assert "more than the 10.0 allowed" in junit.read_text("utf-8")


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("better", "Better than the baseline of 2026-11-24, over 59 questions"),
        ("worse", "Worse than the baseline of 2026-11-24, over 59 questions"),
        (
            "mixed",
            "Better in part, worse in part, against the baseline of 2026-11-24, over 59 questions",
        ),
        (
            "no evidence",
            "No evidence of a change since the baseline of 2026-11-24, over 59 questions",
        ),
    ],
)
def test_the_verdict_is_a_whole_sentence(verdict: Any, said: str) -> None:
    comparison = sample_report().comparison
    assert comparison is not None
    console = Console(file=io.StringIO(), width=120, highlight=False)
    show_comparison(Screen(console, Manner("logical")), replace(comparison, verdict=verdict))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines()[0] == said


def test_a_drop_that_chance_explains_passes_without_a_limit(
    better: Path, store: Path, questions: Path
) -> None:
    result = sanad("eval", questions, "--store", store, "--baseline", better)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("No evidence of a change")
    assert "too few to tell" in result.stdout


def test_a_question_that_fails_is_told_and_the_rest_is_reported(
    store: Path, tmp_path: Path
) -> None:
    file = written(tmp_path / "set.jsonl", [*QUESTIONS[:1], TOO_LONG])
    report, junit = tmp_path / "report.json", tmp_path / "report.xml"
    result = sanad("eval", file, "--store", store, "--json", report, "--junit", junit)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: 1 question could not be asked; the first: ")
    assert "2,399 characters" in result.stderr.replace("\n", " ")
    assert "1 correct, 1 failed" in result.stdout
    assert [o.status for o in read_report(report).questions] == ["correct", "failed"]
    assert ElementTree.parse(junit).find(".//error") is not None


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in list(os.environ):
        if name.startswith("OPENAI_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    with ScriptedServer() as server:
        monkeypatch.setenv("SANAD_CHAT_MODEL", "openai:scripted")
        monkeypatch.setenv("SANAD_CHAT_BASE_URL", server.url)
        yield server


def test_a_chat_model_that_breaks_off_fails_one_question(
    server: ScriptedServer, store: Path, questions: Path, tmp_path: Path
) -> None:
    server.script(
        "وصل 2,500 جندي إلى ألماتي [1].",
        Reply("General Andrey", cut="quiet"),
        "They will stay for weeks [1].",
        "NO_ANSWER",
    )
    file = tmp_path / "report.json"
    result = sanad("eval", questions, "--store", store, "--json", file)
    assert result.exit_code == 1
    assert "1 question could not be asked; the first: The chat model openai:scripted" in (
        result.stderr.replace("\n", " ")
    )
    assert len(server.requests) == len(QUESTIONS), "nothing is asked twice"
    outcomes = {outcome.id: outcome for outcome in read_report(file).questions}
    assert outcomes["ar-soldiers"].status == "correct"
    assert (outcomes["en-commander"].status, outcomes["en-commander"].blame) == ("failed", "error")
    assert outcomes["en-commander"].places.hits is not None
    assert outcomes["en-stay"].status == "wrong"
    assert server.url.split("/")[2] not in str(read_report(file).manifest)


@pytest.mark.parametrize("command", [["run"], ["sweep", "--set", "k=2"], ["explain", "en-stay"]])
def test_quotes_alone_need_no_chat_model(
    server: ScriptedServer, store: Path, questions: Path, command: list[str]
) -> None:
    result = sanad("eval", *command, questions, "--store", store, "--quotes")
    assert (result.exit_code, server.requests) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["run"], "There is nothing to ask. Name question files"),
        (["sweep"], "There is nothing to ask"),
        (["explain"], "Missing argument 'ID'"),
        (["explain", "some-id"], "There is nothing to ask"),
        (["{set}", "--colour"], "No such option"),
        (["{set}", "--from", "csv"], "Invalid value for '--from'"),
        (["{set}", "--max-drop", "0.1"], "--max-drop goes with --baseline FILE"),
        (["{set}", "--max-drop", "2", "--baseline", "{set}"], "Invalid value for '--max-drop'"),
        (["{set}", "--seed", "-1"], "Invalid value for '--seed'"),
        (["{set}", "--seed", "x"], "Invalid value for '--seed'"),
        (["{set}", "--passages", "a"], "Give --passages and --questions together"),
        (["--questions", "a", "--from", "squad"], "Give --passages and --questions together"),
        (["--passages", "a", "--questions", "b"], "go with --from squad"),
        (
            ["{set}", "--passages", "a", "--questions", "b", "--from", "squad"],
            "Give either SQuAD files alone, or --passages and --questions",
        ),
        (["{set}", "--json", "{set}/no/report.json"], "is no file in a folder that there is"),
        (["{set}", "--html", "."], "is no file in a folder that there is"),
        (["{set}", "--json", "a", "--junit", "a"], "a would be written twice"),
        (["{set}", "--baseline", "none.json"], "none.json cannot be read: No such file"),
        (["{set}", "--baseline", "{set}"], "set.jsonl is not a report of sanad eval"),
        (["{set}", "--judge"], "Set SANAD_CHAT_MODEL to provider:name"),
        (["none.jsonl"], "There is no question file none.jsonl"),
        (["{set}"], "sanad ingest"),
        (["run", "{set}", "--store", "elsewhere"], "elsewhere"),
        (["sweep", "{set}"], "sanad ingest"),
        (["sweep", "{set}", "--set", "k"], "'k' is no axis"),
        (["sweep", "{set}", "--set", "store=a"], "'store' is no setting that a sweep can change"),
        (["sweep", "{set}", "--set", "k=1", "--set", "k=2"], "'k' is set twice"),
        (["sweep", "{set}", "--json", "."], "is no file in a folder that there is"),
        (["sweep", "{set}", "--baseline", "a"], "No such option"),
        (["explain", "en-commander", "{set}"], "sanad ingest"),
        (["{set}", "--articles", "none"], "none: "),
        (["{set}", "--from", "squad"], "set.jsonl is not JSON"),
    ],
)
def test_what_cannot_be_done_is_told_on_stderr(
    questions: Path, arguments: list[str], complaint: str
) -> None:
    result = sanad("eval", *(argument.format(set=questions) for argument in arguments))
    assert result.exit_code == 2
    assert complaint in result.stderr.replace("\n", " ")
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert list(Path.cwd().iterdir()) == []


def test_a_line_that_is_no_question_is_named_before_a_model_is_loaded(tmp_path: Path) -> None:
    file = written(tmp_path / "set.jsonl", [*QUESTIONS, {"id": "x"}])
    code = (
        "import sys; from typer.testing import CliRunner; from cli import app\n"
        f"result = CliRunner().invoke(app, ['eval', {str(file)!r}, '--articles', 'articles'])\n"
        "print(result.exit_code, 'torch' in sys.modules); print(result.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("2 False\n")
    assert "line 5: question: Field required" in done.stdout.replace("\n", " ")


def test_a_sweep_is_a_row_a_variant(store: Path, questions: Path) -> None:
    result = sanad("eval", "sweep", questions, "--store", store, "--set", "k=1,2")
    assert (result.exit_code, result.stderr) == (0, "")
    head, _, *rows = [line for line in result.stdout.splitlines() if line.strip()]
    assert head.split()[:2] == ["settings", "hit@1"]
    assert [row.split()[0] for row in rows] == ["k=1", "k=2"]
    assert "\x1b" not in result.stdout


def test_the_rows_of_a_sweep_are_written(store: Path, questions: Path, tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    command = ("eval", "sweep", questions, "--store", store, "--set", "k=1,2")
    result = sanad(*command, "--json", file, "--seed", 5)
    assert (result.exit_code, result.stderr) == (0, "")
    document = json.loads(file.read_text("utf-8"))
    assert document["seed"] == 5
    one, two = document["rows"]
    assert [one["settings"], two["settings"]] == [{"k": 1}, {"k": 2}]
    assert (one["name"], one["failed"]) == ("k=1", 0)
    assert one["seconds"] > 0
    correct = one["estimates"]["correct"]
    assert correct["n"] == len(QUESTIONS)
    assert 0 <= correct["low"] <= correct["mean"] <= correct["high"] <= 1


def test_a_sweep_without_axes_takes_the_search_apart(store: Path, questions: Path) -> None:
    result = sanad("eval", "sweep", questions, "--store", store, "--no-answers")
    assert (result.exit_code, result.stderr) == (0, "")
    for name in ("hybrid", "hybrid, rank fusion", "dense only", "lexical only"):
        assert re.search(rf"(?m)^ ?{name}  ", result.stdout)
    assert "contained" not in result.stdout


def test_a_sweep_tells_what_failed(store: Path, tmp_path: Path) -> None:
    file = written(tmp_path / "set.jsonl", [*QUESTIONS[:1], TOO_LONG])
    result = sanad("eval", "sweep", file, "--store", store, "--set", "max_question_chars=60,3000")
    assert result.exit_code == 1
    assert "max_question_chars=60: 1 of the questions could not be asked" in result.stderr
    assert "max_question_chars=3000:" not in result.stderr
    assert "max_question_chars=3000" in result.stdout


def test_an_explanation_shows_every_stage(store: Path, questions: Path) -> None:
    result = sanad("eval", "explain", "ar-soldiers", questions, "--store", store)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == AR
    assert "ar-soldiers · ar → ar · how-many" in lines[1]
    stages = ["Labelled passages", "Search", "Hits", "Sentences weighed", "Answer", "Verdict"]
    assert [line for line in lines if line in stages] == stages
    for leg in ("dense, ar", "lexical, ar", "fused, ar", "matched, ar", "in turns"):
        assert re.search(rf"(?m)^  {leg} +rank 1 ", result.stdout)
    assert "2,500 جندي وصلوا إلى ألماتي" in result.stdout
    assert not any(mark in result.stdout for mark in "\x1b" + MARKS)


@pytest.mark.parametrize(
    ("id_", "said"),
    [
        ("en-stay", "lost at: selection: the passage was read, and another"),
        ("no-en", "none: the articles do not answer"),
        ("free", "none: the question has no evidence"),
        ("gone", "not in the store: gone.md"),
        ("long", "2,399 characters"),
    ],
)
def test_an_explanation_of_what_went_wrong(
    store: Path, tmp_path: Path, id_: str, said: str
) -> None:
    free = {**QUESTIONS[1], "id": "free", "evidence": []}
    gone = {**QUESTIONS[1], "id": "gone", "evidence": [{"article": "gone.md", "quote": "x"}]}
    file = written(tmp_path / "set.jsonl", [*QUESTIONS, free, gone, TOO_LONG])
    result = sanad("eval", "explain", id_, file, "--store", store)
    assert (result.exit_code, result.stderr) == (0, "")
    assert said in result.stdout
    assert ("none: " in result.stdout) == (id_ in {"no-en", "free", "long"})


def test_an_unknown_question_cannot_be_explained(store: Path, questions: Path) -> None:
    result = sanad("eval", "explain", "nobody", questions, "--store", store)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "There is no question 'nobody'" in result.stderr


def squad(path: Path, context: str, question: str, answer: str) -> Path:
    qas = [
        {
            "id": "q1",
            "question": question,
            "answers": [{"text": answer, "answer_start": context.index(answer)}],
        },
        {"id": "q2", "question": "Who?", "answers": [], "is_impossible": True},
    ]
    paragraphs = [{"context": context, "qas": qas}, {"context": f"{context} {context}", "qas": []}]
    document = {"version": "v2.0", "data": [{"title": "CSTO", "paragraphs": paragraphs}]}
    path.write_text(json.dumps(document), "utf-8")
    return path


@pytest.fixture(scope="session")
def parallel(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two files in SQuAD's format with the same questions, in Arabic and in English."""
    folder = tmp_path_factory.mktemp("squad")
    return (
        squad(folder / "ar.json", ARABIC_TEXT, AR, "2,500 جندي"),
        squad(folder / "en.json", ENGLISH_TEXT, EN, "General Andrey Serdyukov"),
    )


@pytest.fixture(scope="session")
def crossed(
    parallel: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Result, Report]:
    """Both files asked of both, on what passes for a terminal."""
    file = tmp_path_factory.mktemp("crossed") / "report.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORCE_COLOR", "1")
        result = sanad("eval", "--from", "squad", *parallel, "--json", file)
    assert result.exit_code == 0, result.output
    return result, read_report(file)


def test_parallel_files_are_asked_in_all_directions(crossed: tuple[Result, Report]) -> None:
    result, report = crossed
    pairs = ["ar→ar", "en→ar", "ar→en", "en→en"]
    assert [outcome.id for outcome in report.questions] == [
        f"{id_}@{pair}" for pair in pairs for id_ in ("q1", "q2")
    ]
    labelled = [o for o in report.questions if o.answerable]
    assert [f"{o.lang}→{o.passage_lang}" for o in labelled] == pairs
    assert list(report.manifest.question_files) == ["ar.json", "en.json"]
    assert report.manifest.articles == 4, "each is counted once"
    assert {outcome.cluster for outcome in report.questions} == {"CSTO"}
    assert all(pair in result.stdout for pair in pairs)


def test_questions_of_one_file_over_the_paragraphs_of_another(
    parallel: tuple[Path, Path], articles: Path, tmp_path: Path
) -> None:
    arabic, english = parallel
    file = tmp_path / "report.json"
    result = sanad(
        *("eval", "--from", "squad", "--passages", arabic, "--questions", english),
        *("--articles", articles, "--json", file),
    )
    assert (result.exit_code, result.stderr) == (0, "")
    report = read_report(file)
    assert [(o.id, o.answerable) for o in report.questions] == [("q1", True), ("q2", False)]
    assert report.questions[0].expected == ("2,500 جندي",)
    assert report.manifest.articles == 4, "articles may be given to search among"


def test_a_question_in_squads_format_can_be_explained(parallel: tuple[Path, Path]) -> None:
    result = sanad("eval", "explain", "q1", "--from", "squad", parallel[0])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(AR)


def test_bars_on_a_terminal_come_one_after_the_other(
    crossed: tuple[Result, Report],
    store: Path,
    questions: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = crossed[0].stderr
    seen = re.findall("Reading|Asking", shown)
    turns = [word for word, before in zip(seen, ["", *seen], strict=False) if word != before]
    assert turns == ["Reading", "Asking", "Reading", "Asking"]
    monkeypatch.setenv("FORCE_COLOR", "1")
    over_a_store = sanad("eval", questions, "--store", store).stderr
    seen = re.findall("Loading|Asking", over_a_store)
    assert seen == sorted(seen, reverse=True)
    assert set(seen) == {"Loading", "Asking"}
    for notes in (shown, over_a_store):
        assert notes.count("\x1b[?25l") == notes.count("\x1b[?25h"), "the cursor is back"


SLOW = """
import sys, time
from rag.models import encoder, identity
from tests.doubles import HashingEncoder

class Slow(HashingEncoder):
    def encode_passages(self, texts):
        if moment == "reading" and len(texts) > 1:
            tell()
            time.sleep(20)
        return super().encode_passages(texts)

    def piece_vectors(self, texts):
        self.wait("answering")
        return super().piece_vectors(texts)

    def encode_queries(self, texts):
        if len(texts) == 1:
            self.wait("timing")
        return super().encode_queries(texts)

    def wait(self, at):
        if moment == at:
            tell()
            time.sleep(0.5)

def tell():
    sys.stdout.write("now\\n")  # at once, since two threads may
    sys.stdout.flush()

moment = sys.argv.pop()
encoder.load_encoder = lambda *_: Slow()
encoder.encoder_identity = identity.encoder_identity = lambda _: Slow().identity
from cli import main  # after that, since modules take functions over by name
main()
"""


def ours(temporary: Path) -> list[Path]:
    """What Sanad put there; torch makes a folder of its own for its compilers, and keeps it."""
    return [path for path in temporary.iterdir() if not path.name.startswith("torchinductor_")]


@pytest.mark.parametrize("moment", ["reading", "answering", "timing"])
def test_an_interrupt_leaves_nothing_behind(
    moment: str, questions: Path, articles: Path, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = ["eval", str(questions), "--articles", str(articles), moment]
    environment = {
        **os.environ,
        "SANAD_READER": str(SHIPPED_READER) if moment == "answering" else "none",  # it loads slowly
        "TMPDIR": str(temporary),
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
    }
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "now\n"
        assert len(ours(temporary)) == 1
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
        assert time.monotonic() - began < 15
    assert (process.returncode, told) == (130, "Error: Interrupted.\n")
    assert ours(temporary) == []
