"""Assistants over a few words: all of them is real but the encoder, which hashes words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from evaluate.questions.scripted import Evidence, ScriptedQuestion
from ingest.chunk import CHUNKER_VERSION
from ingest.jsonl import write_jsonl
from ingest.pipeline import ingest
from rag.assistant import Assistant, join
from rag.language.text import detect_language
from rag.settings import Settings
from rag.store import open_store
from rag.types import Article, Turn
from tests.doubles import HashingEncoder

ARTICLES = {
    "bridge-en.md": (
        "The new bridge over the Tamar opened on Sunday. Engineer Selma Haddad, who led the work, "
        "said that it took three years and cost 12 million dinars.\n\n"
        "Mayor Omar Farouk will close the old bridge in May. Shops on both banks of the river "
        "expect more visitors, and fishermen hope for quieter mornings."
    ),
    "bridge-ar.md": (
        "افتُتح الجسر الجديد فوق نهر التمار يوم الأحد. وقالت المهندسة سلمى الحداد التي قادت العمل "
        "إن البناء استغرق ثلاث سنوات وكلّف 12 مليون دينار."
    ),
    "market-en.md": (
        "The covered market burned down on Friday night. Nobody was hurt, said fire chief Nadia "
        "Saleh. Traders want the town to rebuild all 240 stalls before the winter begins."
    ),
}

WHO = ScriptedQuestion(
    "who",
    "Who led the work on the bridge?",
    "en",
    ("Selma Haddad", "سلمى الحداد"),
    (Evidence("bridge-en.md", "Engineer Selma Haddad, who led the work"),),
    tags=("who",),
)
HOW_MANY = ScriptedQuestion(
    "stalls",
    "How many stalls do traders want?",
    "en",
    ("240",),
    (Evidence("market-en.md", "all 240 stalls"),),
)
ARABIC = ScriptedQuestion(
    "من",
    "من قادت العمل؟",
    "ar",
    ("سلمى الحداد",),
    (Evidence("bridge-ar.md", "المهندسة سلمى الحداد التي قادت العمل"),),
)
UNLABELLED = ScriptedQuestion("free", "Who is the mayor?", "en", ("Omar Farouk",))
NOT_THERE = ScriptedQuestion("no", "How many people died in Paris in 1999?", "en", answerable=False)
THEN = replace(WHO, id="then", question="And what did she say?", history=(Turn("Who?", "Selma."),))
ALL = (WHO, HOW_MANY, ARABIC, UNLABELLED, NOT_THERE, THEN)

OpenOver = Callable[..., Assistant]


def _articles(texts: Mapping[str, str]) -> list[Article]:
    return [
        Article(key, key.split(".")[0].title(), text, detect_language(text))
        for key, text in texts.items()
    ]


@pytest.fixture(scope="session")
def open_over(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenOver]:
    """Opens an assistant over articles, or over texts by id, under some settings."""
    with ExitStack() as stack:

        def open_assistant(
            given: Mapping[str, str] | Sequence[Article], **settings: Any
        ) -> Assistant:
            folder, encoder = tmp_path_factory.mktemp("evaluate"), HashingEncoder()
            articles = _articles(given) if isinstance(given, Mapping) else given
            write_jsonl(articles, folder / "articles.jsonl")
            store = stack.enter_context(
                open_store(
                    folder / "store",
                    encoder.identity,
                    create=True,
                    chunker_version=CHUNKER_VERSION,
                )
            )
            report = ingest([folder / "articles.jsonl"], store, encoder)
            assert not report.failed
            return join(Settings(store=folder / "store", **settings), store, encoder)

        yield open_assistant


@pytest.fixture(scope="session")
def assistant(open_over: OpenOver) -> Assistant:
    """An assistant over :data:`ARTICLES`."""
    return open_over(ARTICLES)
