"""How good a ranking is, question by question.

The numbers come from ir_measures (MacAvaney, Macdonald & Ounis 2022, "Streamlining evaluation with
ir-measures"): ``hit@k``, ``recall@k`` and ``ndcg@10`` by trec_eval, ``mrr@10`` by the scorer of
MS MARCO, because trec_eval does not cut reciprocal ranks. With ``rel`` the relevant ids:

* ``hit@k``: 1 if one of the first k is relevant (trec_eval's *success*), else 0.
* ``recall@k``: the share of ``rel`` that stands among the first k.
* ``mrr@10``: 1 / rank of the first relevant id, 0 beyond rank 10 (Voorhees 1999, "The TREC-8
  question answering track report").
* ``ndcg@10``: the sum of 1 / log2(rank + 1) over the relevant ids among the first ten, divided by
  the same sum of the best ranking possible (Järvelin & Kekäläinen 2002, "Cumulated gain-based
  evaluation of IR techniques"; gains are 0 or 1, and the discount is trec_eval's, which begins at
  rank 2 where theirs begins at rank 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

PASSAGE_MEASURES = {
    "hit@1": "Success@1",
    "hit@5": "Success@5",
    "hit@10": "Success@10",
    "recall@5": "R@5",
    "recall@10": "R@10",
    "mrr@10": "RR@10",
    "ndcg@10": "nDCG@10",
}
"""Metrics of a ranking of passages, with their names in ir_measures."""

ARTICLE_MEASURES = {
    f"article_{name}": PASSAGE_MEASURES[name] for name in ("hit@1", "hit@10", "mrr@10", "ndcg@10")
}
"""Metrics of a ranking of articles, each of which may stand in it once."""


def ranking_values(
    rankings: Mapping[str, Sequence[str]],
    gold: Mapping[str, AbstractSet[str]],
    measures: Mapping[str, str],
) -> dict[str, dict[str, float]]:
    """Question id → metric → value from 0 to 1, for every question that has ``gold``.

    Args:
        rankings: per question the ids that were found, best first; an id that comes again counts
            at its first place.
        gold: per question the relevant ids. A question without any is left out; one that has some
            and no ranking, or an empty one, scores 0 (trec_eval's ``-c``).
        measures: the metrics with their names in ir_measures: :data:`PASSAGE_MEASURES` or
            :data:`ARTICLE_MEASURES`.
    """
    from ir_measures import iter_calc, parse_measure

    named = {parse_measure(text): name for name, text in measures.items()}
    questions = [question for question, relevant in gold.items() if relevant]
    qrels, run = {}, {}
    for i, question in enumerate(questions):
        ranking = tuple(dict.fromkeys(rankings.get(question, ())))
        qrels[str(i)], run[str(i)] = _numbered(ranking, gold[question])
    values = {question: dict.fromkeys(measures, 0.0) for question in questions}
    # Computed values replace the zeros; ir_measures gives none for a question without a run row.
    for metric in iter_calc(list(named), qrels, run) if questions else ():
        values[questions[int(metric.query_id)]][named[metric.measure]] = float(metric.value)
    return values


def article_ranking(passages: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Ids of the articles of a ranking of passages, given as pairs of passage and article id.

    An article stands where the first of its passages did.

    >>> article_ranking([("p1", "a"), ("p2", "b"), ("p3", "a")])
    ('a', 'b')
    """
    return tuple(dict.fromkeys(article for _, article in passages))


def _numbered(
    ranking: Sequence[str], relevant: AbstractSet[str]
) -> tuple[dict[str, int], dict[str, float]]:
    """Judgements and scores of one question, with numbers for ids.

    trec_eval is C: an id ends there at a NUL, and one that is no valid Unicode (an article's path
    may be such) crashes the process. It orders by score and equal scores by id, so scores fall by
    whole numbers, which its single precision keeps apart.
    """
    ids = dict.fromkeys((*ranking, *sorted(relevant)))
    numbers = {id_: str(i) for i, id_ in enumerate(ids)}
    scores = {numbers[id_]: float(len(ranking) - i) for i, id_ in enumerate(ranking)}
    return {numbers[id_]: 1 for id_ in relevant}, scores
