"""``sanad eval``: run a question set, sweep settings, explain one question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup

from ui.terminal.evaluation import options
from ui.terminal.evaluation.asked import Asked

if TYPE_CHECKING:
    from typer._click.core import Context


class _RunByDefault(TyperGroup):
    """``sanad eval QUESTIONS`` is ``sanad eval run QUESTIONS``."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    name="eval",
    cls=_RunByDefault,
    help="Ask scripted questions and measure the answers. sanad eval QUESTIONS runs them; see "
    "sanad eval run --help for everything that it takes.",
    epilog="Example: sanad eval tests/questions --articles articles --html report.html\n\n"
    "Example: sanad eval my-questions.jsonl --baseline before.json",
    no_args_is_help=True,
)


@app.command("run", epilog="Example: sanad eval tests/questions --articles articles")
def run_questions(
    context: typer.Context,
    files: options.Files = None,
    store: options.Store = None,
    articles: options.Articles = None,
    given: options.Given = False,
    squad: options.From = None,
    passages: options.Passages = None,
    questions: options.Questions = None,
    answers: options.Answers = True,
    json_file: options.JsonFile = None,
    html_file: options.HtmlFile = None,
    junit_file: options.JunitFile = None,
    baseline: options.Baseline = None,
    max_drop: options.MaxDrop = None,
    judge: options.Judge = False,
    quotes: options.Quotes = False,
    seed: options.Seed = options.SEED,
) -> None:
    """Ask the questions, and report what was right, what was not, and which stage is to blame."""
    with _reporting(context):
        from evaluate.measure.judge import open_judge
        from evaluate.report.document import read_report
        from evaluate.run import evaluate
        from rag.errors import SettingsError
        from rag.settings import load_settings
        from ui.terminal.evaluation.asking import asking_bar, tasks
        from ui.terminal.evaluation.publish import Written, publish

        asked = _asked(files, store, articles, given, squad, passages, questions)
        if max_drop is not None and baseline is None:
            raise SettingsError("--max-drop goes with --baseline FILE.")
        written = Written(json_file, html_file, junit_file)
        written.check()
        before = read_report(baseline) if baseline else None
        settings = load_settings(store=store)
        judging = open_judge(settings, options.JUDGED) if judge else None
        settings = options.answering(settings, quotes)
        with asking_bar(settings) as on_progress, closing(tasks(asked, settings)) as opened:
            report = evaluate(
                opened,
                answers=answers,
                seed=seed,
                judge=judging,
                given=given,
                on_progress=on_progress,
            )
        publish(report, settings, written, before, max_drop)


@app.command(
    "sweep",
    epilog="Example: sanad eval sweep tests/questions --articles articles --set k=4,8,16",
)
def sweep_settings(
    context: typer.Context,
    files: options.Files = None,
    store: options.Store = None,
    articles: options.Articles = None,
    given: options.Given = False,
    squad: options.From = None,
    passages: options.Passages = None,
    questions: options.Questions = None,
    answers: options.Answers = True,
    axes: options.Axes = None,
    json_file: options.RowsFile = None,
    quotes: options.Quotes = False,
    seed: options.Seed = options.SEED,
) -> None:
    """Ask the same questions under several settings and print a table."""
    with _reporting(context):
        from evaluate.sweep import ABLATION, grid, sweep
        from rag.settings import load_settings
        from ui.terminal.evaluation.asking import asking_bar, tasks
        from ui.terminal.evaluation.publish import Written, publish_sweep

        asked = _asked(files, store, articles, given, squad, passages, questions)
        written = Written(json_file)
        written.check()
        variants = grid(axes) if axes else ABLATION
        settings = options.answering(load_settings(store=store), quotes)
        with asking_bar(settings) as on_progress, closing(tasks(asked, settings)) as opened:
            rows = sweep(opened, variants, answers=answers, seed=seed, on_progress=on_progress)
        publish_sweep(rows, variants, settings, written, seed)


@app.command(
    "explain",
    epilog="Example: sanad eval explain en-csto-commander tests/questions --articles articles",
)
def explain_question(
    context: typer.Context,
    question_id: options.QuestionId,
    files: options.Files = None,
    store: options.Store = None,
    articles: options.Articles = None,
    given: options.Given = False,
    squad: options.From = None,
    passages: options.Passages = None,
    questions: options.Questions = None,
    quotes: options.Quotes = False,
) -> None:
    """Show the way of one question: what each stage found, and where the answer was lost."""
    with _reporting(context):
        from rag.settings import load_settings
        from ui.terminal.console import output_screen
        from ui.terminal.evaluation.asking import tasks
        from ui.terminal.evaluation.explain import explain

        asked = _asked(files, store, articles, given, squad, passages, questions)
        settings = options.answering(load_settings(store=store), quotes)
        with closing(tasks(asked, settings)) as opened:
            explain(output_screen(settings.bidi), opened, question_id)


def _asked(
    files: list[Path] | None,
    store: Path | None,
    articles: list[str] | None,
    given: bool,
    squad: str | None,
    passages: list[Path] | None,
    questions: list[Path] | None,
) -> Asked:
    asked = Asked(
        files=tuple(files or ()),
        squad=squad == "squad",
        passages=tuple(passages or ()),
        questions=tuple(questions or ()),
        articles=tuple(articles or ()),
        given=given,
    )
    asked.check(store)
    return asked


@contextmanager
def _reporting(context: typer.Context) -> Iterator[None]:
    from ui.terminal.outcome import reporting

    with reporting(debug=bool(context.obj)):
        yield
