"""From what was observed of a question to its metrics, its status and the stage to blame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from evaluate.measure.answers import contained, exact_match, token_f1
from evaluate.measure.blame import answer_blame, find_places, find_reach, retrieval_blame
from evaluate.measure.citations import citation_values
from evaluate.measure.observe import Observation
from evaluate.measure.retrieval import retrieval_values
from evaluate.passages import CitedQuote, FoundPassage, Passage, Places
from evaluate.questions.clusters import clusters
from evaluate.questions.gold import Gold
from evaluate.questions.scripted import ScriptedQuestion
from evaluate.results import Outcome, Stage, Status
from rag.language.text import detect_language
from rag.settings import Settings
from rag.store import Store
from rag.types import Answer, Chunk, Hit

HITS_KEPT = 10
"""Hits that a report shows of a question."""


def measure(
    observations: Sequence[Observation], store: Store, settings: Settings
) -> tuple[list[Outcome], dict[str, Passage]]:
    """What each observation was worth, and the passages that the outcomes speak of.

    ``store`` and ``settings`` are those that the questions were asked of.
    """
    retrieval = retrieval_values(observations, store)
    cluster_of = clusters(observation.question for observation in observations)
    outcomes = [
        _outcome(o, retrieval.get(o.question.id, {}), cluster_of[o.question.id], settings)
        for o in observations
    ]
    return outcomes, _passages(observations, store)


def _outcome(
    observation: Observation, retrieval: Mapping[str, float], cluster: str, settings: Settings
) -> Outcome:
    question, gold, answer = observation.question, observation.gold, observation.answer
    places = find_places(observation.trace, gold) if observation.trace else Places()
    right = bool(answer and not answer.refused and _is_right(answer, question))
    status = _status(observation, right, places)
    return Outcome(
        id=question.id,
        question=question.question,
        lang=question.lang,
        passage_lang=question.passage_lang
        or (gold.passage_lang if question.answerable else "none"),
        answerable=question.answerable,
        expected=question.answers,
        tags=question.tags,
        cluster=cluster,
        standalone=observation.standalone or question.question,
        status=status,
        label=question.label,
        answer=answer.text if answer else "",
        prediction=prediction(answer) if answer else "",
        answer_lang=answer.lang if answer else None,
        refused=bool(answer and answer.refused),
        reason=answer.reason if answer else None,
        missing=answer.missing if answer else (),
        confidence=_rounded(answer.confidence) if answer else None,
        withheld=_said(observation.withheld) if observation.withheld else None,
        error=observation.error,
        blame=_blame(observation, status, right, places, settings),
        places=places,
        values={
            name: round(value, 4)
            for name, value in {**retrieval, **_answer_values(observation, right)}.items()
        },
        citations=_cited(answer) if answer else (),
        hits=_found(observation.trace.hits if observation.trace else (), gold),
        gold=tuple(sorted(gold.ids)),
        timings=dict(answer.timings) if answer else {},
    )


def _rounded(confidence: float | None) -> float | None:
    return None if confidence is None else round(confidence, 4)


def prediction(answer: Answer) -> str:
    """The short answer: the key phrase of the first statement, or all of it; "" for a refusal.

    Of a list, its items.
    """
    if answer.refused or not answer.statements:
        return ""
    first = answer.statements[0]
    return " ".join(first.text[slice(*span)] for span in first.emphasis) or first.text


def _said(answer: Answer) -> str:
    """What the answer states, without lead-ins and markers."""
    return "\n".join(statement.text for statement in answer.statements)


def _is_right(answer: Answer, question: ScriptedQuestion) -> bool:
    """Whether it states an expected answer; where none is known, it cannot be told to be wrong."""
    return not question.answers or contained(_said(answer), question.answers)


def _status(observation: Observation, right: bool, places: Places) -> Status:
    answer = observation.answer
    if observation.error is not None:
        return "failed"
    if answer is None:  # passages were only looked for
        return "correct" if places.hits and not observation.gold.cut else "wrong"
    if not observation.question.answerable:
        return "correct" if answer.refused else "false answer"
    if answer.refused:
        return "refused"
    return "correct" if right else "wrong"


def _answer_values(observation: Observation, right: bool) -> dict[str, float]:
    question, answer = observation.question, observation.answer
    if not observation.answers:
        return {}
    if observation.error is not None:  # no answer is no right answer
        known = question.answerable and question.answers
        nothing = ("exact_match", "f1", "contained", "correct") if known else ("correct",)
        return dict.fromkeys(nothing, 0.0)
    if answer is None:
        return {}
    values = {"same_language": float(_speaks(answer, observation))}
    values |= citation_values(answer, observation.gold.ids)
    if not question.answerable:
        return {**values, "correct": float(answer.refused), "false_answer": 1.0 - answer.refused}
    values |= {"correct": float(right), "over_refusal": float(answer.refused)}
    if not question.answers:
        return values
    short = prediction(answer)
    return {
        **values,
        "exact_match": float(bool(short) and exact_match(short, question.answers)),
        "f1": token_f1(short, question.answers) if short else 0.0,
        "contained": float(right),
    }


def _speaks(answer: Answer, observation: Observation) -> bool:
    """Whether what the answer says by itself is in the asker's language; quotes are as they are."""
    titles = {citation.number: citation.hit.article.title for citation in answer.citations}
    own = []
    for statement in answer.statements:
        lead = statement.lead
        for number in statement.citations:
            lead = lead.replace(titles.get(number, ""), "")
        own.append(lead or statement.text)
    spoken = [answer.reason or answer.text] if answer.refused else own
    lang = observation.question.lang
    return answer.lang == lang and all(detect_language(text, lang) == lang for text in spoken)


