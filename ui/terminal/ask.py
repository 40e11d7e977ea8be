"""Asking from the command line: one question, or one a line with the models loaded once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from rag.errors import SanadError
from ui.terminal.answer import show_answer, show_question
from ui.terminal.console import notes_screen, output_screen, print_json, show_error, waiting
from ui.terminal.contract import answer_as_json, error_as_json
from ui.terminal.questions import Line, answered, argument

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.settings import Settings
    from rag.types import Answer


def ask_one(question: str, settings: Settings, *, as_json: bool) -> None:
    """Answer one question on stdout.

    Raises:
        QuestionError: before the models are loaded, which takes seconds.
        SanadError: the store, a model or the chat model fails.
    """
    from rag.chain import check_question

    check_question(argument(question).strip(), settings.max_question_chars)
    with _assistant(settings) as assistant:
        answer = assistant.ask(question)
        if as_json:
            print_json(answer_as_json(answer))
        else:
            show_answer(output_screen(settings.bidi), answer)


def ask_each(stream: Iterable[bytes], settings: Settings, *, as_json: bool) -> bool:
    """Answer a question a line as the lines come in; whether all of them could be answered.

    Raises:
        SanadError: the store or a model cannot be opened.
    """
    show = _print_outcome if as_json else _show_outcome
    all_answered = True
    with _assistant(settings) as assistant:
        for line, outcome in answered(stream, assistant.ask):
            show(line, outcome, settings)
            all_answered &= not isinstance(outcome, SanadError)
    return all_answered


def _print_outcome(line: Line, outcome: Answer | SanadError, _settings: Settings) -> None:
    if isinstance(outcome, SanadError):
        print_json(error_as_json(str(outcome), line.text), one_line=True)
    else:
        print_json(answer_as_json(outcome), one_line=True)


def _show_outcome(line: Line, outcome: Answer | SanadError, settings: Settings) -> None:
    screen = output_screen(settings.bidi)
    show_question(screen, line)
    if isinstance(outcome, SanadError):
        show_error(str(outcome))
    else:
        show_answer(screen, outcome)


@contextmanager
def _assistant(settings: Settings) -> Iterator[Assistant]:
    """The assistant, with a sign on the terminal while its models load."""
    from rag.assistant import open_assistant

    with ExitStack() as stack:
        with waiting(notes_screen(settings.bidi)):
            assistant = stack.enter_context(open_assistant(settings))
        yield assistant
