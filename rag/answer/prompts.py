"""Prompts as data files: ``prompts/answer.ar.md`` and its siblings.

A prompt file opens with YAML front matter that declares its variables and goes on with two
sections, each of which may use them as ``{{name}}``:

    ---
    variables: [question]
    ---
    ## system
    You answer questions.
    ## user
    {{question}}

What is filled in is data: it is put in once and never read again for braces or headings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from rag.errors import SettingsError
from rag.language.text import Lang
from rag.settings import PROMPTS

_FILE = re.compile(r"\A---\n(?P<head>.*?)^---\n(?P<body>.*)\Z", re.DOTALL | re.MULTILINE)
_SECTIONS = re.compile(
    r"\A\s*^## system\n(?P<system>.*)^## user\n(?P<user>.*)\Z", re.DOTALL | re.MULTILINE
)
_HEADING = re.compile(r"^## (?:system|user)$", re.MULTILINE)
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_KEYS = {"description", "variables"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as it was read from ``path``; ``variables`` are all that it uses."""

    path: Path
    variables: tuple[str, ...]
    system: str
    user: str

    def render(self, **values: str) -> list[tuple[str, str]]:
        """The prompt with its variables filled in, as ``(role, text)`` messages.

        >>> Prompt(Path("ask.md"), ("question",), "Be brief.", "{{question}}").render(question="?")
        [('system', 'Be brief.'), ('user', '?')]

        Raises:
            SettingsError: a variable is missing, or one is given that the prompt does not know.
        """
        if missing := [name for name in self.variables if name not in values]:
            raise SettingsError(
                f"{self.path}: no value is given for {_names(missing)}. "
                "Take it out of the prompt, which can use only what it is given."
            )
        if unknown := sorted(set(values) - set(self.variables)):
            raise SettingsError(
                f"{self.path}: the prompt does not use {_names(unknown)}. "
                "Add it to `variables` in the front matter and to the text."
            )

        def fill(text: str) -> str:
            return _VARIABLE.sub(lambda match: values[match[1]], text)

        return [("system", fill(self.system)), ("user", fill(self.user))]


def load_prompt(name: str, lang: Lang, folder: Path = PROMPTS) -> Prompt:
    """Read ``folder/name.lang.md``.

    Raises:
        SettingsError: the file is missing, is not a prompt, uses a variable that it does not
            declare, or declares one that it does not use; names the file and the variable.
    """
    path = folder / f"{name}.{lang}.md"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The prompt {path} cannot be read: {error}. Put the file back, as UTF-8 text."
        ) from error
    file = _FILE.match(text)
    sections = _SECTIONS.match(file["body"]) if file else None
    if file is None or sections is None or len(_HEADING.findall(file["body"])) != 2:
        raise SettingsError(
            f"{path} is not a prompt: it needs front matter between two lines of `---`, then "
            "`## system` and `## user`, once each and in this order."
        )
    system, user = sections["system"].strip(), sections["user"].strip()
    variables = _declared(path, file["head"])
    _check_variables(path, variables, f"{system}\n{user}")
    return Prompt(path, variables, system, user)


def _declared(path: Path, head: str) -> tuple[str, ...]:
    """The variables that the front matter declares."""
    try:
        data = yaml.safe_load(head)
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: the front matter is not YAML. Correct it: {error}") from error
    variables = data.get("variables") if isinstance(data, dict) else None
    if not isinstance(variables, list) or not all(isinstance(name, str) for name in variables):
        raise SettingsError(
            f"{path}: the front matter must declare a list of names, as in `variables: [question]`."
        )
    if unknown := sorted(str(key) for key in set(data) - _KEYS):
        raise SettingsError(
            f"{path}: the front matter does not know {_names(unknown)}. "
            "Use `description` and `variables` alone."
        )
    return tuple(dict.fromkeys(variables))


def _check_variables(path: Path, variables: Sequence[str], text: str) -> None:
    used = set(_VARIABLE.findall(text))
    if unknown := sorted(used - set(variables)):
        raise SettingsError(
            f"{path} uses {_names(unknown)} and does not declare it. "
            "Add it to `variables` in the front matter, or correct its name."
        )
    if unused := [name for name in variables if name not in used]:
        raise SettingsError(
            f"{path} declares {_names(unused)} and does not use it. "
            "Put it in the text, or take it out of `variables`."
        )
    rest = _VARIABLE.sub("", text)
    if "{{" in rest or "}}" in rest:
        raise SettingsError(
            f"{path} has double braces that hold no variable. Write variables as {{{{name}}}}."
        )


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
