"""A judge's scores: read from its replies, and kept on disk."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from tempfile import NamedTemporaryFile

from rag.answer.draft import Draft
from rag.errors import EvaluationError
from rag.language.text import ascii_digits

_DECIMAL = re.compile(r"\s*\d+(?:\.\d+)?\s*", re.ASCII)
_log = logging.getLogger(__name__)


def parse_score(reply: str) -> float | None:
    r"""The score, 0 to 1, of a reply that holds one JSON object; None when it gives none.

    Reasoning, code fences and words around the object are passed over, and Arabic digits are
    read. Of two objects it is not known which is meant, and a number out of range is no score.

    >>> parse_score('<think>{0}?</think>```json\n{"reason": "Yes.", "score": ٠٫٥}\n```')
    0.5
    """
    draft = Draft()
    draft.add(reply)
    text = ascii_digits(draft.end()[0]).replace("٫", ".")
    start = text.find("{")
    if start < 0:
        return None
    try:
        found, end = json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return score_of(found) if "{" not in text[end:] else None


def score_of(found: object) -> float | None:
    """The score in a JSON object, if it holds one from 0 to 1."""
    score: object = found.get("score") if isinstance(found, dict) else None
    if isinstance(score, str) and _DECIMAL.fullmatch(score):
        score = float(score)
    if isinstance(score, bool) or not isinstance(score, int | float):
        return None
    return float(score) if 0 <= score <= 1 else None


class ScoreCache:
    """Scores in a folder, a small file each, named by the SHA-256 of all that was asked.

    Several processes may share it. A file that cannot be read, or holds no score, is as good as
    none and is written anew.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EvaluationError(
                f"The judge's scores cannot be kept in {folder}: {error.strerror}. "
                "Name another folder."
            ) from error

    def get(self, key: str) -> float | None:
        """The score that was put under ``key``, if there is one."""
        try:
            return score_of(json.loads(self._file(key).read_bytes()))
        except (OSError, ValueError, RecursionError):
            return None

    def put(self, key: str, score: float, **about: str) -> None:
        """Keep ``score``; ``about`` is for people who look into the file.

        What cannot be written is only asked for again next time, so that is a warning.
        """
        text = json.dumps({"score": score, **about}, ensure_ascii=False, indent=1) + "\n"
        temporary: Path | None = None
        try:
            with NamedTemporaryFile(dir=self._folder, suffix=".tmp", delete=False) as file:
                temporary = Path(file.name)
                file.write(text.encode("utf-8", "backslashreplace"))
            temporary.replace(self._file(key))
        except OSError as error:
            _log.warning("A score cannot be kept in %s: %s", self._folder, error)
            if temporary:
                temporary.unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.json"
