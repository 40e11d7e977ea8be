"""Fit the weights that choose a sentence and that refuse, on development questions.

    .venv/bin/python -m training.calibrate FOLDER [EVERY]

FOLDER holds a parallel set in SQuAD format (``dev/xquad-dev.{ar,en}.json``) and optionally ``qa/``
with distractor contexts. Each paragraph becomes an article of one store that holds both
languages. Every question is asked in each language of question and passage, and again over both
languages together, in four ways:

full    the paragraph is there (and not its translation): answerable
noart   every paragraph of the same article is gone: unanswerable
nogold  only the paragraph is gone: unanswerable, harder
swap    a name or a year in the question is exchanged: unanswerable

Printed are how the reader's weight orders the hits, the fitted weights, to be copied into
``rag/answer/features.py`` and ``refuse.py``, and the operating points. Of the questions every
EVERYth is taken, by default each. With ``SANAD_READER=none`` the weights without a reader are
fitted. Nothing is random but the swaps, which are seeded.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

import numpy as np

from bench.grid import fill
from bench.reading import find_sets, load_set
from rag.answer.features import SENTENCE_WEIGHTS, UNREAD_SENTENCE_WEIGHTS, Features, weigh
from rag.answer.lacking import lacking
from rag.answer.refuse import THRESHOLD, Evidence, gather
from rag.answer.select import Candidate, candidates
from rag.assistant import open_reader
from rag.language.text import LANGS, Lang
from rag.models.encoder import Encoder, load_encoder
from rag.models.reader import Reader
from rag.models.reading import Reading
from rag.models.remembering import RememberingEncoder
from rag.search.rerank import READ, read_hits, rerank
from rag.search.retrieve import Search
from rag.search.titles import texts_of
from rag.search.trace import Signals
from rag.settings import Settings, load_settings
from rag.store import Store
from rag.types import Hit, Question
from training.logit import Matrix, auroc, conditional_logit, logistic
from training.variants import DevQuestion, read, swapped

READER_WEIGHTS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2)

DEPTH = 50
"""Hits taken from each question's search before paragraphs are taken away."""


@dataclass(frozen=True)
class Case:
    """One question in one set-up: its candidates, and which of them hold the answer."""

    setup: str
    mode: str
    question: Question
    found: list[Candidate]
    right: list[bool]
    places: dict[float, int]
    """The place of the gold paragraph for each of `READER_WEIGHTS`; 0: not among those read."""


def main(folder: Path, every: int = 1) -> None:
    """Fit on every ``every``-th question of the set in ``folder`` and print what was found."""
    files = find_sets(folder)
    if files is None:
        sys.exit(f"{folder} holds no parallel set such as dev/xquad-dev.ar.json and .en.json.")
    settings = load_settings()
    encoder = RememberingEncoder(load_encoder(settings.encoder), size=100_000)
    reader = open_reader(settings)
    with (
        tempfile.TemporaryDirectory() as place,
        fill(load_set(folder), LANGS, encoder, Path(place)) as store,
    ):
        cases = list(_cases(read(files)[::every], store, encoder, reader, settings))
    if reader:
        show_places(cases)
    by_hand = SENTENCE_WEIGHTS if reader else UNREAD_SENTENCE_WEIGHTS
    shipped = replace(
        fit_sentences(cases), person_fit=by_hand.person_fit, nearness=by_hand.nearness
    )
    fit_refusals([_reweighed(case, shipped) for case in cases])


def show_places(cases: Sequence[Case]) -> None:
    """Print how often the gold paragraph comes first, for each weight of the reader."""
    full = [case for case in cases if case.mode == "full"]
    print("  reader_weight " + " ".join(f"{weight:>6}" for weight in READER_WEIGHTS))
    for setup in sorted({case.setup for case in full}):
        own = [case.places for case in full if case.setup == setup]
        firsts = (np.mean([places[weight] == 1 for places in own]) for weight in READER_WEIGHTS)
        print(f"  {setup:14}" + " ".join(f"{first:6.3f}" for first in firsts), flush=True)


