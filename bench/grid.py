"""How well questions find their paragraph: every direction, every system, two store set-ups.

"apart": one store per passage language. "together": both languages in one store, where a rank
counts among the hits of the passage language; there "any" asks for the paragraph in whichever
language comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bench import textbook
from bench.reading import Asked, ReadingSet
from rag.assistant import open_reader
from rag.language.text import LANGS, Lang
from rag.models.encoder import Encoder
from rag.models.reader import Reader
from rag.settings import Settings
from rag.store import Store, open_store
from rag.types import Article

if TYPE_CHECKING:
    from langchain_chroma import Chroma

K = 50
"""Hits asked for, so that a rank up to 10 is known in either language."""
CUTOFFS = (1, 5, 10)

Target = Literal["ar", "en", "any"]
Found = tuple[Lang, int]
System = Callable[[str], Sequence[Found]]
"""From a question to paragraphs as (language, position), best first, perhaps repeated."""

VARIANTS: dict[str, dict[str, object]] = {
    "dense": {"lexical_weight": 0.0, "match_weight": 0.0, "reader": "none"},
    "lexical": {"dense_weight": 0.0, "match_weight": 0.0, "reader": "none"},
    "hybrid": {},
    "hybrid, no reader": {"reader": "none"},
    "hybrid, no match": {"match_weight": 0.0, "reader": "none"},
    "hybrid, rrf": {"fusion": "rrf", "match_weight": 0.0, "reader": "none"},
}
"""Settings of each variant; "hybrid" is what Sanad does unless told otherwise."""

TEXTBOOK = "textbook"
SYSTEMS = (*VARIANTS, TEXTBOOK)


@dataclass(frozen=True, slots=True)
class Score:
    """Recall at 1, 5 and 10 and MRR@10 of one system in one direction, each 0 to 1."""

    stores: Literal["apart", "together"]
    question_lang: Lang
    passage_lang: Target
    system: str
    questions: int
    recall: dict[int, float]
    mrr: float


def measure(
    data: ReadingSet,
    encoder: Encoder,
    settings: Settings,
    folder: Path,
    note: Callable[[str], None],
) -> Iterator[Score]:
    """Every score of the grid; stores are made below ``folder``."""
    for lang in LANGS:
        note(f"Encoding {len(data.paragraphs[lang]):,} paragraphs in {lang} and finding among them")
        with _systems(data, [lang], encoder, settings, folder / lang) as systems:
            yield from _scores(systems, data.questions, "apart", [lang])
    note("Finding among the paragraphs of both languages")
    with _systems(data, LANGS, encoder, settings, folder / "both") as systems:
        yield from _scores(systems, data.questions, "together", ["ar", "en", "any"])


def rank_of(found: Iterable[Found], gold: int, target: Target) -> int | None:
    """1-based rank of the gold paragraph among the distinct paragraphs of the target language.

    >>> rank_of([("en", 4), ("ar", 7), ("ar", 7), ("ar", 4)], 4, "ar")
    2
    """
    wanted = dict.fromkeys(hit for hit in found if target in (hit[0], "any"))
    return next((rank for rank, hit in enumerate(wanted, 1) if hit[1] == gold), None)


def recall(ranks: Sequence[int | None], cutoff: int) -> float:
    """Share of the ranks that are within ``cutoff``."""
    return sum(rank is not None and rank <= cutoff for rank in ranks) / len(ranks)


def reciprocal_rank(ranks: Sequence[int | None], cutoff: int = 10) -> float:
    """Mean of 1/rank, where a rank beyond ``cutoff`` counts 0 (MRR@10)."""
    return sum(1 / rank for rank in ranks if rank is not None and rank <= cutoff) / len(ranks)


def _scores(
    systems: dict[str, System],
    questions: Sequence[Asked],
    stores: Literal["apart", "together"],
    targets: Sequence[Target],
) -> Iterator[Score]:
    for name, search in systems.items():
        found = [search(question.text) for question in questions]
        for asker in LANGS:
            for target in targets:
                ranks = [
                    rank_of(hits, question.gold, target)
                    for question, hits in zip(questions, found, strict=True)
                    if question.lang == asker
                ]
                recalls = {cutoff: recall(ranks, cutoff) for cutoff in CUTOFFS}
                mrr = reciprocal_rank(ranks)
                yield Score(stores, asker, target, name, len(ranks), recalls, mrr)


@contextmanager
def _systems(
    data: ReadingSet, langs: Sequence[Lang], encoder: Encoder, settings: Settings, folder: Path
) -> Iterator[dict[str, System]]:
    """Every system over the paragraphs of ``langs``."""
    with ExitStack() as stack:
        store = stack.enter_context(fill(data, langs, encoder, folder / "sanad"))
        systems = sanad_systems(store, encoder, settings, open_reader(settings))
        pieces = textbook.split((name, text) for name, _, text in _paragraphs(data, langs))
        built = textbook.build(pieces, folder / "textbook", encoder)
        systems[TEXTBOOK] = _textbook(stack.enter_context(built))
        yield systems


def fill(data: ReadingSet, langs: Sequence[Lang], encoder: Encoder, folder: Path) -> Store:
    """A store of the paragraphs, each an article of its own without a title."""
    from ingest.chunk import CHUNKER_VERSION
    from ingest.write import Writer

    store = open_store(folder, encoder.identity, create=True, chunker_version=CHUNKER_VERSION)
    writer = Writer(store, encoder)
    for name, lang, text in _paragraphs(data, langs):
        writer.take(Article(name, "", text, lang), "bench")
    writer.flush()
    return store


def sanad_systems(
    store: Store, encoder: Encoder, settings: Settings, reader: Reader | None
) -> dict[str, System]:
    """Every variant of Sanad over one store."""
    return {
        name: _sanad(store, encoder, settings.model_copy(update=changes), reader)
        for name, changes in VARIANTS.items()
    }


def _sanad(store: Store, encoder: Encoder, settings: Settings, reader: Reader | None) -> System:
    from rag.search.retrieve import Search

    reads = None if settings.reader == "none" else reader
    search = Search(store, encoder, settings, reads)
    return lambda question: [_found(hit.article.id) for hit in search.find(question, k=K).hits]


def _textbook(store: Chroma) -> System:
    return lambda question: [
        _found(str(piece.metadata["source"])) for piece in store.similarity_search(question, k=K)
    ]


def _paragraphs(data: ReadingSet, langs: Sequence[Lang]) -> Iterator[tuple[str, Lang, str]]:
    """(name, language, text) of each paragraph."""
    for lang in langs:
        for position, text in enumerate(data.paragraphs[lang]):
            yield f"{lang}:{position:05d}", lang, text


def _found(name: str) -> Found:
    lang, _, position = name.partition(":")
    return ("ar" if lang == "ar" else "en"), int(position)
