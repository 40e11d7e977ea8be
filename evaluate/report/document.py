"""The JSON document of a report: the report field by field."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from evaluate.results import SCHEMA, Report
from rag.errors import EvaluationError


@dataclass(frozen=True, slots=True)
class _Versioned:
    """What every report begins to be read by, whatever else its schema holds."""

    schema: int


_REPORT: TypeAdapter[Report] = TypeAdapter(Report)
_VERSIONED: TypeAdapter[_Versioned] = TypeAdapter(_Versioned)


def to_json(report: Report) -> str:
    """The report as a JSON document."""
    return _REPORT.dump_json(report, indent=1).decode("utf-8") + "\n"


def read_report(path: Path) -> Report:
    """Read a report that :func:`to_json` wrote.

    Raises:
        EvaluationError: the file cannot be read or is not such a report; names file and field.
    """
    anew = f"Make it anew with sanad eval … --json {path.name}."
    try:
        document = path.read_bytes()
        schema = _VERSIONED.validate_json(document).schema
        if schema != SCHEMA:
            raise EvaluationError(
                f"{path} was made by another version of Sanad: it is of schema {schema}, and "
                f"schema {SCHEMA} is read here. {anew}"
            )
        return _REPORT.validate_json(document)
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise EvaluationError(
            f"{path} is not a report of sanad eval ({place}: {first['msg']}). {anew}"
        ) from error
