"""What ``sanad eval`` asks, and of which articles: from its options to tasks."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import groupby
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from rag.types import Article
from ui.terminal.console import notes_screen, waiting
from ui.terminal.evaluation.asked import Asked
from ui.terminal.reports import progress_bar

if TYPE_CHECKING:
    from evaluate.measure.observe import OnProgress
    from evaluate.run import Task
    from rag.assistant import Assistant
    from rag.settings import Settings


def tasks(asked: Asked, settings: Settings) -> Generator[Task]:
    """Each set of questions with an assistant over its articles, opened when its turn comes.

    Raises:
        EvaluationError: a question file cannot be used.
        SanadError: a store or model cannot be opened, or an article cannot be read.
    """
    if asked.given:
        yield from _given_tasks(asked, settings)
    else:
        yield from (_squad_tasks if asked.squad else _scripted_tasks)(asked, settings)


def _scripted_tasks(asked: Asked, settings: Settings) -> Generator[Task]:
    from evaluate.questions.scripted import question_files, read_questions
    from evaluate.run import Task

    questions = read_questions(asked.files)
    with _assistant(asked.articles, settings) as assistant:
        yield Task(assistant, questions, question_files(asked.files))


def _squad_tasks(asked: Asked, settings: Settings) -> Generator[Task]:
    from evaluate.questions.squad import directions
    from evaluate.run import Task

    found = directions(asked.passages or asked.files, asked.questions or asked.files)
    for passages, group in groupby(found, key=lambda direction: direction.passages):
        with _assistant(asked.articles, settings, passages.articles) as assistant:
            for direction in group:
                yield Task(assistant, direction.questions, direction.files)


def _given_tasks(asked: Asked, settings: Settings) -> Generator[Task]:
    """A task a question, over its passages; the models are loaded once."""
    from evaluate.measure.observe import LATENCY_SAMPLE
    from evaluate.questions.given import read_given
    from evaluate.questions.scripted import question_files
    from evaluate.run import Task
    from ingest.temporary import passages_store, read_articles
    from rag.assistant import join, open_reader
    from rag.models.encoder import load_encoder
    from rag.models.remembering import RememberingEncoder

    articles = read_articles(asked.articles, settings) if asked.articles else None
    questions = read_given(asked.files, articles)
    files = question_files(asked.files)
    with waiting(notes_screen(settings.bidi)):
        # a passage may come with several questions
        encoder = RememberingEncoder(load_encoder(settings.encoder, settings.threads))
        reader = open_reader(settings)
    every = -(-len(questions) // LATENCY_SAMPLE)
    for number, question in enumerate(questions):
        with passages_store(question.passages, encoder) as store:
            yield Task(
                join(settings, store, encoder, reader),
                [question],
                () if number else files,
                timed=number % every == 0,
                of=len(questions),
            )


@contextmanager
def _assistant(
    sources: Sequence[str], settings: Settings, articles: Sequence[Article] = ()
) -> Iterator[Assistant]:
    """Over the articles given or named by ``sources``, else over the store of the settings."""
    from ingest.temporary import temporary_assistant
    from rag.assistant import open_assistant

    notes = notes_screen(settings.bidi)
    with ExitStack() as stack:  # what shows the wait is gone before the first question
        if sources or articles:
            with progress_bar(notes, "Reading") as on_progress:
                opening = temporary_assistant(settings, sources, articles, on_progress=on_progress)
                assistant = stack.enter_context(opening)
        else:
            with waiting(notes):
                assistant = stack.enter_context(open_assistant(settings))
        yield assistant


@contextmanager
def asking_bar(settings: Settings) -> Iterator[OnProgress | None]:
    """A bar on a terminal while questions are asked, and only then; None where there is none."""
    console = notes_screen(settings.bidi).console
    if not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("Asking"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    bar = Progress(*columns, console=console, transient=True)
    task = bar.add_task("")

    def stop() -> None:
        if bar.live.is_started:
            bar.stop()

    def show(done: int, total: int) -> None:
        if done == total:  # articles may be read next, which has a bar of its own
            stop()
        elif bar.live.is_started:
            bar.update(task, completed=done)
        else:
            bar.reset(task, completed=done, total=total)
            bar.start()

    try:
        yield show
    finally:
        stop()