def fit_sentences(cases: Sequence[Case]) -> Features:
    """Fit and print the weights of the features, and how often the best candidate is right."""
    full = [case for case in cases if case.mode == "full"]
    choices = [(_matrix(case), np.array(case.right, float)) for case in full if any(case.right)]
    weights = conditional_logit(choices)
    _print("SENTENCE_WEIGHTS", Features, weights)
    fitted = Features(*weights)
    for setup in sorted({case.setup for case in full}):
        own = [_reweighed(case, fitted) for case in full if case.setup == setup]
        first = np.mean([bool(case.right) and case.right[0] for case in own])
        reach = np.mean([any(case.right) for case in own])
        print(f"  {setup:12} best sentence right {first:.3f}   among the candidates {reach:.3f}")
    return fitted


def fit_refusals(cases: Sequence[Case]) -> None:
    """Fit and print the weights of the evidence, and the operating points."""
    cases = [case for case in cases if case.found]
    evidence = np.array([astuple(_evidence(case)) for case in cases])
    labels = np.array([float(case.mode == "full") for case in cases])
    chose_wrong = np.array([case.mode == "full" and not case.right[0] for case in cases])
    half = np.array([case.mode == "nogold" for case in cases])
    importance = np.where(chose_wrong, 0.3, np.where(half, 0.5, 1.0))
    weights = logistic(evidence, labels, importance)
    _print("EVIDENCE_WEIGHTS", Evidence, weights)
    chances = 1 / (1 + np.exp(-evidence @ weights))
    setups = np.array([case.setup for case in cases])
    modes = np.array([case.mode for case in cases])
    for mode in ("noart", "nogold", "swap"):
        for setup in sorted(set(setups)):
            at = (setups == setup) & ((modes == "full") | (modes == mode))
            print(f"  {setup:12} full or {mode:7} AUROC {auroc(chances[at], labels[at]):.3f}")
    print("  share answered of full, of full with the right sentence; share refused of the rest")
    for threshold in (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, THRESHOLD):
        for setup in sorted(set(setups)):
            full = (setups == setup) & (modes == "full")
            refused = {
                mode: np.mean(chances[(setups == setup) & (modes == mode)] < threshold)
                for mode in ("noart", "nogold", "swap")
                if ((setups == setup) & (modes == mode)).any()
            }
            print(
                f"  {threshold:.2f} {setup:12} {np.mean(chances[full] >= threshold):.2f}"
                f" {np.mean(chances[full & ~chose_wrong] >= threshold):.2f}   "
                + " ".join(f"{mode} {share:.2f}" for mode, share in refused.items())
            )


def _cases(
    questions: Sequence[DevQuestion],
    store: Store,
    encoder: Encoder,
    reader: Reader | None,
    settings: Settings,
) -> Iterator[Case]:
    search = Search(store, encoder, settings.model_copy(update={"k": DEPTH}))
    article_of = {question.gold: question.article for question in questions}
    for modes, asked in ((("full", "noart", "nogold"), questions), (("swap",), swapped(questions))):
        for dev in asked:
            trace = search.find(dev.text, k=DEPTH)
            setups = [
                (mode, setup, _ranked(kept, settings.k))
                for mode in modes
                for setup, kept in _setups(dev, mode, texts_of(trace.hits), article_of)
            ]
            readings = _read(dev.text, [hit for _, _, kept in setups for hit in kept], reader)
            signals = {
                id_: replace(signal, reading=readings.get(id_))
                for id_, signal in trace.signals.items()
            }
            for mode, setup, kept in setups:
                yield _case(dev, mode, setup, kept, signals, encoder, settings)


