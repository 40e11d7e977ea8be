"""The run of a benchmark: :func:`measure_speed`, :func:`measure_scale`, :func:`measure_finding`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import corpus, grid, reading, speed
from bench.beside import Beside, write_more
from bench.processes import cold_start, run_job
from bench.results import ReadingFacts, Results, SpeedRow
from bench.scale import ScaleJob, row_of
from bench.worker import Job, SystemName
from ingest.jsonl import write_jsonl
from rag.models.encoder import Encoder
from rag.models.remembering import RememberingEncoder
from rag.settings import Settings
from rag.types import Article

SYSTEMS: tuple[SystemName, SystemName] = ("sanad", "textbook")
COLD_RUNS = 3
QUESTIONS_TIMED = 100
"""Questions of a reading set whose time is taken, half in each language."""

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    sizes: tuple[int, ...] = (1_000, 10_000)
    questions: int | None = None
    cold_runs: int = COLD_RUNS
    distractors: int = reading.DISTRACTORS
    encode_all: bool = False
    beside: int = 1_000

    @classmethod
    def quick(cls) -> Extent:
        """A look in about a minute; its figures do not compare with others."""
        return cls(sizes=(200,), questions=8, cold_runs=1, distractors=200, beside=100)


def measure_speed(results: Results, extent: Extent, note: Note) -> None:
    """Ingest and ask at every size, in both systems; then a cold start."""
    articles = corpus.sample_articles()
    questions = tuple(corpus.sample_questions(extent.questions))
    with tempfile.TemporaryDirectory(prefix="sanad-bench-") as name:
        folder = Path(name)
        for position, size in enumerate(extent.sizes):
            file = folder / f"{size}.jsonl"
            write_jsonl(corpus.grow(articles, size), file)
            stand_in = position > 0 and not extent.encode_all
            for system in SYSTEMS:
                row = _speed_row(system, size, file, questions, stand_in, note)
                results.speed.append(row)
        store = str(_store_of("sanad", folder / f"{extent.sizes[0]}.jsonl"))
        results.beside = _beside(store, articles, extent.beside, questions, note)
        note("Starting cold")
        arguments = ["ask", questions[0], "--store", store, "--json"]
        results.cold = cold_start(arguments, extent.cold_runs)


def _speed_row(
    system: SystemName,
    size: int,
    file: Path,
    questions: tuple[str, ...],
    stand_in: bool,
    note: Note,
) -> SpeedRow:
    store = str(_store_of(system, file))
    note(f"{system}: ingesting {size:,} passages")
    ingest = run_job(Job("ingest", system, store, corpus=str(file), stand_in=stand_in))
    note(f"{system}: asking {len(questions)} questions of {size:,} passages")
    ask = run_job(Job("ask", system, store, questions=questions))
    fields = speed.Ingested.__dataclass_fields__
    return SpeedRow(
        system=system,
        size=size,
        stand_in=stand_in,
        ingest=speed.Ingested(**{key: ingest.result[key] for key in fields}),
        ask=speed.stages_from_json(ask.result["stages"]),
        ingest_peak_mb=ingest.peak_mb,
        ask_peak_mb=ask.peak_mb,
        loaded_mb=ask.result["loaded_mb"],
    )


def _beside(
    store: str, articles: Sequence[Article], passages: int, questions: tuple[str, ...], note: Note
) -> Beside:
    note(f"sanad: asking while {passages:,} passages are ingested")
    more = Path(store).with_name("more.jsonl")
    write_more(articles, passages, more)
    found = run_job(Job("beside", "sanad", store, corpus=str(more), questions=questions)).result
    stages = speed.stages_from_json({name: found[name] for name in ("alone", "beside")})
    return Beside(found["passages"], found["questions"], found["rate"], **stages)


def _store_of(system: SystemName, file: Path) -> Path:
    return file.with_name(f"{file.stem}-{system}")


def measure_scale(results: Results, sizes: Sequence[int], note: Note) -> None:
    """Grow one store from size to size; measure it, and what a kill in a write does, at each."""
    held = 0
    with tempfile.TemporaryDirectory(prefix="sanad-bench-") as name:
        store = str(Path(name) / "store")
        for size in sizes:
            note(f"scale: putting {size - held:,} passages to the {held:,}")
            filled = run_job(ScaleJob("fill", store, size, held)).result
            note(f"scale: searching {size:,} passages ({filled['put']:.0f} a second were put)")
            asked = run_job(ScaleJob("ask", store, size)).result
            note("scale: killing a write, and opening the store again")
            run_job(ScaleJob("break", store, size))
            reopened = run_job(ScaleJob("reopen", store, size)).result
            results.scale.append(row_of(size, filled, asked, reopened))
            held = size


def measure_finding(
    results: Results,
    data: reading.ReadingSet,
    encoder: Encoder,
    settings: Settings,
    note: Note,
) -> None:
    """The grid over ``data``, and how long its questions take in a store of both languages."""
    remembering = RememberingEncoder(encoder, size=1_000_000)  # systems and stores share texts
    with tempfile.TemporaryDirectory(prefix="sanad-bench-") as name:
        folder = Path(name)
        for score in grid.measure(data, remembering, settings, folder, note):
            results.grid.append(score)
        note("Timing its questions")
        with grid.fill(data, ("ar", "en"), remembering, folder / "timed") as store:
            questions = _timed_questions(data.questions)
            ask = speed.ask_sanad(store, encoder, settings, questions)
    results.reading = ReadingFacts(
        name=data.name,
        questions=len(data.questions),
        paragraphs={lang: len(texts) for lang, texts in data.paragraphs.items()},
        distractors=dict(data.distractors.items()),
        ask=ask,
    )


def _timed_questions(questions: Sequence[reading.Asked]) -> list[str]:
    """Evenly chosen, Arabic and English in turns."""
    half = QUESTIONS_TIMED // 2
    chosen = []
    for lang in ("ar", "en"):
        texts = [question.text for question in questions if question.lang == lang]
        step = max(1, len(texts) // half)
        chosen.append(texts[::step][:half])
    return [text for pair in zip(*chosen, strict=False) for text in pair]
