"""``sanad eval``: run a question set, sweep settings, explain one question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from typer.core import TyperGroup

from ui.evaluation.asking import Asked, asking_bar, tasks

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
    no_args_is_help=True,
)

FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="QUESTIONS", help="Question files (.jsonl), or folders of them."),
]
StoreOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder of the store. Default .sanad; env SANAD_STORE."),
]
ArticlesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--articles", metavar="PATH", help="Ask of these articles, in a store of the moment."
    ),
]
FromOption = Annotated[
    Literal["squad"] | None,
    typer.Option(
        "--from",
        metavar="squad",
        help="QUESTIONS are in SQuAD's format and bring their own paragraphs; two parallel files "
        "give all directions.",
    ),
]
PassagesOption = Annotated[
    list[Path] | None,
    typer.Option("--passages", metavar="FILE", help="SQuAD file whose paragraphs are searched."),
]
QuestionsOption = Annotated[
    list[Path] | None,
    typer.Option("--questions", metavar="FILE", help="SQuAD file whose questions are asked."),
]
AnswersOption = Annotated[
    bool, typer.Option("--answers/--no-answers", help="Answer too, or only look for passages.")
]


@app.command("run", epilog="Example: sanad eval tests/questions --articles articles")
def run_questions(
    context: typer.Context,
    files: FilesArgument = None,
    store: StoreOption = None,
    articles: ArticlesOption = None,
    squad: FromOption = None,
    passages: PassagesOption = None,
    questions: QuestionsOption = None,
    answers: AnswersOption = True,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the whole report there.")
    ] = None,
    html_file: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a report to read there.")
    ] = None,
    junit_file: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML for CI there.")
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Compare with a report that --json wrote; fail if worse."
        ),
    ] = None,
    max_drop: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, metavar="X", help="Also fail if a figure got worse by more: 0.02 = 2 %."
        ),
    ] = None,
    judge: Annotated[
        bool, typer.Option("--judge", help="Have SANAD_CHAT_MODEL judge the answers as well.")
    ] = False,
    quotes: Annotated[
        bool,
        typer.Option(
            "--quotes", help="Answer with quotes, whether or not SANAD_CHAT_MODEL is set."
        ),
    ] = False,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the resampling behind intervals.")
    ] = 20220106,
) -> None:
    """Ask the questions, and report what was right, what was not, and which stage is to blame."""
    with _reporting(context):
        from rag.errors import SettingsError
        from rag.evaluate.judge import open_judge
        from rag.evaluate.results import read_report
        from rag.evaluate.run import evaluate
        from rag.settings import load_settings
        from ui.evaluation.publish import Written, publish

        asked = _asked(files, store, articles, squad, passages, questions)
        if max_drop is not None and baseline is None:
            raise SettingsError("--max-drop goes with --baseline FILE.")
        files_wanted = Written(json_file, html_file, junit_file)
        files_wanted.check()
        before = read_report(baseline) if baseline else None
        settings = load_settings(store=store)
        judging = open_judge(settings, Path(".sanad-judge")) if judge else None
        if quotes:
            settings = settings.model_copy(update={"chat_model": None})
        with asking_bar(settings) as on_progress, closing(tasks(asked, settings)) as opened:
            report = evaluate(
                opened, answers=answers, seed=seed, judge=judging, on_progress=on_progress
            )
        publish(report, settings, files_wanted, before, max_drop)


@app.command("sweep", epilog="Example: sanad eval sweep tests/questions --set k=4,8,16")
def sweep_settings(
    context: typer.Context,
    files: FilesArgument = None,
    store: StoreOption = None,
    articles: ArticlesOption = None,
    squad: FromOption = None,
    passages: PassagesOption = None,
    questions: QuestionsOption = None,
    answers: AnswersOption = True,
    axes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=V,V",
            help="Values of a setting to try; several make a grid. Default: each search leg alone "
            "and both together.",
        ),
    ] = None,
) -> None:
    """Ask the same questions under several settings and print a table."""
    with _reporting(context):
        from rag.evaluate.sweep import ABLATION, grid, sweep
        from rag.settings import load_settings
        from ui.console import output_screen, show_error
        from ui.evaluation.tables import show_sweep
        from ui.outcome import SOME_FAILED

        asked = _asked(files, store, articles, squad, passages, questions)
        variants = grid(axes) if axes else ABLATION
        settings = load_settings(store=store)
        with asking_bar(settings) as on_progress, closing(tasks(asked, settings)) as opened:
            rows = sweep(opened, variants, answers=answers, on_progress=on_progress)
        show_sweep(output_screen(settings.bidi), rows)
        failed = {name: row.failed for name, row in rows.items() if row.failed}
        for name, count in failed.items():
            show_error(f"{name}: {count} of the questions could not be asked.")
        if failed:
            raise typer.Exit(SOME_FAILED)


@app.command("explain", epilog="Example: sanad eval explain en-csto-commander tests/questions")
def explain_question(
    context: typer.Context,
    question_id: Annotated[str, typer.Argument(metavar="ID", help="The id of a question.")],
    files: FilesArgument = None,
    store: StoreOption = None,
    articles: ArticlesOption = None,
    squad: FromOption = None,
    passages: PassagesOption = None,
    questions: QuestionsOption = None,
) -> None:
    """Show the way of one question: what each stage found, and where the answer was lost."""
    with _reporting(context):
        from rag.settings import load_settings
        from ui.console import output_screen
        from ui.evaluation.explain import explain

        asked = _asked(files, store, articles, squad, passages, questions)
        settings = load_settings(store=store)
        with closing(tasks(asked, settings)) as opened:
            explain(output_screen(settings.bidi), opened, question_id)


def _asked(
    files: list[Path] | None,
    store: Path | None,
    articles: list[str] | None,
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
    )
    asked.check(store)
    return asked


@contextmanager
def _reporting(context: typer.Context) -> Iterator[None]:
    from ui.outcome import reporting

    with reporting(debug=bool(context.obj)):
        yield
