"""The value that says which questions and articles an evaluation was told to use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rag.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says about questions and articles.

    ``files`` hold questions; with ``squad`` they are in SQuAD's format and bring their own
    articles, as do ``passages`` and ``questions``. ``articles`` are sources for a store of the
    moment; without them the questions go to the store of the settings. With ``given`` each question
    comes with its passages, and ``articles`` are those that passages are named of.
    """

    files: tuple[Path, ...] = ()
    squad: bool = False
    passages: tuple[Path, ...] = ()
    questions: tuple[Path, ...] = ()
    articles: tuple[str, ...] = ()
    given: bool = False

    def check(self, store: Path | None = None) -> None:
        """Refuse options that do not go together; ``store`` is the one that was named, if any.

        Raises:
            SettingsError: says which, and what to give instead.
        """
        if (self.passages or self.questions) and not (self.passages and self.questions):
            raise SettingsError("Give --passages and --questions together, each a SQuAD file.")
        if self.passages and not self.squad:
            raise SettingsError("--passages and --questions go with --from squad.")
        if self.passages and self.files:
            raise SettingsError("Give either SQuAD files alone, or --passages and --questions.")
        if not self.files and not self.passages:
            raise SettingsError(
                "There is nothing to ask. Name question files: sanad eval tests/questions."
            )
        if self.given and self.squad:
            raise SettingsError("--given and --from squad are two formats. Give one of them.")
        if store and (self.squad or self.articles or self.given):
            raise SettingsError(
                "--articles, --given and --from squad bring a store of the moment. Leave --store "
                "out, or ask your own questions of it."
            )
