"""A whole evaluation over a few words, with the chain that readers use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from evaluate.compare.compare import compare, missed
from evaluate.measure.observe import LATENCY_SAMPLE, measure_latency, observe
from evaluate.questions.scripted import ScriptedQuestion, file_hash
from evaluate.report.document import read_report, to_json
from evaluate.results import Outcome, Report
from evaluate.run import SEED, Task, evaluate, peak_memory_mb
from evaluate.sweep import sweep
from rag.answer import AnswerChunk
from rag.answer.extractive import ExtractiveAnswerer
from rag.assistant import Assistant, join
from rag.errors import ChatModelError, EvaluationError
from rag.language.text import Lang
from rag.search.retrieve import Search
from rag.search.trace import NO_SIGNALS, SearchTrace, Signals
from rag.store import local, open_store
from rag.types import Hit, Question, Turn
from tests.evaluate.conftest import (
    ALL,
    ARABIC,
    ARTICLES,
    HOW_MANY,
    NOT_THERE,
    THEN,
    UNLABELLED,
    WHO,
    OpenOver,
)


@dataclass
class Scripted:
    """An answerer that breaks off on questions that hold a word, and quotes all others."""

    quoting: ExtractiveAnswerer
    breaks_on: str

    async def condense(self, text: str, history: Sequence[Turn], lang: Lang) -> str:
        if "condense" in self.breaks_on:
            raise ChatModelError("The model is gone. Start it again.")
        return await self.quoting.condense(text, history, lang)

    async def stream(
        self,
        question: Question,
        hits: Sequence[Hit],
        signals: Mapping[str, Signals] = NO_SIGNALS,
    ) -> AsyncIterator[AnswerChunk]:
        if self.breaks_on in question.text:
            yield AnswerChunk("The engi")
            raise ChatModelError("The model broke off. Ask again.")
        async for chunk in self.quoting.stream(question, hits, signals):
            yield chunk


def breaking(assistant: Assistant, on: str) -> Assistant:
    assert isinstance(assistant.answerer, ExtractiveAnswerer)
    answerer = Scripted(assistant.answerer, on)
    return replace(assistant, answerer=answerer)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "set.jsonl"
    path.write_text("{}\n")
    return path


@pytest.fixture(scope="module")
def report(assistant: Assistant) -> Report:
    return evaluate([Task(assistant, ALL, [])])


def timeless(outcome: Outcome) -> Outcome:
    return replace(outcome, timings={})


def test_every_question_has_its_outcome_in_order(report: Report) -> None:
    assert [outcome.id for outcome in report.questions] == [question.id for question in ALL]
    statuses = {outcome.id: outcome.status for outcome in report.questions}
    assert statuses["who"] == statuses["stalls"] == statuses["free"] == statuses["no"] == "correct"
    assert sum(report.summary.statuses.values()) == len(ALL) == report.manifest.questions
    assert (report.manifest.articles, report.manifest.passages) == (3, 4)
    assert (report.manifest.seed, report.manifest.answers) == (SEED, True)
    assert report.comparison is None
    assert report.summary.judge_failures is None


def test_passages_and_citations_of_a_report_stand_in_the_articles(report: Report) -> None:
    for outcome in report.questions:
        for id_ in (*outcome.gold, *(h.passage for h in outcome.hits)):
            assert id_ in report.passages
        for citation in outcome.citations:
            passage = report.passages[citation.passage]
            begins = citation.start - passage.start
            assert passage.text[begins : begins + len(citation.quote)] == citation.quote
            article = ARTICLES[passage.article]
            assert article[citation.start : citation.end] == citation.quote


def test_a_report_survives_its_json(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(to_json(report), "utf-8")
    assert read_report(file) == report


def test_the_same_run_gives_the_same_report(report: Report, assistant: Assistant) -> None:
    again = evaluate([Task(assistant, ALL, [])])
    assert list(map(timeless, again.questions)) == list(map(timeless, report.questions))
    assert (again.summary.all, again.summary.grid) == (report.summary.all, report.summary.grid)
    assert again.passages == report.passages
    assert replace(again.manifest, created="") == replace(report.manifest, created="")
    comparison = compare(again, report)
    assert (comparison.verdict, comparison.compared, comparison.flips) == (
        "no evidence", len(ALL), ()
    )  # fmt: skip
    assert missed(comparison, max_drop=0.0) == ()


@pytest.mark.parametrize("way", [evaluate, lambda tasks, **more: sweep(tasks, {"": {}}, **more)])
def test_every_question_is_asked_of_an_index_that_is_ready(
    open_over: OpenOver, monkeypatch: pytest.MonkeyPatch, way: Callable[..., object]
) -> None:
    first, states = open_over(ARTICLES), list[str]()
    first.store.close()
    monkeypatch.setattr(local, "BEGIN_SECONDS", 60.0)
    with open_store(first.settings.store, first.encoder.identity) as store:
        again = join(first.settings, store, first.encoder)
        way([Task(again, ALL, [])], on_progress=lambda *_: states.append(store.index_state))
    assert set(states) == {"ready"}


def test_the_order_of_the_questions_changes_nothing(report: Report, assistant: Assistant) -> None:
    turned = evaluate([Task(assistant, ALL[::-1], [])])
    assert {o.id: timeless(o) for o in turned.questions} == {
        o.id: timeless(o) for o in report.questions
    }
    assert turned.summary.all == report.summary.all
    assert turned.passages == report.passages


def test_without_answers_only_labelled_questions_are_asked(assistant: Assistant) -> None:
    report = evaluate([Task(assistant, ALL, [])], answers=False)
    assert [outcome.id for outcome in report.questions] == ["who", "stalls", "من", "then"]
    assert (report.manifest.answers, report.manifest.questions) == (False, 4)
    assert {name.split("@")[0].removeprefix("article_") for name in report.summary.all} == {
        "hit", "recall", "mrr", "ndcg"
    }  # fmt: skip
    assert report.summary.aurc is None
    assert list(report.summary.latency)[-1] == "total"
    assert "select" not in report.summary.latency


@pytest.mark.parametrize(
    ("questions", "answers"), [((), True), ((), False), ((UNLABELLED, NOT_THERE), False)]
)
def test_nothing_to_ask_is_an_error(
    assistant: Assistant, questions: Sequence[ScriptedQuestion], answers: bool
) -> None:
    with pytest.raises(EvaluationError, match="no question to ask"):
        evaluate([Task(assistant, questions, [])], answers=answers)
    with pytest.raises(EvaluationError, match="no question to ask"):
        evaluate([])


def test_a_question_that_fails_does_not_stop_the_rest(assistant: Assistant) -> None:
    report = evaluate([Task(breaking(assistant, "stalls"), ALL, [])])
    outcomes = {outcome.id: outcome for outcome in report.questions}
    broken = outcomes["stalls"]
    assert (broken.status, broken.blame) == ("failed", "error")
    assert broken.error == "The model broke off. Ask again."
    assert (broken.answer, broken.citations, broken.timings) == ("", (), {})
    assert broken.places.hits == 1, "the search went well"
    assert broken.values["hit@1"] == 1.0
    assert report.summary.statuses["failed"] == 1
    assert report.summary.blame["error"] == 1
    assert outcomes["who"].status == outcomes["no"].status == "correct"
    latency = report.summary.latency["total"]
    assert latency.n == len(ALL) - 1, "what fails is not asked again"


def test_all_of_them_may_fail(assistant: Assistant) -> None:
    report = evaluate([Task(breaking(assistant, ""), (WHO, NOT_THERE), [])])
    assert [outcome.status for outcome in report.questions] == ["failed", "failed"]
    assert report.summary.latency == {}


def test_a_model_that_fails_to_complete_a_question(assistant: Assistant) -> None:
    broken = breaking(assistant, "condense")
    for answers in (True, False):
        report = evaluate([Task(broken, (WHO, THEN), [])], answers=answers)
        first, then = report.questions
        assert first.status == "correct"
        assert (then.status, then.error) == ("failed", "The model is gone. Start it again.")
        assert then.hits == ()
        assert ("correct" in report.summary.all) == answers


def test_tasks_are_taken_one_after_the_other(
    assistant: Assistant, open_over: OpenOver, tmp_path: Path
) -> None:
    other = open_over({"sea-en.md": "Captain Lina Aziz sailed alone around the world in 2019."})
    sailed = replace(WHO, id="sailed", question="Who sailed around the world?", answers=("Aziz",))
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for number, path in enumerate(files):
        path.write_text(f"{number}\n")
    taken = []

    def tasks() -> Iterator[Task]:
        yield Task(assistant, [WHO], files[:1])
        taken.append("first")
        yield Task(other, [sailed], files)
        taken.append("second")

    told: list[tuple[int, int]] = []
    report = evaluate(tasks(), on_progress=lambda done, total: told.append((done, total)))
    assert taken == ["first", "second"]
    assert told == [(1, 1), (1, 1)]
    assert [outcome.blame for outcome in report.questions] == [None, None]
    assert report.questions[1].passage_lang == "none"
    assert (report.manifest.articles, report.manifest.passages) == (4, 5)
    assert report.manifest.question_files == {path.name: file_hash(path) for path in files}
    assert {passage.article for passage in report.passages.values()} == {*ARTICLES, "sea-en.md"}


def test_two_tasks_may_not_share_an_id(assistant: Assistant) -> None:
    with pytest.raises(EvaluationError, match="'who' occurs twice"):
        evaluate([Task(assistant, [WHO], []), Task(assistant, [ARABIC, WHO], [])])


def test_a_question_file_is_known_as_it_was_when_it_was_read(
    assistant: Assistant, file: Path
) -> None:
    before = file_hash(file)
    report = evaluate(
        [Task(assistant, [WHO], [file])], on_progress=lambda _done, _total: file.unlink()
    )
    assert not file.exists()
    assert report.manifest.question_files == {"set.jsonl": before}


def test_progress_is_told_question_by_question(assistant: Assistant) -> None:
    told: list[tuple[int, int]] = []
    observe(assistant, ALL[:3], on_progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_what_is_observed_is_what_a_reader_gets(assistant: Assistant) -> None:
    for question, seen in zip(ALL, observe(assistant, ALL), strict=True):
        asked = assistant.ask(question.question, question.history)
        assert seen.answer is not None
        assert replace(seen.answer, timings={}) == replace(asked, timings={})
        assert seen.trace is not None
        assert seen.trace.hits == asked.hits


def test_a_traceless_question_does_not_get_the_trace_of_another(assistant: Assistant) -> None:
    too_long = replace(WHO, id="long", question="why " * 600)
    first, failed, last = observe(assistant, [WHO, too_long, HOW_MANY])
    assert failed.trace is None
    assert first.trace is not None
    assert last.trace is not None
    assert first.trace.hits[0] != last.trace.hits[0]


@pytest.mark.parametrize("count", [0, 1, LATENCY_SAMPLE, LATENCY_SAMPLE + 1, 79, 80, 200])
def test_latency_is_measured_on_an_even_sample(assistant: Assistant, count: int) -> None:
    asked: list[int] = []
    answer = assistant.ask(WHO.question)

    @dataclass(frozen=True)
    class Listening(Assistant):
        async def stream(
            self, text: str, history: Sequence[Turn] = (), **_: object
        ) -> AsyncIterator[AnswerChunk]:
            asked.append(int(text))
            yield AnswerChunk(answer=answer)

    listening = Listening(**{f.name: getattr(assistant, f.name) for f in fields(assistant)})
    questions = [replace(WHO, question=str(number)) for number in range(count)]
    assert measure_latency(listening, questions) == [answer.timings] * min(count, LATENCY_SAMPLE)
    assert asked == sorted(set(asked))
    steps = [after - before for before, after in pairwise([*asked, count])]
    assert max(steps, default=1) - min(steps, default=1) <= 1


def test_latencies_are_those_of_every_stage(assistant: Assistant) -> None:
    (row,) = measure_latency(assistant, [WHO])
    assert {"encode", "dense", "lexical", "fuse", "match", "select", "cite", "total"} <= set(row)
    (row,) = measure_latency(assistant, [THEN], answers=False)
    assert "select" not in row
    assert row["total"] >= row["encode"] > 0


def test_the_time_of_a_search_is_that_of_the_completed_question(assistant: Assistant) -> None:
    then = replace(THEN, history=(Turn("Who is Nadia Saleh?", "The fire chief."),))
    (seen,) = observe(assistant, [then], answers=False)
    searched: list[tuple[str, Lang | None]] = []

    class Listening(Search):
        def find(self, question: str, *, lang: Lang | None = None, **more: Any) -> SearchTrace:
            searched.append((question, lang))
            return super().find(question, lang=lang, **more)

    listening = replace(
        assistant, search=Listening(assistant.store, assistant.encoder, assistant.settings)
    )
    assert len(measure_latency(listening, [then], answers=False)) == 1
    assert searched == [(seen.standalone, "en")]
    assert "Nadia" in seen.standalone


@pytest.mark.parametrize("answers", [True, False])
def test_a_question_that_fails_when_it_is_timed_is_left_out(
    assistant: Assistant, answers: bool
) -> None:
    broken = breaking(assistant, "stalls" if answers else "condense")
    asked = [WHO, HOW_MANY if answers else THEN]
    assert len(measure_latency(broken, asked, answers=answers)) == 1


def test_questions_that_were_not_encoded_beforehand_have_all_their_times(
    assistant: Assistant,
) -> None:
    (seen,) = observe(breaking(assistant, "nothing"), [WHO])
    assert seen.answer is not None
    assert seen.answer.timings["total"] >= seen.answer.timings["encode"] > 0


def test_a_question_is_in_the_language_that_the_chain_takes_it_for(assistant: Assistant) -> None:
    mislabelled = replace(ARABIC, lang="en")
    (right,), (labelled,) = (observe(assistant, [q], answers=False) for q in (ARABIC, mislabelled))
    assert right.trace is not None
    assert labelled.trace == right.trace
    short = replace(THEN, question="2022?", history=(Turn("من قادت العمل؟", "سلمى الحداد."),))
    (looked,), (answered,) = (observe(assistant, [short], answers=a) for a in (False, True))
    assert answered.answer is not None
    assert answered.answer.question.lang == "ar"
    assert looked.standalone == answered.standalone
    assert looked.trace == answered.trace


def test_what_cannot_be_asked_cannot_be_looked_for(assistant: Assistant) -> None:
    too_long = replace(WHO, question="why " * 600)
    for answers in (True, False):
        (seen,) = observe(assistant, [too_long], answers=answers)
        assert seen.error is not None
        assert "SANAD_MAX_QUESTION_CHARS" in seen.error


def test_an_article_that_is_missing_is_a_loss(assistant: Assistant, open_over: OpenOver) -> None:
    less = open_over({key: text for key, text in ARTICLES.items() if key != "bridge-en.md"})
    asked = [replace(WHO, id=f"who-{n}", cluster=str(n)) for n in range(12)]
    asked += [replace(HOW_MANY, id=f"stalls-{n}", cluster=f"s{n}") for n in range(12)]
    whole, part = (evaluate([Task(a, asked, [])], answers=False) for a in (assistant, less))
    assert part.summary.all["recall@5"].n == whole.summary.all["recall@5"].n == 24
    assert part.summary.blame == {"corpus": 12}
    comparison = compare(part, whole)
    assert comparison.verdict == "worse"
    told = next(claim for claim in comparison.claims if "(recall@5)" in claim)
    assert told.startswith("Worse: ")
    assert "12 questions worse, all of them lost in the corpus; 0 better." in told
    assert missed(comparison, None)
    assert compare(whole, part).verdict == "better"


def test_memory_is_in_megabytes() -> None:
    blocks = Path("/proc/self/status")
    assert 20 < peak_memory_mb() < 64_000
    if blocks.exists():
        high = next(line for line in blocks.read_text().splitlines() if line.startswith("VmHWM"))
        assert peak_memory_mb() == pytest.approx(int(high.split()[1]) / 2**10, rel=0.2)


def test_many_small_tasks_are_told_as_one_and_only_some_are_timed(
    assistant: Assistant, file: Path
) -> None:
    told: list[tuple[int, int]] = []
    asked = (WHO, HOW_MANY, NOT_THERE)
    tasks = [
        Task(assistant, [question], [file], timed=place == 1, of=len(asked))
        for place, question in enumerate(asked)
    ]
    report = evaluate(tasks, given=True, on_progress=lambda *at: told.append(at))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert report.summary.latency["total"].n == 1
    assert report.summary.given is not None
    assert report.summary.given["all"]["false_answer"].n == 1
    assert evaluate(tasks[:1], answers=False, given=True).summary.given is None


def test_where_no_answer_is_known_any_counts_as_right(assistant: Assistant, file: Path) -> None:
    unknown = replace(WHO, answers=())
    lost = replace(unknown, id="lost", question=WHO.question + " " + "why " * 600)
    report = evaluate([Task(assistant, [unknown, lost], [file])], given=True)
    answered, failed = report.questions
    assert (answered.status, answered.values["correct"]) == ("correct", 1.0)
    assert not answered.values.keys() & {"contained", "f1", "exact_match"}
    assert (failed.status, failed.values["correct"]) == ("failed", 0.0)
    assert "contained" not in failed.values