def _case(
    dev: DevQuestion,
    mode: str,
    setup: str,
    kept: Sequence[Hit],
    signals: Mapping[str, Signals],
    encoder: Encoder,
    settings: Settings,
) -> Case:
    readings = {id_: signal.reading for id_, signal in signals.items() if signal.reading}
    ordered = {weight: rerank(kept, readings, weight) for weight in READER_WEIGHTS}
    question = Question(dev.text, dev.text, dev.lang, dev.lang)
    found = candidates(question, rerank(kept, readings, settings.reader_weight), encoder, signals)
    right = [mode == "full" and _holds(dev, c) for c in found]
    places = {weight: _place(dev, hits) for weight, hits in ordered.items()}
    return Case(f"{dev.lang}→{setup}", mode, question, found, right, places)


def _read(question: str, hits: Sequence[Hit], reader: Reader | None) -> dict[str, Reading]:
    """Readings of the hits, each read once, by chunk."""
    distinct = {hit.chunk.id: hit for hit in hits}
    if reader is None:
        return {}
    # texts of like length together
    ordered = sorted(distinct.values(), key=lambda hit: len(hit.chunk.text))
    readings: dict[str, Reading] = {}
    for at in range(0, len(ordered), READ):
        readings |= read_hits(question, ordered[at : at + READ], reader)
    return readings


def _place(dev: DevQuestion, hits: Sequence[Hit]) -> int:
    gold = [rank for rank, hit in enumerate(hits, 1) if _position(hit) == dev.gold]
    return gold[0] if gold else 0


def _position(hit: Hit) -> int:
    """The number of the paragraph that a hit is."""
    return int(hit.article.id.split(":")[1])


def _setups(
    dev: DevQuestion, mode: str, hits: Sequence[Hit], article_of: dict[int, int]
) -> Iterator[tuple[str, list[Hit]]]:
    """The hits of each passage language alone, of both with the answer in one, of one article."""

    def allowed(hit: Hit, answer_in: Lang | None) -> bool:
        position = _position(hit)
        if mode == "noart":
            return article_of.get(position) != dev.article
        if mode == "nogold" or hit.article.lang != answer_in:
            return mode == "swap" or position != dev.gold
        return True

    def of_article(hit: Hit) -> bool:
        return article_of.get(_position(hit)) == dev.article

    for lang in LANGS:
        yield lang, [h for h in hits if h.article.lang == lang and allowed(h, lang)]
    if mode == "full":
        for lang in LANGS:
            yield f"both, {lang}", [h for h in hits if allowed(h, lang)]
            yield (
                f"{lang}, one article",
                [h for h in hits if h.article.lang == lang and of_article(h)],
            )
    else:
        yield "both", [h for h in hits if allowed(h, None)]


def _ranked(hits: Sequence[Hit], k: int) -> list[Hit]:
    return [replace(hit, rank=rank) for rank, hit in enumerate(hits[:k], 1)]


def _holds(dev: DevQuestion, candidate: Candidate) -> bool:
    lang, position = candidate.hit.article.id.split(":")
    _, start = dev.answers["ar" if lang == "ar" else "en"]
    return int(position) == dev.gold and candidate.start <= start < candidate.end


def _matrix(case: Case) -> Matrix:
    return np.array([astuple(candidate.features) for candidate in case.found])


def _reweighed(case: Case, weights: Features) -> Case:
    """The case with its candidates scored and ordered by other weights."""
    scored = [replace(c, score=weigh(c.features, weights)) for c in case.found]
    order = sorted(range(len(scored)), key=lambda i: -scored[i].score)
    return replace(case, found=[scored[i] for i in order], right=[case.right[i] for i in order])


def _evidence(case: Case) -> Evidence:
    """What speaks for and against answering with the best candidate of a case."""
    return gather(case.question, case.found, lacking(case.question, case.found[0].hit))


def _print(name: str, kind: type, weights: Matrix) -> None:
    print(f"{name} = {kind.__name__}(")
    for field, weight in zip(fields(kind), weights, strict=True):
        print(f"    {field.name}={weight:.2f},")
    print(")", flush=True)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else 1)
