"""The way of one scripted question on the terminal: where each stage had the labelled passage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text

from ui.terminal.answer import show_answer
from ui.terminal.screen import Screen

if TYPE_CHECKING:
    from evaluate.measure.observe import Observation
    from evaluate.questions.gold import Gold
    from evaluate.results import Outcome
    from evaluate.run import Task
    from rag.answer.select import Candidate
    from rag.search.trace import Ranking, SearchTrace
    from rag.types import Chunk, Hit

_DIM = Style(dim=True)
_BOLD = Style(bold=True)
_GOLD = Style(bold=True, color="green")
_BAD = Style(bold=True, color="red")
_SHOWN = 5
_CHARS = 160


def explain(screen: Screen, tasks: Iterable[Task], question_id: str) -> None:
    """Ask one question of ``tasks`` again and write its way.

    Raises:
        EvaluationError: no task has a question of that id.
    """
    from evaluate.measure.observe import observe
    from evaluate.measure.outcome import measure
    from rag.answer.extractive import ExtractiveAnswerer
    from rag.answer.select import candidates
    from rag.errors import EvaluationError

    for task in tasks:
        wanted = [question for question in task.questions if question.id == question_id]
        if not wanted:
            continue
        assistant = task.assistant
        seen = observe(assistant, wanted)
        outcome = measure(seen, assistant.store, assistant.settings)[0][0]
        answer, trace = seen[0].answer, seen[0].trace
        found = (
            candidates(answer.question, trace.hits, assistant.encoder, trace.signals)
            if answer and trace and isinstance(assistant.answerer, ExtractiveAnswerer)
            else []
        )
        show_trace(screen, outcome, seen[0], found)
        return
    raise EvaluationError(
        f"There is no question {question_id!r} in what was named. Reports list the ids."
    )


def show_trace(
    screen: Screen, outcome: Outcome, observation: Observation, found: Sequence[Candidate]
) -> None:
    """Write a question's way: labels, legs, fusion, hits, sentences, answer, and the blame.

    ``found`` are the sentences that the extractive answerer weighed, best first; none when a chat
    model answered.
    """
    _show_question(screen, outcome)
    _show_gold(screen, observation)
    if observation.trace:
        _show_search(screen, observation.trace, observation.gold)
        _show_hits(screen, observation.trace.hits, observation.gold)
    _show_candidates(screen, found, observation.gold)
    if observation.answer:
        _heading(screen, "Answer")
        if outcome.confidence is not None:
            _note(screen, f"probability that the articles answer: {outcome.confidence:.3f}")
        show_answer(screen, observation.answer)
    if outcome.withheld:
        _heading(screen, "Withheld")
        screen.paragraph(outcome.withheld, indent=2)
    _show_verdict(screen, outcome, observation)


def _show_question(screen: Screen, outcome: Outcome) -> None:
    screen.paragraph(Text(outcome.question, _BOLD))
    pair = f"{outcome.lang} → {outcome.passage_lang}"
    _note(screen, f"{outcome.id} · {pair} · {', '.join(outcome.tags) or 'no tags'}")
    if outcome.standalone != outcome.question:
        _note(screen, "searched for as:")
        screen.paragraph(outcome.standalone, indent=2)


def _show_gold(screen: Screen, observation: Observation) -> None:
    gold = observation.gold
    _heading(screen, "Labelled passages")
    for chunk in gold.chunks:
        _passage(screen, chunk, _GOLD)
    for article in gold.lacking:
        screen.paragraph(Text(f"not in the store: {article}", _BAD), indent=2, direction="ltr")
    if gold.cut:
        screen.paragraph(Text("the quote was cut in two", _BAD), indent=2, direction="ltr")
    elif gold.spans and not gold.chunks:
        screen.paragraph(Text("the quote is in no passage", _BAD), indent=2, direction="ltr")
    if not observation.question.answerable:
        _note(screen, "none: the articles do not answer")
    elif not observation.question.evidence:
        _note(screen, "none: the question has no evidence")


def _show_search(screen: Screen, trace: SearchTrace, gold: Gold) -> None:
    _heading(screen, "Search")
    for lang, found in trace.languages.items():
        _leg(screen, f"dense, {lang}", found.dense, gold)
        _leg(screen, f"lexical, {lang}", found.lexical, gold)
        _leg(screen, f"fused, {lang}", found.fused, gold)
        _leg(screen, f"matched, {lang}", found.matched, gold)
    _leg(screen, "in turns", trace.ranking, gold)


def _leg(screen: Screen, name: str, ranking: Ranking, gold: Gold) -> None:
    ranks = [rank for rank, (id_, _) in enumerate(ranking, 1) if id_ in gold.ids]
    place = f"rank {ranks[0]}" if ranks else "not there"
    best = ", ".join(f"{score:.3f}" for _, score in ranking[:_SHOWN]) or "nothing"
    line = Text(f"{name:<12}", _DIM).append(f"{place:<10}", _GOLD if ranks else _DIM)
    screen.paragraph(
        line.append(f"of {len(ranking):>3}; best scores {best}", _DIM), indent=2, direction="ltr"
    )


def _show_hits(screen: Screen, hits: Sequence[Hit], gold: Gold) -> None:
    _heading(screen, "Hits")
    for hit in hits:
        legs = ", ".join(f"{leg.name} {leg.rank}" for leg in hit.legs)
        _note(screen, f"{hit.rank}. {hit.article.id}  score {hit.score:.3f}  {legs}")
        _passage(screen, hit.chunk, _GOLD if hit.chunk.id in gold.ids else Style.null())


def _show_candidates(screen: Screen, found: Sequence[Candidate], gold: Gold) -> None:
    if not found:
        return
    _heading(screen, "Sentences weighed")
    for candidate in found[:_SHOWN]:
        features = candidate.features
        _note(
            screen,
            f"{candidate.score:.2f}  match {features.match:.2f}, coverage {features.coverage:.2f}, "
            f"kind {features.kind_fit:+.0f}, person {features.person_fit:+.0f}, nearness "
            f"{features.nearness:.2f}; hit {candidate.hit.rank}",
        )
        inside = candidate.hit.chunk.id in gold.ids
        screen.paragraph(Text(_short(candidate.text), _GOLD if inside else Style.null()), indent=4)


def _show_verdict(screen: Screen, outcome: Outcome, observation: Observation) -> None:
    from evaluate.measure.blame import STAGES

    _heading(screen, "Verdict")
    style = _GOLD if outcome.correct else _BAD
    screen.paragraph(Text(outcome.status, style), indent=2, direction="ltr")
    if observation.error:
        screen.paragraph(observation.error, indent=2)
    if outcome.expected:
        _note(screen, "expected:")
        for answer in outcome.expected:
            screen.paragraph(answer, indent=4)
    if outcome.blame:
        _note(screen, f"lost at: {outcome.blame}: {STAGES[outcome.blame]}")
    values = ", ".join(f"{name} {value:.2f}" for name, value in outcome.values.items())
    _note(screen, values)


def _heading(screen: Screen, text: str) -> None:
    screen.blank()
    screen.paragraph(Text(text, _BOLD), direction="ltr")


def _note(screen: Screen, text: str) -> None:
    screen.paragraph(Text(text, _DIM), indent=2, hang=2, direction="ltr")


def _passage(screen: Screen, chunk: Chunk, style: Style) -> None:
    screen.paragraph(Text(_short(chunk.text), style), indent=4)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _CHARS else f"{flat[:_CHARS]}…"
