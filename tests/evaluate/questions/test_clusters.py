"""Which questions are independent of one another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.questions.clusters import clusters
from evaluate.questions.scripted import Evidence, ScriptedQuestion


def asked(id_: str, *articles: str, cluster: str | None = None) -> ScriptedQuestion:
    labels = tuple(Evidence(article, "x") for article in articles)
    return ScriptedQuestion(id_, "Who?", "en", ("x",), labels, cluster=cluster)


@pytest.mark.parametrize(
    ("questions", "names"),
    [
        ([], []),
        ([asked("1", "b"), asked("2", "a"), asked("3", "b")], ["b", "a", "b"]),
        # a question on two articles ties those of both together
        ([asked("1", "b"), asked("2", "c"), asked("3", "b", "c")], ["b", "b", "b"]),
        ([asked("1", "d", "c"), asked("2", "b", "d"), asked("3", "c")], ["b", "b", "b"]),
        ([asked("1", "a", "d"), asked("2", "b", "c"), asked("3", "c", "d")], ["a", "a", "a"]),
        # what a question says itself stands, and its articles tie all the same
        ([asked("1", "b", "a", cluster="x"), asked("2", "b"), asked("3", "a")], ["x", "a", "a"]),
        ([asked("1", cluster="x"), asked("2")], ["x", "2"]),
    ],
)
def test_questions_hang_together_by_their_articles(
    questions: list[ScriptedQuestion], names: list[str]
) -> None:
    assert list(clusters(questions).values()) == names


labels = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3)


@given(st.lists(labels, max_size=8), st.randoms(use_true_random=False))
def test_clusters_are_connected_components(drawn: list[list[str]], chance: object) -> None:
    questions = [asked(str(n), *articles) for n, articles in enumerate(drawn)]
    found = clusters(questions)
    # By definition: groups grow by whatever touches them until nothing more does.
    groups = [set(articles) for articles in drawn]
    for _ in groups:
        groups = [set().union(*(g for g in groups if g & group)) for group in groups]
    assert found == {q.id: min(group) for q, group in zip(questions, groups, strict=True)}
    chance.shuffle(questions)  # type: ignore[attr-defined]
    assert clusters(questions) == found
