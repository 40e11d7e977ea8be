"""Make tests/given from tests/questions: each question with some passages of the sample articles.

    python scripts/given_rows.py

A question that the articles answer is asked twice: of the passages that hold its labelled quotes
and of nine others, and of ten others. One that they do not answer is asked of ten. The others are
those that the search ranks first, in both languages, without any that holds one of the expected
answers, in its words or in its title. Questions that lean on earlier ones are left out: there is no
room for a history. Passages are named by article and offsets.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from evaluate.measure.answers import contained  # noqa: E402
from evaluate.questions.given import named  # noqa: E402
from evaluate.questions.gold import find_gold  # noqa: E402
from evaluate.questions.scripted import ScriptedQuestion, read_questions  # noqa: E402
from ingest.temporary import temporary_assistant  # noqa: E402
from rag.assistant import Assistant  # noqa: E402
from rag.settings import SAMPLE_ARTICLES, Settings  # noqa: E402
from rag.types import Chunk  # noqa: E402

PASSAGES = 10
"""Passages that a question comes with; one with several labelled ones has as many more."""

AFTER_ALL = {"en-suez-hull": "قُطرت إلى البحيرات المرة الكبرى لفحصها"}
"""What answers a question after all, in other words than expected: found by reading the rows."""

Row = dict[str, Any]


def main() -> None:
    questions = [q for q in read_questions([ROOT / "tests" / "questions"]) if not q.history]
    files: dict[str, list[Row]] = {"with": [], "without": [], "unanswerable": []}
    with temporary_assistant(Settings(), [SAMPLE_ARTICLES]) as assistant:
        assistant.store.open_index()
        for question in questions:
            for kind, row in rows(question, assistant):
                files[kind].append(row)
    for kind, made in files.items():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made)
        (ROOT / "tests" / "given" / f"{kind}.jsonl").write_text(text, encoding="utf-8")
        print(f"{kind}: {len(made)}")


def rows(question: ScriptedQuestion, assistant: Assistant) -> Iterator[tuple[str, Row]]:
    """The rows of a question, each with the file that it belongs to."""
    gold = find_gold(question, assistant.store)
    others = ranked(question, gold.ids, assistant)
    if not question.answerable:
        yield "unanswerable", row(question, others[:PASSAGES])
        return
    if gold.cut or gold.lacking:
        raise SystemExit(f"{question.id}: a labelled quote is in no passage as a whole")
    yield "with", row(question, others[: PASSAGES - 1], gold.chunks)
    yield "without", row(question, others[:PASSAGES])


def ranked(
    question: ScriptedQuestion, labelled: frozenset[str], assistant: Assistant
) -> list[Chunk]:
    """The passages that do not answer, as the search ranks them."""
    ids = [id_ for id_, _ in assistant.search.find(question.question, lang=question.lang).ranking]
    chunks = assistant.store.chunks(ids)
    articles = assistant.store.articles({chunk.article_id for chunk in chunks.values()})
    return [
        chunk
        for chunk in (chunks[id_] for id_ in ids)
        if chunk.id not in labelled
        and not contained(f"{articles[chunk.article_id].title}\n{chunk.text}", question.answers)
        and AFTER_ALL.get(question.id, "\0") not in chunk.text
    ]


def row(question: ScriptedQuestion, others: Sequence[Chunk], labelled: Sequence[Chunk] = ()) -> Row:
    """A line of the file. Passages stand in the order of the articles, which says nothing."""
    kind = "with" if labelled else "without" if question.answerable else None
    chunks = sorted((*labelled, *others), key=lambda chunk: (chunk.article_id, chunk.start))
    made = {
        "id": f"{question.id}/{kind}" if kind else question.id,
        "question": question.question,
        "lang": question.lang,
        "passages": [name(chunk) for chunk in chunks],
        "answerable": bool(labelled),
    }
    if labelled:
        made["answers"] = list(question.answers)
        made["relevant"] = sorted(map(name, labelled))
    return {**made, "tags": list(question.tags)}


def name(chunk: Chunk) -> str:
    """How the file names a passage."""
    return named(chunk.article_id, chunk.start, chunk.end)


if __name__ == "__main__":
    main()
