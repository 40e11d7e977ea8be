"""Questions as they reach the command line: one argument, or one a line on stdin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rag.errors import QuestionError, SanadError
from rag.types import Answer

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of input; ``text`` has replacement characters where it is not UTF-8."""

    number: int
    text: str
    is_text: bool

    def question(self) -> str:
        """The question in this line.

        Raises:
            QuestionError: the line is not UTF-8.
        """
        if not self.is_text:
            raise QuestionError(
                f"Line {self.number} is not UTF-8 text. Convert the questions to UTF-8."
            )
        return self.text


def lines(stream: Iterable[bytes]) -> Iterator[Line]:
    """The lines of a byte stream as they come in, without their line ends."""
    for number, raw in enumerate(stream, 1):
        raw = raw.removeprefix(_BOM) if number == 1 else raw
        raw = raw.rstrip(b"\r\n")
        try:
            yield Line(number, raw.decode("utf-8"), is_text=True)
        except UnicodeDecodeError:
            yield Line(number, raw.decode("utf-8", "replace"), is_text=False)


def argument(text: str) -> str:
    """A question given as an argument.

    Raises:
        QuestionError: its bytes were not text in the encoding of the locale.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise QuestionError(
            "The question is not UTF-8 text. Set the terminal and the locale to UTF-8, or send "
            "the question through a pipe: sanad ask -"
        ) from error
    return text


def answered(
    stream: Iterable[bytes], ask: Callable[[str], Answer]
) -> Iterator[tuple[Line, Answer | SanadError]]:
    """Each line with its answer, or with what was wrong with it; the next one goes on."""
    for line in lines(stream):
        try:
            yield line, ask(line.question())
        except SanadError as error:
            yield line, error
