"""Articles as a ``.jsonl`` source: one a line, as :mod:`ingest.formats` reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from rag.types import Article


def write_jsonl(articles: Iterable[Article], path: Path) -> None:
    """Write ``articles`` to ``path``, in UTF-8."""
    with path.open("w", encoding="utf-8") as file:
        for article in articles:
            given = {key: value for key, value in asdict(article).items() if value is not None}
            file.write(json.dumps(given, ensure_ascii=False) + "\n")
