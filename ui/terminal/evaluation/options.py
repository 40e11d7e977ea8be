"""The options of ``sanad eval``, each written once for the commands that take it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from rag.settings import Settings

SEED = 20220106
"""That of ``evaluate.run``, whose import would make ``--help`` wait."""

JUDGED = Path(".sanad-judge")
"""Folder of the judge's scores, in the folder that Sanad is run in."""

Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="QUESTIONS", help="Question files (.jsonl), or folders of them."),
]
QuestionId = Annotated[str, typer.Argument(metavar="ID", help="The id of a question.")]
Store = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder of the store. Default .sanad; env SANAD_STORE."),
]
Articles = Annotated[
    list[str] | None,
    typer.Option(
        "--articles",
        metavar="PATH",
        help="Ask of these articles, in a store of the moment; beside SQuAD files they are "
        "distractors. May be repeated.",
    ),
]
Given = Annotated[
    bool,
    typer.Option(
        "--given",
        help="Each question brings the passages that it is asked of, which may hold no answer; "
        "--articles are then those that passages are named of.",
    ),
]
From = Annotated[
    Literal["squad"] | None,
    typer.Option(
        "--from",
        metavar="squad",
        help="QUESTIONS are in SQuAD's format and bring their own paragraphs; two parallel files "
        "give all directions.",
    ),
]
Passages = Annotated[
    list[Path] | None,
    typer.Option(
        "--passages",
        metavar="FILE",
        help="SQuAD file whose paragraphs are searched. May be repeated.",
    ),
]
Questions = Annotated[
    list[Path] | None,
    typer.Option(
        "--questions",
        metavar="FILE",
        help="SQuAD file whose questions are asked. May be repeated.",
    ),
]
Answers = Annotated[
    bool, typer.Option("--answers/--no-answers", help="Answer too, or only look for passages.")
]
Quotes = Annotated[
    bool,
    typer.Option("--quotes", help="Answer with quotes, whether or not SANAD_CHAT_MODEL is set."),
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the resampling behind intervals.")]

JsonFile = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the whole report there.")
]
RowsFile = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write the rows with their intervals there."),
]
HtmlFile = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write a report to read there.")
]
JunitFile = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML for CI there.")
]
Baseline = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Compare with a report that --json wrote; fail if worse."),
]
MaxDrop = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        metavar="X",
        help="Also fail if a figure got worse by more than X: 0.02 = 2 points.",
    ),
]
Judge = Annotated[
    bool,
    typer.Option(
        "--judge",
        help=f"Have SANAD_CHAT_MODEL judge the answers as well. Scores are kept in {JUDGED}.",
    ),
]
Axes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=V,V",
        help="Values of a setting to try. May be repeated: several make a grid. Default: each "
        "search leg alone and both together.",
    ),
]


def answering(settings: Settings, quotes: bool) -> Settings:
    """The settings to answer with: where ``quotes`` are wanted, those without a chat model."""
    return settings.model_copy(update={"chat_model": None}) if quotes else settings
