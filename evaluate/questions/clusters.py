"""Grouping questions whose results depend on one another: those about the same article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from evaluate.questions.scripted import ScriptedQuestion


def clusters(questions: Iterable[ScriptedQuestion]) -> dict[str, str]:
    """Question id → name of its cluster, for questions that are asked of the same articles.

    Articles that one question is labelled with hang together, and so do all that hang together
    with either of them; such a group goes by its smallest id. What a question itself gives as its
    cluster stands, and one without labels is a cluster of its own.
    """
    asked = list(questions)
    found = hang_together({q.id: [evidence.article for evidence in q.evidence] for q in asked})
    return {q.id: found[q.id] if q.cluster is None else q.cluster for q in asked}


def hang_together(names: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Question id → the smallest of all names that hang together with one of its ``names``.

    A question without any goes by its own id.

    >>> hang_together({"q1": ["a", "b"], "q2": ["b", "c"], "q3": ["c"], "q4": ["d"], "q5": []})
    {'q1': 'a', 'q2': 'a', 'q3': 'a', 'q4': 'd', 'q5': 'q5'}
    """
    parents: dict[str, str] = {}
    first: dict[str, str] = {}
    for question, given in names.items():
        own = list(given)
        roots = {_root(parents, name) for name in own}
        parents |= dict.fromkeys((*own, *roots), min(roots, default=""))
        if own:
            first[question] = own[0]
    return {q: _root(parents, first[q]) if q in first else q for q in names}


def _root(parents: dict[str, str], name: str) -> str:
    while (parent := parents.setdefault(name, name)) != name:
        name = parent
    return name
