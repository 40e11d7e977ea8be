"""What an observation is worth: real ones, of a store of four passages, and some made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evaluate.measure.observe import Observation, observe
from evaluate.measure.outcome import HITS_KEPT, measure, prediction
from evaluate.passages import Passage, Places
from evaluate.questions.gold import find_gold
from evaluate.questions.scripted import Evidence, ScriptedQuestion
from evaluate.results import Outcome
from evaluate.sweep import varied
from rag.answer.cite import make_citation
from rag.assistant import Assistant
from rag.types import Answer, Citation, Hit, Question, Statement, Turn
from tests.evaluate.conftest import ARABIC, ARTICLES, HOW_MANY, WHO, OpenOver

RETRIEVAL = {
    *("hit@1", "hit@5", "hit@10", "recall@5", "recall@10", "mrr@10", "ndcg@10"),
    *("article_hit@1", "article_hit@10", "article_mrr@10", "article_ndcg@10"),
}
NOT_FOUND = dict.fromkeys(RETRIEVAL, 0.0)
ANSWERS = {"exact_match", "f1", "contained", "correct", "over_refusal", "same_language"}
CITATIONS = {"citation_recall", "citation_precision", "verified", "cites_evidence"}

REFUSED = "How many people died in Paris in 1999?"
GOLD_PRICE = ScriptedQuestion("no", "What is the price of gold today?", "en", answerable=False)


def outcome_of(
    assistant: Assistant, question: ScriptedQuestion, *, answers: bool = True
) -> Outcome:
    seen = observe(assistant, [question], answers=answers)
    ((outcome,), _) = measure(seen, assistant.store, assistant.settings)
    return outcome


def test_a_right_answer(assistant: Assistant) -> None:
    outcome = outcome_of(assistant, WHO)
    assert (outcome.id, outcome.question, outcome.lang, outcome.tags) == (
        "who", WHO.question, "en", ("who",)
    )  # fmt: skip
    assert (outcome.status, outcome.correct, outcome.blame, outcome.error) == (
        "correct", True, None, None
    )  # fmt: skip
    assert (outcome.passage_lang, outcome.answer_lang, outcome.standalone) == (
        "en", "en", WHO.question
    )  # fmt: skip
    assert outcome.expected == WHO.answers
    assert outcome.cluster == "bridge-en.md"
    assert outcome.prediction == "Engineer Selma Haddad"
    assert outcome.prediction in outcome.answer
    assert outcome.places == Places(dense=1, lexical=1, fused=1, matched=1, hits=1)
    assert outcome.values == {
        **dict.fromkeys(RETRIEVAL, 1.0),
        **dict.fromkeys(CITATIONS, 1.0),
        **dict.fromkeys(ANSWERS, 1.0),
        "exact_match": 0.0,
        "f1": pytest.approx(0.8),
        "over_refusal": 0.0,
    }
    assert outcome.confidence is not None
    assert 0.5 < outcome.confidence < 1
    assert {"dense", "lexical", "select"} <= outcome.timings.keys()
    assert outcome.timings.keys().isdisjoint({"encode", "total"}), "it was encoded beforehand"
    assert outcome.label == WHO.label
    (citation,) = outcome.citations
    quoted = ARTICLES["bridge-en.md"][citation.start : citation.end]
    assert (quoted, citation.verified, citation.number) == (citation.quote, True, 1)
    assert (citation.passage,) == outcome.gold


def test_a_wrong_answer_from_the_right_passage(assistant: Assistant) -> None:
    outcome = outcome_of(assistant, replace(WHO, answers=("Nadia Saleh",)))
    assert (outcome.status, outcome.correct, outcome.blame) == ("wrong", False, "selection")
    assert outcome.values["contained"] == outcome.values["correct"] == 0.0
    assert outcome.values["over_refusal"] == 0.0
    assert outcome.values["cites_evidence"] == 1.0


def test_a_refusal_although_the_articles_answer(assistant: Assistant) -> None:
    question = replace(WHO, question=REFUSED, answers=("May",))
    outcome = outcome_of(assistant, question)
    assert (outcome.status, outcome.refused, outcome.prediction) == ("refused", True, "")
    assert outcome.reason == outcome.answer != ""
    assert "Paris" in outcome.missing
    assert outcome.values.keys() == RETRIEVAL | ANSWERS, "no citations of what was not answered"
    assert outcome.values["over_refusal"] == 1.0
    assert outcome.values["correct"] == outcome.values["f1"] == 0.0
    assert outcome.withheld
    assert outcome.citations == ()
    assert outcome.blame == "selection", "what was held back is no better"
    held_back = replace(question, answers=(outcome.withheld,))
    assert outcome_of(assistant, held_back).blame == "refusal"


def test_an_unanswerable_question_answered_and_refused(assistant: Assistant) -> None:
    answered = outcome_of(assistant, GOLD_PRICE)
    assert (answered.status, answered.blame) == ("false answer", "refusal")
    assert answered.values.keys() == {
        *("same_language", "correct", "false_answer"),
        *(CITATIONS - {"cites_evidence"}),
    }
    assert (answered.values["correct"], answered.values["false_answer"]) == (0.0, 1.0)
    assert (answered.passage_lang, answered.gold, answered.cluster) == ("none", (), "no")
    refused = outcome_of(assistant, replace(GOLD_PRICE, question=REFUSED))
    assert (refused.status, refused.blame, refused.correct) == ("correct", None, True)
    assert refused.values == {"same_language": 1.0, "correct": 1.0, "false_answer": 0.0}


def test_a_question_that_cannot_be_asked(assistant: Assistant) -> None:
    outcome = outcome_of(assistant, replace(WHO, question="why " * 600))
    assert (outcome.status, outcome.blame) == ("failed", "error")
    assert outcome.values == dict.fromkeys(("exact_match", "f1", "contained", "correct"), 0.0)
    assert outcome.error is not None
    assert "SANAD_MAX_QUESTION_CHARS" in outcome.error
    assert (outcome.answer, outcome.refused, outcome.hits) == ("", False, ())
    unanswerable = outcome_of(assistant, replace(GOLD_PRICE, question="why " * 600))
    assert (unanswerable.status, unanswerable.values) == ("failed", {"correct": 0.0})


def test_only_looking_for_passages(assistant: Assistant) -> None:
    found = outcome_of(assistant, WHO, answers=False)
    assert (found.status, found.blame, found.values.keys()) == ("correct", None, RETRIEVAL)
    assert (found.answer, found.answer_lang, found.timings) == ("", None, {})
    assert found.hits[0].gold
    one = varied(assistant, {"k": 1})
    lost = outcome_of(one, replace(WHO, question="Were traders hurt at the market?"), answers=False)
    assert (lost.status, lost.places.hits) == ("wrong", None)
    assert lost.blame == "lexical"
    assert lost.values["recall@10"] == 1.0, "rankings are judged beyond what is read"


def test_labels_that_the_store_lacks(assistant: Assistant) -> None:
    lacking = replace(WHO, evidence=(Evidence("gone.md", "Selma"),), answers=("Nadia",))
    outcome = outcome_of(assistant, lacking)
    assert (outcome.status, outcome.blame, outcome.passage_lang) == ("wrong", "corpus", "none")
    assert outcome.values.keys() == RETRIEVAL | ANSWERS | (CITATIONS - {"cites_evidence"})
    assert outcome.values.items() >= NOT_FOUND.items(), "they are not found, not left out"
    assert outcome.cluster == "gone.md"
    right = outcome_of(assistant, replace(lacking, answers=("Selma Haddad",)))
    assert (right.status, right.blame) == ("correct", None), "right is right"


def test_a_label_that_the_store_lacks_is_one_that_was_not_found(assistant: Assistant) -> None:
    gone, other = Evidence("gone.md", "Selma"), Evidence("bridge-en.md", "Selma the Great")
    for more, recall, articles in (
        ((gone,), 1 / 2, 2),
        ((other,), 1 / 2, 1),
        ((gone, other), 1 / 3, 2),
    ):
        question = replace(WHO, evidence=(*WHO.evidence, *more))
        outcome = outcome_of(assistant, question)
        assert outcome.values["recall@10"] == pytest.approx(recall, abs=1e-4)
        assert outcome.values["hit@1"] == outcome.values["article_hit@1"] == 1.0
        assert (outcome.values["article_ndcg@10"] == 1.0) == (articles == 1)


def test_a_label_that_was_cut(assistant: Assistant) -> None:
    across = Evidence("bridge-en.md", "12 million dinars.\n\nMayor Omar Farouk")
    outcome = outcome_of(assistant, replace(WHO, evidence=(across,), answers=("Nadia",)))
    assert (outcome.blame, len(outcome.gold)) == ("chunking", 2)
    assert outcome.places.hits is not None
    assert outcome.values.items() >= NOT_FOUND.items(), "no passage holds it"
    looked = outcome_of(assistant, replace(WHO, evidence=(across,)), answers=False)
    assert (looked.status, looked.blame, looked.values) == ("wrong", "chunking", NOT_FOUND)


def test_a_question_without_labels(assistant: Assistant) -> None:
    outcome = outcome_of(assistant, replace(WHO, evidence=(), cluster="topic"))
    assert (outcome.status, outcome.cluster, outcome.passage_lang) == ("correct", "topic", "none")
    assert outcome.values.keys() == ANSWERS | (CITATIONS - {"cites_evidence"})
    wrong = outcome_of(assistant, replace(WHO, evidence=(), answers=("Nadia",)))
    assert (wrong.blame, wrong.cluster) == ("selection", "who"), "a hit holds it"
    nowhere = outcome_of(assistant, replace(WHO, evidence=(), answers=("Boris",)))
    assert (nowhere.status, nowhere.blame) == ("wrong", None), "nobody knows if it was read"


@pytest.mark.parametrize(
    ("answers", "evidence", "withheld", "blame"),
    [
        (("Selma",), WHO.evidence, True, "refusal"),
        (("Nadia",), WHO.evidence, True, "selection"),
        # a chat model does not say what it would have answered
        (("Nadia",), WHO.evidence, False, "refusal"),
        (("Nadia",), (), False, "refusal"),
        (("Boris",), (), False, None),
    ],
)
def test_what_a_refusal_is_blamed_on(
    assistant: Assistant,
    answers: tuple[str, ...],
    evidence: tuple[Evidence, ...],
    withheld: bool,
    blame: str | None,
) -> None:
    (seen,) = observe(assistant, [replace(WHO, answers=answers, evidence=evidence)])
    assert seen.answer is not None
    refusal = replace(
        seen.answer, refused=True, reason="It is not said.", statements=(), citations=()
    )
    held_back = replace(seen, answer=refusal, withheld=seen.answer if withheld else None)
    ((outcome,), _) = measure([held_back], assistant.store, assistant.settings)
    assert (outcome.status, outcome.blame) == ("refused", blame)


def test_questions_that_share_an_article_are_in_one_cluster(assistant: Assistant) -> None:
    both = Evidence("bridge-ar.md", "المهندسة سلمى الحداد")
    questions = [replace(WHO, evidence=(*WHO.evidence, both)), ARABIC, HOW_MANY]
    outcomes, _ = measure(observe(assistant, questions), assistant.store, assistant.settings)
    assert [outcome.cluster for outcome in outcomes] == [
        "bridge-ar.md",
        "bridge-ar.md",
        "market-en.md",
    ]


def test_a_history_completes_what_is_searched_for(assistant: Assistant) -> None:
    turns = (Turn("Who is Nadia Saleh?", "The fire chief, Nadia Saleh."),)
    follow_up = ScriptedQuestion("then", "And what did she say?", "en", ("hurt",), history=turns)
    outcome = outcome_of(assistant, follow_up)
    assert outcome.question == "And what did she say?"
    assert "Nadia" in outcome.standalone
    looked = outcome_of(assistant, follow_up, answers=False)
    assert looked.standalone == outcome.standalone


def test_hits_tell_their_rank_their_legs_and_whether_they_are_labelled(
    open_over: OpenOver,
) -> None:
    texts = {f"{n:02}.md": f"The market number {n} sells fish on Sunday." for n in range(14)}
    many = open_over(texts, k=12)
    question = ScriptedQuestion(
        "q", "What does market number 3 sell?", "en", ("fish",), (Evidence("03.md", "sells fish"),)
    )
    seen = observe(many, [question])
    ((outcome,), passages) = measure(seen, many.store, many.settings)
    assert [hit.rank for hit in outcome.hits] == list(range(1, HITS_KEPT + 1))
    assert [hit.gold for hit in outcome.hits] == [
        hit.passage in outcome.gold for hit in outcome.hits
    ]
    assert outcome.hits[0].gold
    assert all(hit.legs.keys() <= {"dense", "lexical"} and hit.legs for hit in outcome.hits)
    assert passages.keys() >= {hit.passage for hit in outcome.hits} | set(outcome.gold)
    assert passages[outcome.gold[0]] == Passage("03.md", "03", "en", texts["03.md"], 0)


def _citing(observation: Observation, hit: Hit) -> Observation:
    assert observation.answer is not None
    citation = make_citation(1, hit, hit.chunk.start, hit.chunk.end)
    answer = replace(observation.answer, citations=(citation,))
    return replace(observation, answer=answer)


def test_a_passage_that_is_cited_from_far_down_is_in_the_report(open_over: OpenOver) -> None:
    texts = {f"{n:02}.md": f"The market number {n} sells fish on Sunday." for n in range(14)}
    many = open_over(texts, k=14)
    (seen,) = observe(many, [replace(WHO, question="What does a market sell?", evidence=())])
    assert seen.answer is not None
    last = seen.answer.hits[-1]
    assert last.rank > HITS_KEPT
    ((outcome,), passages) = measure([_citing(seen, last)], many.store, many.settings)
    assert last.chunk.id not in {hit.passage for hit in outcome.hits}
    assert outcome.citations[0].passage == last.chunk.id
    assert passages[last.chunk.id].text == last.chunk.text


def test_many_questions_are_measured_each_by_itself(assistant: Assistant) -> None:
    questions = [WHO, GOLD_PRICE, replace(WHO, id="other", answers=("Nadia Saleh",))]
    together, _ = measure(observe(assistant, questions), assistant.store, assistant.settings)
    for question, outcome in zip(questions, together, strict=True):
        alone = outcome_of(assistant, question)
        assert replace(outcome, timings={}) == replace(alone, timings={})


ARABIC_LEAD = "جاء في «Bridge-En»:"
QUOTE = "Engineer Selma Haddad led the work."
QUOTE_AR = "وقالت المهندسة سلمى الحداد."


def _answer(hit: Hit, lang: Any, *statements: Statement, **changes: Any) -> Answer:
    question = Question("من؟", "من؟", "ar", lang)
    text = "\n".join(statement.text for statement in statements)
    citations = (Citation(1, hit, "x", 0, 1, verified=True),)
    return Answer(question, text, lang, statements, citations, (hit,), **changes)


@pytest.mark.parametrize(
    ("lang", "statement", "changes", "value"),
    [
        ("ar", Statement(QUOTE_AR, (1,)), {}, 1.0),
        ("ar", Statement(QUOTE, (1,)), {}, 0.0),
        ("en", Statement(QUOTE, (1,)), {}, 0.0),
        # a quote stays as it is; what counts is what the answer says by itself
        ("ar", Statement(QUOTE, (1,), lead=ARABIC_LEAD), {}, 1.0),
        ("ar", Statement(QUOTE_AR, (1,), lead="From “Bridge-En”:"), {}, 0.0),
        # a text without letters is in any language
        ("ar", Statement("2,500.", (1,)), {}, 1.0),
        # a refusal is its reason
        ("ar", None, {"refused": True, "reason": "لا تجيب المقالات."}, 1.0),
        ("ar", None, {"refused": True, "reason": "The articles do not say."}, 0.0),
    ],
)
def test_the_language_of_an_answer(
    assistant: Assistant,
    lang: Any,
    statement: Statement | None,
    changes: dict[str, Any],
    value: float,
) -> None:
    (hit, *_) = assistant.search.find(WHO.question).hits
    answer = _answer(hit, lang, *([statement] if statement else []), **changes)
    question = ScriptedQuestion("q", "من؟", "ar", ("سلمى",))
    seen = Observation(question, find_gold(question, assistant.store), answer=answer)
    ((outcome,), _) = measure([seen], assistant.store, assistant.settings)
    assert outcome.values["same_language"] == value


@pytest.mark.parametrize(
    ("statements", "changes", "said"),
    [
        ((Statement("Selma led it.", emphasis=((0, 5),)), Statement("Omar came.")), {}, "Selma"),
        ((Statement("She led."), Statement("Omar came.", emphasis=((0, 4),))), {}, "She led."),
        ((Statement("Omar and Selma led.", emphasis=((0, 4), (9, 14))),), {}, "Omar Selma"),
        ((), {}, ""),
        ((Statement("Selma led it."),), {"refused": True}, ""),
    ],
)  # fmt: skip
def test_the_short_answer(
    assistant: Assistant, statements: tuple[Statement, ...], changes: dict[str, Any], said: str
) -> None:
    (hit, *_) = assistant.search.find(WHO.question).hits
    assert prediction(_answer(hit, "en", *statements, **changes)) == said


def test_a_right_answer_whose_citation_does_not_hold_it(assistant: Assistant) -> None:
    (seen,) = observe(assistant, [WHO])
    assert seen.answer is not None
    broken = tuple(replace(c, start=0, end=5) for c in seen.answer.citations)
    changed = replace(seen, answer=replace(seen.answer, citations=broken))
    ((outcome,), _) = measure([changed], assistant.store, assistant.settings)
    assert (outcome.status, outcome.blame) == ("correct", "citation")
    assert outcome.values["citation_recall"] == outcome.values["verified"] == 0.0
