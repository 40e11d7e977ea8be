"""The fields that may stand between two rules at the head of a Markdown file (YAML)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from ingest.clean import one_line
from rag.errors import SourceError

if TYPE_CHECKING:
    import yaml

MAX_FRONT_MATTER = 65_536
"""Characters of the longest front matter that is read; PyYAML takes a third of a second for it."""

_MAX_BITS = 4_096  # of a whole number; Python refuses to write out those of 4,300 digits
_MAX_FIELDS = 4_096  # of a mapping with those that it takes over from others
_CLOSED = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.M)
_OPENS = re.compile(r"\A---[ \t]*\n[ \t]*[\w-]+[ \t]*:")


def split_front_matter(text: str) -> tuple[Mapping[str, object], str]:
    """The fields of ``text``'s front matter, their names in small letters, and the text below it.

    Two rules with something else between them are no front matter: all is text then, and there
    are no fields.

    Raises:
        SourceError: the front matter is broken, never ends or is too long.
    """
    closed = _CLOSED.match(text)
    if closed is None:
        if _OPENS.match(text):
            raise SourceError("Its front matter never ends. Close it with a line of ---.")
        return {}, text
    size = len(closed[1])
    if size > MAX_FRONT_MATTER:
        if not _OPENS.match(text):
            return {}, text
        raise SourceError(
            f"Its front matter has {size:,} characters; the limit is {MAX_FRONT_MATTER:,}. Keep "
            "only title, date and the like in it, and the article's words below it."
        )
    fields = _fields(closed[1])
    return ({}, text) if fields is None else (fields, text[closed.end() :])


def _fields(source: str) -> Mapping[str, object] | None:
    """The fields of a mapping, {} for nothing at all, None for anything else."""
    import yaml

    try:
        loaded = yaml.load(source, _loader())
    except Exception as error:  # also RecursionError, or OverflowError for "\UFFFFFFFF"
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        where = f" at line {mark.line + 2}" if mark else ""
        problem = getattr(error, "problem", None) or str(error) or type(error).__name__
        raise SourceError(
            f"Its front matter is broken{where}: {one_line(problem, 200)}. "
            'Put values with a colon in quotes, as in title: "Today: rain".'
        ) from error
    if loaded is None:
        return {}
    return {str(k).lower(): v for k, v in loaded.items()} if isinstance(loaded, dict) else None


@cache
def _loader() -> type[yaml.SafeLoader]:
    """PyYAML's safe loader, without what a few characters can blow up.

    A hexadecimal or sexagesimal number (``1:30:00``) can be too long to be written out again, and
    mappings that take over each other's fields (``<<``) can double with every line. What cannot be
    converted raises whatever its conversion ran into: KeyError for ``!!bool maybe``, for instance.
    """
    import yaml

    def wrong(problem: str, node: yaml.Node) -> Exception:
        return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)

    class Loader(yaml.SafeLoader):
        def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
            try:
                value = super().construct_object(node, deep)
            except (yaml.YAMLError, RecursionError):
                raise
            except ValueError as error:
                raise wrong(str(error), node) from error
            except Exception as error:
                raise wrong(f"{one_line(str(node.value), 40)!r} is no value", node) from error
            if isinstance(value, int) and value.bit_length() > _MAX_BITS:
                raise wrong("a number of this length cannot be kept", node)
            return value

        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            super().flatten_mapping(node)
            if len(node.value) > _MAX_FIELDS:
                raise wrong(f"a mapping of more than {_MAX_FIELDS:,} fields", node)

    return Loader
