"""Grouping questions whose results depend on one another: those about the same article."""

from __future__ import annotations

from collections.abc import Iterable

from evaluate.questions.scripted import ScriptedQuestion


def clusters(questions: Iterable[ScriptedQuestion]) -> dict[str, str]:
    """Question id → name of its cluster, for questions that are asked of the same articles.

    Articles that one question is labelled with hang together, and so do all that hang together
    with either of them; such a group goes by its smallest id. What a question itself gives as its
    cluster stands, and one without labels is a cluster of its own.
    """
    asked = list(questions)
    parents: dict[str, str] = {}
    for question in asked:
        articles = [evidence.article for evidence in question.evidence]
        roots = {_root(parents, article) for article in articles}
        parents |= dict.fromkeys((*articles, *roots), min(roots, default=""))
    return {question.id: _cluster(question, parents) for question in asked}


def _root(parents: dict[str, str], article: str) -> str:
    while (parent := parents.setdefault(article, article)) != article:
        article = parent
    return article


def _cluster(question: ScriptedQuestion, parents: dict[str, str]) -> str:
    if question.cluster is not None:
        return question.cluster
    return _root(parents, question.evidence[0].article) if question.evidence else question.id