def _blame(
    observation: Observation, status: Status, right: bool, places: Places, settings: Settings
) -> Stage | None:
    if status == "failed":
        return "error"
    question, answer, withheld = observation.question, observation.answer, observation.withheld
    if question.evidence and not right:
        reach = find_reach(observation.trace, settings.k)
        lost = retrieval_blame(observation.gold, places, settings, lang=question.lang, reach=reach)
        if lost or answer is None:
            return lost
    if answer is None:
        return None
    return answer_blame(
        answerable=question.answerable,
        refused=answer.refused,
        contained=right,
        withheld_contained=_is_right(withheld, question) if withheld else None,
        cited=citation_values(answer, frozenset()).get("citation_recall", 1.0) == 1.0,
        read=bool(question.evidence)
        or any(contained(hit.chunk.text, question.answers) for hit in answer.hits),
    )


def _cited(answer: Answer) -> tuple[CitedQuote, ...]:
    return tuple(
        CitedQuote(c.number, c.hit.chunk.id, c.start, c.end, c.quote, c.verified)
        for c in answer.citations
    )


def _found(hits: Sequence[Hit], gold: Gold) -> tuple[FoundPassage, ...]:
    return tuple(
        FoundPassage(
            hit.chunk.id,
            hit.rank,
            round(hit.score, 4),
            {leg.name.split("-")[0]: leg.rank for leg in hit.legs},
            hit.chunk.id in gold.ids,
        )
        for hit in hits[:HITS_KEPT]
    )


def _passages(observations: Iterable[Observation], store: Store) -> dict[str, Passage]:
    chunks: dict[str, Chunk] = {}
    for observation in observations:
        chunks |= {chunk.id: chunk for chunk in observation.gold.chunks}
        hits = observation.trace.hits[:HITS_KEPT] if observation.trace else ()
        cited = observation.answer.citations if observation.answer else ()
        chunks |= {hit.chunk.id: hit.chunk for hit in (*hits, *(c.hit for c in cited))}
    articles = store.articles({chunk.article_id for chunk in chunks.values()})
    return {
        id_: Passage(
            chunk.article_id,
            articles[chunk.article_id].title,
            chunk.lang,
            chunk.text,
            chunk.start,
            chunk.part,
        )
        for id_, chunk in sorted(chunks.items())
    }
