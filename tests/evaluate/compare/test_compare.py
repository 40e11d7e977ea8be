from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluate.compare.claims import CLAIM_METRICS, p_value, points
from evaluate.compare.compare import compare, missed
from evaluate.compare.flips import stage_of_loss
from evaluate.compare.pairs import METRICS
from evaluate.passages import Places
from evaluate.report.document import read_report, to_json
from evaluate.results import Change, Comparison, Outcome, Stage
from evaluate.statistics import wilson
from tests.evaluate.outcomes import FOUND, failed, refused, report, right, unanswerable, wrong

IDS = [f"q{i:02}" for i in range(60)]
DENSE = Places(dense=None, lexical=1, fused=30, matched=30, hits=None)
FUSION = Places(dense=1, lexical=1, fused=30, matched=30, hits=None)


def changes_of(comparison: Comparison) -> dict[str, Change]:
    return {change.metric: change for change in comparison.changes}


def against(before: Sequence[Outcome], after: Sequence[Outcome]) -> Comparison:
    return compare(report(after), report(before))


# Random pairs of reports: the same questions, each with a draw on either side.


def drawn(id_: str, fate: str) -> Outcome:
    cluster = f"article-{int(id_[1:]) // 2}"
    makers = {
        "right": right,
        "wrong": wrong,
        "dense": lambda id_, **more: wrong(id_, DENSE, **more),
        "refused": refused,
        "failed": failed,
    }
    return makers[fate](id_, cluster=cluster)


fates = st.sampled_from(["right", "right", "wrong", "dense", "refused", "failed"])
twins = st.lists(st.tuples(fates, fates), max_size=16).map(
    lambda drawn_fates: (
        [drawn(id_, old) for id_, (old, _) in zip(IDS, drawn_fates, strict=False)],
        [drawn(id_, new) for id_, (_, new) in zip(IDS, drawn_fates, strict=False)],
    )
)


@settings(max_examples=40)
@given(twins)
def test_swapping_the_reports_mirrors_the_comparison(
    twin: tuple[list[Outcome], list[Outcome]],
) -> None:
    there, back = against(*twin), against(*reversed(twin))
    assert [c.metric for c in there.changes] == [c.metric for c in back.changes]
    for one, other in zip(there.changes, back.changes, strict=True):
        assert (one.before, one.after, one.n) == (other.after, other.before, other.n)
        assert (one.better, one.worse) == (other.worse, other.better)
        assert (one.p, one.p_adjusted) == (other.p, other.p_adjusted)
        assert one.difference == -other.difference
        assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    mirror = {"better": "worse", "worse": "better"}
    assert back.verdict == mirror.get(there.verdict, there.verdict)
    assert {(f.id, f.stage) for f in there.flips} == {(f.id, f.stage) for f in back.flips}
    assert {f.id for f in there.flips if f.kind == "fixed"} == {
        f.id for f in back.flips if f.kind == "broken"
    }


@settings(max_examples=40)
@given(st.lists(fates, max_size=16))
def test_a_report_does_not_differ_from_itself(drawn_fates: list[str]) -> None:
    outcomes = [drawn(id_, fate) for id_, fate in zip(IDS, drawn_fates, strict=False)]
    comparison = against(outcomes, outcomes)
    assert comparison.verdict == "no evidence"
    assert comparison.flips == comparison.only_before == comparison.only_after == ()
    assert all((c.p, c.p_adjusted, c.difference) == (1, 1, 0) for c in comparison.changes)
    assert len(comparison.claims) == 1
    assert comparison.claims[0].startswith("Nothing c")
    assert missed(comparison, 0.0) == () or not comparison.changes


@settings(max_examples=25)
@given(twins, st.randoms(use_true_random=False))
def test_the_order_of_questions_does_not_matter(
    twin: tuple[list[Outcome], list[Outcome]], chance: random.Random
) -> None:
    before, after = (chance.sample(outcomes, len(outcomes)) for outcomes in twin)
    assert against(before, after) == against(*twin)


# What is paired.


def test_only_questions_that_mean_the_same_are_compared() -> None:
    before = [right("same"), right("gone"), right("reworded"), right("relabelled"), right("turned")]
    after = [
        right("same"),
        right("reworded", question="What else?"),
        wrong("relabelled", label="fedcba9876543210"),
        unanswerable("turned", answered=False, label="fedcba9876543211"),
        right("new"),
    ]
    comparison = against(before, after)
    assert comparison.compared == 1
    assert comparison.only_before == ("gone",)
    assert comparison.only_after == ("new",)
    assert comparison.flips == ()
    assert (
        "3 questions are left out because words or label changed: relabelled, reworded, turned."
        in comparison.warnings
    )


def test_questions_that_were_not_asked_again_are_missed() -> None:
    before = [*map(right, IDS[:8]), unanswerable("u", answered=True)]
    one, many = against(before[1:], before[2:]), against(before, before[7:])
    assert one.warnings[0] == "1 question of the baseline was not asked: q01."
    assert many.warnings[0] == (
        "7 questions of the baseline were not asked: q00, q01, q02, q03, q04 and 2 more."
    )
    for comparison in (one, many):
        assert missed(comparison, None) == missed(comparison, 1.0) == comparison.warnings[:1]
    more = against(before[1:], before)
    assert more.only_after == ("q00",)
    assert missed(more, 0.0) == ()


def test_a_look_at_retrieval_has_no_use_for_questions_without_labels() -> None:
    free = right("free", values={"contained": 1.0, "correct": 1.0}, passage_lang="none", gold=())
    before = report([right("a"), right("gone"), free, unanswerable("u", answered=False)])
    after = report([looked_up("a", found=True)], answers=False)
    assert compare(after, before).only_before == ("gone",)
    assert compare(replace(after, manifest=before.manifest), before).only_before == (
        *("free", "gone", "u"),
    )


def test_metrics_come_in_a_fixed_order_and_only_where_both_define_them() -> None:
    extra = {"zeta": 0.5, "alpha": 0.5, "f1": 0.5, "correctness": 1.0}
    before = [right("a"), right("b"), refused("c"), unanswerable("d", answered=True)]
    after = [
        replace(right("a"), values={**extra, **right("a").values}),
        refused("b"),
        right("c"),
        unanswerable("d", answered=False),
    ]
    before[0] = replace(before[0], values={**before[0].values, **extra})
    found = changes_of(against(before, after))
    known = [name for name in METRICS if name in found]
    assert list(found) == [*known, "alpha", "zeta"]
    assert {name: found[name].n for name in ("contained", "correct", "citation_recall", "f1")} == {
        "contained": 3,
        "correct": 4,
        "citation_recall": 1,  # only "a" was answered on both sides
        "f1": 1,
    }


def test_lower_is_better_where_it_is() -> None:
    before = [right("a"), right("b"), refused("c"), unanswerable("d", answered=True)]
    after = [refused("a"), refused("b"), right("c"), unanswerable("d", answered=False)]
    found = changes_of(against(before, after))
    over, false = found["over_refusal"], found["false_answer"]
    assert (over.better, over.worse, over.difference) == (1, 2, pytest.approx(1 / 3))
    assert (false.better, false.worse, false.difference) == (1, 0, -1.0)
    assert (found["correct"].better, found["correct"].worse) == (2, 2)


def test_a_question_that_failed_counts_as_not_answered() -> None:
    comparison = against([right("a"), right("b")], [right("a"), failed("b")])
    found = changes_of(comparison)
    assert {name: (c.n, c.after) for name, c in found.items()} == {
        **dict.fromkeys(("ndcg@10", "recall@5", "contained", "correct"), (2, 0.5)),
        **dict.fromkeys(("citation_recall", "citation_precision"), (1, 1.0)),
        "over_refusal": (1, 0.0),
    }
    assert [(f.id, f.after, f.stage) for f in comparison.flips] == [("b", "It broke off.", "error")]
    assert any("failed with an error: 0 before, 1 now" in w for w in comparison.warnings)


def test_a_question_that_failed_twice_says_nothing() -> None:
    found = changes_of(against([right("a"), failed("b")], [right("a"), failed("b")]))
    assert {change.n for change in found.values()} == {1}


def test_p_values_are_corrected_over_the_claims() -> None:
    before = [wrong(id_) for id_ in IDS[:8]]
    after = [right(id_) for id_ in IDS[:8]]
    extra = [replace(o, values={**o.values, "f1": o.values["contained"]}) for o in after]
    plain = [replace(o, values={**o.values, "f1": o.values["contained"]}) for o in before]
    found = changes_of(against(plain, extra))
    assert found["contained"].p == found["f1"].p == 2 / 2**8
    # Of the metrics that are claimed of two changed, and of all of them three.
    assert found["contained"].p_adjusted == found["correct"].p_adjusted == pytest.approx(4 / 2**8)
    assert found["f1"].p_adjusted == pytest.approx(6 / 2**8)
    assert found["ndcg@10"].p_adjusted == found["over_refusal"].p_adjusted == 1


def test_a_metric_counts_once_a_single_question_changed_in_it() -> None:
    before = [wrong(id_) for id_ in IDS[:8]]
    after = [right(id_) for id_ in IDS[:8]]
    odd = replace(after[0], values={**after[0].values, "citation_recall": 0.5})
    found = changes_of(against(before, [odd, *after[1:]]))
    assert found["citation_recall"].p == 1
    assert found["contained"].p_adjusted == pytest.approx(6 / 2**8)


# Where a question was lost.


@pytest.mark.parametrize(
    ("better", "worse", "stage"),
    [
        (FOUND, DENSE, "dense"),
        (FOUND, Places(dense=1, lexical=None, fused=9, matched=9, hits=None), "lexical"),
        (FOUND, Places(dense=5, lexical=4, fused=9, matched=9, hits=None), "legs"),
        (FOUND, FUSION, "fusion"),
        (FOUND, Places(dense=1, lexical=1, fused=1, matched=9, hits=None), "fusion"),
        (FOUND, Places(dense=1, lexical=1, fused=1, matched=1, hits=3), "fusion"),
        (FOUND, Places(dense=3, lexical=1, fused=2, matched=2, hits=2), "dense"),
        # Fusion made up for what the dense leg lost, and the turn of languages lost it.
        (FOUND, Places(dense=9, lexical=1, fused=1, matched=1, hits=2), "fusion"),
        (FOUND, FOUND, "selection"),
        # Ranks worsened, and the passage was read all the same.
        (FOUND, Places(dense=9, lexical=9, fused=2, matched=2, hits=1), "selection"),
        # It was not read before either: other passages answered.
        (DENSE, DENSE, "selection"),
        (Places(dense=None, lexical=None, fused=None, matched=None, hits=None), FOUND, "selection"),
        # A leg that had it far down did little for it.
        (replace(FOUND, dense=60), replace(FOUND, dense=None), "selection"),
        (replace(FOUND, dense=11), replace(FOUND, dense=None), "selection"),
        (replace(FOUND, dense=10), replace(FOUND, dense=None), "dense"),
        (replace(FOUND, lexical=60), replace(FOUND, lexical=None), "selection"),
        (
            Places(dense=60, lexical=2, fused=3, matched=3, hits=3),
            Places(dense=None, lexical=7, fused=9, matched=9, hits=None),
            "legs",
        ),
        # The legs were not traced.
        (Places(hits=1), Places(), "fusion"),
    ],
)
def test_the_stage_is_where_the_passage_fell(better: Places, worse: Places, stage: Stage) -> None:
    old = right("a", places=better)
    new = wrong("a", places=worse)
    assert stage_of_loss(old, new) == stage
    (broken,) = against([old], [new]).flips
    assert (broken.kind, broken.stage) == ("broken", stage)
    (fixed,) = against([new], [old]).flips
    assert (fixed.kind, fixed.stage) == ("fixed", stage)


@pytest.mark.parametrize(
    ("worse", "stage"),
    [
        (refused("a"), "refusal"),
        (wrong("a", blame="citation"), "citation"),
        (wrong("a", DENSE, blame="legs"), "dense"),
        (refused("a", places=DENSE, blame="dense"), "dense"),
        (failed("a", places=DENSE), "error"),
        (wrong("a", Places(), blame="corpus", gold=()), "corpus"),
        (wrong("a", Places(), blame="selection", gold=()), "corpus"),
        (refused("a", places=Places(), blame="refusal", gold=()), "corpus"),
        (wrong("a", Places(), blame="chunking", gold=("a-1", "a-2")), "chunking"),
        (wrong("a", blame="chunking"), "selection"),  # cut alike on both sides
        (wrong("a", blame="fusion"), "selection"),
        (refused("a", blame="fusion"), "refusal"),
    ],
)
def test_else_it_is_where_the_worse_answer_went_astray(worse: Outcome, stage: Stage) -> None:
    assert stage_of_loss(right("a"), worse) == stage


def test_flips_tell_both_answers_the_broken_first() -> None:
    before = [wrong("a"), right("b"), right("c"), unanswerable("d", answered=False)]
    after = [right("a"), refused("b"), right("c"), unanswerable("d", answered=True)]
    told = [
        (f.id, f.kind, f.before, f.after, f.status_before, f.status_after, f.stage)
        for f in against(before, after).flips
    ]
    this, that, no = "It is this. [1]", "It is that. [1]", "It is not said."
    assert told == [
        ("b", "broken", this, no, "correct", "refused", "refusal"),
        ("d", "broken", no, that, "correct", "false answer", "refusal"),
        ("a", "fixed", that, this, "wrong", "correct", "selection"),
    ]


# What is claimed.


def sentence(comparison: Comparison, metric: str) -> str:
    (found,) = (claim for claim in comparison.claims if f"({metric})" in claim)
    return found


def test_a_loss_is_told_with_its_size_its_doubt_and_its_stage() -> None:
    before = [*map(right, IDS[:50]), *map(wrong, IDS[50:])]
    after = [
        *(wrong(id_, DENSE) for id_ in IDS[:9]),
        *(wrong(id_, FUSION) for id_ in IDS[9:14]),
        *map(right, IDS[14:51]),
        *map(wrong, IDS[51:]),
    ]
    comparison = against(before, after)
    assert comparison.verdict == "worse"
    told = sentence(comparison, "contained")
    change = changes_of(comparison)["contained"]
    low, high = (f"{v * 100:+.1f}".replace("-", "−") for v in (change.low, change.high))
    assert told == (
        "Worse: right answers (contained) fell by 21.7 points, from 83.3 % to 61.7 % "
        f"(95 % interval {low} to {high}, {p_value(change.p_adjusted)} after Holm's correction): "
        "14 questions broken, most of them (9) lost at the dense leg; 1 fixed."
    )
    assert change.low < -0.217 < change.high < 0
    # Whose passage was not found: 14, and the one that was fixed had found it before.
    assert "14 questions worse, most of them (9) lost at the dense leg; 0 better." in sentence(
        comparison, "ndcg@10"
    )
    assert comparison.claims[-1].startswith("No evidence of another change: ")


def test_a_gain_is_told_likewise() -> None:
    comparison = against(
        [wrong(i, DENSE) for i in IDS], [*map(right, IDS[:20]), *map(wrong, IDS[20:])]
    )
    assert comparison.verdict == "better"
    assert sentence(comparison, "contained").startswith(
        "Better: right answers (contained) rose by 33.3 points, from 0.0 % to 33.3 % "
    )
    assert sentence(comparison, "contained").endswith(
        "20 questions fixed, all of them won at the dense leg; 0 broken."
    )


def test_no_stage_is_called_most_that_is_not() -> None:
    after = [wrong(id_, places) for id_, places in zip(IDS[:20], [DENSE, FUSION] * 10, strict=True)]
    told = sentence(against([*map(right, IDS)], [*after, *map(right, IDS[20:])]), "correct")
    assert "20 questions broken, 10 of them lost at the dense leg; 0 fixed." in told


def test_refusals_and_citations_are_claimed_of() -> None:
    cites_worse = right("x").values | {"citation_recall": 0.5}
    before = [*map(right, IDS), *(unanswerable(f"u{i}", answered=True) for i in IDS[:20])]
    after = [
        *map(refused, IDS[:20]),
        *(right(id_, values=cites_worse) for id_ in IDS[20:40]),
        *map(right, IDS[40:]),
        *(unanswerable(f"u{i}", answered=False) for i in IDS[:20]),
    ]
    comparison = against(before, after)
    assert comparison.verdict == "mixed"
    assert [claim.split(":")[0] for claim in comparison.claims] == [
        *("Worse", "Worse", "Worse", "Better"),
        "No evidence of another change",
    ]
    assert "(over_refusal) rose by 33.3 points, from 0.0 % to 33.3 % " in sentence(
        comparison, "over_refusal"
    )
    assert sentence(comparison, "over_refusal").endswith(
        "20 questions newly refused, all of them lost at refusal; 0 no longer refused."
    )
    assert sentence(comparison, "citation_recall").endswith(
        "20 questions worse, all of them lost at citation; 0 better."
    )
    assert "20 questions no longer answered, all of them won at refusal" in sentence(
        comparison, "false_answer"
    )


def test_without_evidence_it_says_what_could_have_gone_unseen() -> None:
    before = [*map(right, IDS[:40]), *map(wrong, IDS[40:])]
    after = [*map(right, IDS[:38]), *map(wrong, IDS[38:59]), right(IDS[59])]
    comparison = against(before, after)
    assert comparison.verdict == "no evidence"
    found = changes_of(comparison)
    widest = max(-found["contained"].low, found["contained"].high)
    unchanged = wilson(0, 60)[1]  # of none of 60 questions; the bootstrap would say 0
    assert comparison.claims == (
        f"No evidence of a change: differences of up to {points(widest)} points cannot be ruled "
        f"out (recall@5 {points(unchanged)}, ndcg@10 {points(unchanged)}, "
        f"contained {points(widest)}, correct {points(widest)}, "
        f"citation_recall {points(unchanged)}, citation_precision {points(unchanged)}, "
        f"over_refusal {points(unchanged)}).",
    )
    assert 0.06 < unchanged < widest < 0.15


def test_changes_that_cancel_out_do_not_rule_out_others() -> None:
    before = [right("a", cluster="1"), wrong("b", cluster="1"), right("c", cluster="2")]
    after = [wrong("a", cluster="1"), right("b", cluster="1"), right("c", cluster="2")]
    comparison = against(before, after)
    assert (changes_of(comparison)["contained"].low, comparison.verdict) == (0.0, "no evidence")
    assert f"differences of up to {points(wilson(0, 2)[1])} points" in comparison.claims[0]


def test_the_same_answers_are_called_the_same() -> None:
    same = against([right("a"), wrong("b")], [right("a"), wrong("b")])
    assert same.claims == ("Nothing changed: every answer is the same.",)
    other = against([right("a")], [right("a", answer="It is this, we read. [1]")])
    assert other.claims[0].startswith("No evidence of a change: ")


def test_an_unlikely_pattern_in_other_metrics_is_not_claimed() -> None:
    before = [right(i, values={"correct": 1.0, "f1": 0.4}) for i in IDS]
    after = [right(i, values={"correct": 1.0, "f1": 0.6}) for i in IDS]
    comparison = against(before, after)
    assert changes_of(comparison)["f1"].p_adjusted < 0.05
    assert comparison.verdict == "no evidence"
    assert comparison.claims == (
        f"No evidence of a change: differences of up to {points(wilson(0, 60)[1])} points cannot "
        "be ruled out in correct.",
    )


def test_questions_on_one_article_are_no_evidence_of_their_own() -> None:
    def told(clusters: int) -> str:
        before = [right(i, cluster=str(n % clusters)) for n, i in enumerate(IDS)]
        after = [wrong(i, cluster=str(n % clusters)) for n, i in enumerate(IDS)]
        return against(before, after).verdict

    assert told(60) == "worse"
    assert told(3) == "no evidence"


# Retrieval alone, and nothing at all.


def looked_up(id_: str, *, found: bool) -> Outcome:
    values = {"ndcg@10": float(found), "recall@5": float(found)}
    outcome = right(id_, answer="", values=values)
    if found:
        return outcome
    return replace(outcome, status="wrong", blame="legs", places=DENSE)


def test_retrieval_alone_is_compared() -> None:
    before = report((looked_up(i, found=True) for i in IDS), answers=False)
    after = report((looked_up(i, found=i > "q20") for i in IDS), answers=False)
    comparison = compare(after, before)
    assert comparison.verdict == "worse"
    assert set(changes_of(comparison)) == {"ndcg@10", "recall@5"}
    assert comparison.flips == ()  # no answer was given that could be broken
    assert "21 questions worse, all of them lost at the dense leg" in comparison.claims[0]
    assert compare(before, before).claims == ("Nothing changed: every question scores the same.",)


def test_answers_are_not_compared_with_a_look_at_retrieval() -> None:
    looked = report([*(looked_up(i, found=True) for i in IDS[:-1]), failed(IDS[-1])], answers=False)
    answered = report(map(right, IDS))
    for comparison in (compare(looked, answered), compare(answered, looked)):
        assert set(changes_of(comparison)) == {"ndcg@10", "recall@5"}
        assert comparison.flips == ()
        assert any("measured retrieval alone" in w for w in comparison.warnings)


def test_metrics_are_told_of_passages_that_only_metrics_look_at() -> None:
    deep = Places(dense=9, lexical=9, fused=9, matched=9, hits=None)
    before = [looked_up(i, found=True) for i in IDS]
    after = [looked_up(i, found=False) for i in IDS]
    comparison = against(
        [replace(o, places=deep) for o in before],
        [replace(o, places=replace(deep, dense=20, fused=15, matched=15)) for o in after],
    )
    assert "60 questions worse, all of them lost at the dense leg" in comparison.claims[0]


def test_empty_reports_are_compared() -> None:
    for before, after in (
        ([], []),
        ([right("a")], []),
        ([], [right("a")]),
        ([right("a")], [right("b")]),
    ):
        comparison = against(before, after)
        assert comparison.verdict == "no evidence"
        assert comparison.compared == 0
        assert comparison.changes == comparison.flips == ()
        assert comparison.claims == (
            "Nothing can be compared: no question is in both reports with the same label.",
        )
        assert len(missed(comparison, None)) == 1


def test_reports_without_a_claimed_metric() -> None:
    comparison = against([right("a", values={"f1": 1.0})], [right("a", values={"f1": 0.0})])
    assert comparison.claims == (
        "Nothing can be claimed: the reports share no metric that claims rest on.",
    )


def test_a_comparison_outlives_its_file(tmp_path: Path) -> None:
    comparison = against(
        [right("a"), right("b")], [wrong("a", DENSE), unanswerable("c", answered=True)]
    )
    whole = replace(report([wrong("a")]), comparison=comparison)
    file = tmp_path / "report.json"
    file.write_text(to_json(whole), "utf-8")
    assert read_report(file).comparison == comparison


# Warnings.


ENOUGH = [right(i) for i in IDS]


@pytest.mark.parametrize(
    ("before", "after", "warning"),
    [
        ({}, {"question_files": {"moved.jsonl": "f" * 64}}, None),
        (
            {},
            {"question_files": {"set.jsonl": "a" * 64}},
            r"The question files differ \(set\.jsonl\)",
        ),
        (
            {"question_files": {"set.jsonl": "f" * 64, "b.jsonl": "b" * 64}},
            {"question_files": {"set.jsonl": "f" * 64, "a.jsonl": "a" * 64}},
            r"The question files differ \(a\.jsonl, b\.jsonl\)",
        ),
        (
            {},
            {"corpus": "d" * 64, "articles": 9},
            r"The articles differ \(corpus c{8} with 7 articles before, d{8} with 9 now\)",
        ),
        ({}, {"encoder": "large"}, r"The encoders differ: small → large\."),
        (
            {},
            {"encoder_weights": "d" * 64},
            r"The weights of the encoder small differ: e{8} → d{8}\.",
        ),
        (
            {"settings": {"k": 8, "refuse": True, "chat_model": None, "gone": 1}},
            {"settings": {"k": 10, "refuse": False, "chat_model": "x:y", "gone": 1, "new": 0.5}},
            r"Settings differ: chat_model: none → x:y, k: 8 → 10, new: not recorded → 0\.5, "
            r"refuse: true → false\.",
        ),
        ({"dirty": True}, {}, r"The baseline was made with uncommitted changes"),
        ({}, {"dirty": True}, r"The report was made with uncommitted changes"),
        ({"dirty": None}, {"dirty": None}, None),
    ],
)
def test_what_else_differs_is_warned_of(
    before: dict[str, object], after: dict[str, object], warning: str | None
) -> None:
    warnings = compare(report(ENOUGH, **after), report(ENOUGH, **before)).warnings
    if warning is None:
        assert warnings == ()
    else:
        (found,) = warnings
        assert re.match(warning, found)


@pytest.mark.parametrize(
    ("questions", "clusters", "few"),
    [
        (60, 60, ""),
        (30, 8, ""),
        (29, 29, "29 questions are"),
        (60, 7, "60 questions are"),
        (1, 1, "1 question is"),
    ],
)
def test_too_little_to_compare_is_warned_of(questions: int, clusters: int, few: str) -> None:
    outcomes = [right(i, cluster=str(n % clusters)) for n, i in enumerate(IDS[:questions])]
    warnings = against(outcomes, outcomes).warnings
    if few:
        (found,) = warnings
        noun = "cluster" if clusters == 1 else "clusters"
        assert found.startswith(f"Only {few} compared, in {clusters} {noun} (")
    else:
        assert warnings == ()


def test_many_relabelled_questions_are_counted() -> None:
    comparison = against(ENOUGH, [*(right(i, label="x") for i in IDS[:8]), *ENOUGH[8:]])
    assert comparison.warnings == (
        "8 questions are left out because words or label changed: q00, q01, q02, q03, q04 and 3 "
        "more.",
    )


# The gate.


def test_the_gate_fails_over_what_is_significantly_worse() -> None:
    comparison = against(ENOUGH, [*map(refused, IDS[:20]), *map(right, IDS[20:])])
    reasons = missed(comparison, None)
    assert [reason.split()[0] for reason in reasons] == ["contained", "correct", "over_refusal"]
    p = p_value(changes_of(comparison)["contained"].p_adjusted)
    assert reasons[0] == (
        "contained fell by 33.3 points over 60 questions, significantly "
        f"({p} after Holm's correction)."
    )
    assert reasons[2].startswith("over_refusal rose by 33.3 points")
    assert missed(against([*map(refused, IDS[:20]), *map(right, IDS[20:])], ENOUGH), 0.0) == ()


@pytest.mark.parametrize(
    ("max_drop", "reasons"),
    [
        (None, ()),
        (0.1, ()),
        (0.05, ()),  # 3 of 60 are just that
        (
            0.04,
            (
                "contained fell by 5.0 points over 60 questions, more than the 4.0 allowed.",
                "correct fell by 5.0 points over 60 questions, more than the 4.0 allowed.",
            ),
        ),
        (
            0.0,
            (
                "contained fell by 5.0 points over 60 questions, more than the 0.0 allowed.",
                "correct fell by 5.0 points over 60 questions, more than the 0.0 allowed.",
            ),
        ),
    ],
)
def test_the_gate_fails_over_a_large_drop(max_drop: float | None, reasons: tuple[str, ...]) -> None:
    comparison = against(ENOUGH, [*map(wrong, IDS[:3]), *map(right, IDS[3:])])
    assert comparison.verdict == "no evidence"
    assert missed(comparison, max_drop) == reasons


def test_the_gate_knows_which_metrics_may_not_rise() -> None:
    lies = [unanswerable(i, answered=n < 2) for n, i in enumerate(IDS)]
    honest = [unanswerable(i, answered=False) for i in IDS]
    reasons = missed(against(honest, lies), 0.02)
    assert [reason.split(" over")[0] for reason in reasons] == [
        "correct fell by 3.3 points",
        "false_answer rose by 3.3 points",
    ]
    assert missed(against(lies, honest), 0.02) == ()


def test_both_reasons_are_told_together() -> None:
    comparison = against(ENOUGH, [*map(wrong, IDS[:20]), *map(right, IDS[20:])])
    assert "more than the 2.0 allowed and significantly (" in missed(comparison, 0.02)[0]


# The words.


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1.0, "p = 1"),
        (0.5, "p = .5"),
        (0.0499, "p = .0499"),
        (0.0123456, "p = .0123"),
        (0.0008, "p = .0008"),
        (0.00009, "p < .0001"),
    ],
)
def test_p_values(p: float, text: str) -> None:
    assert p_value(p) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.1234, "12.3"), (-0.2, "20.0"), (0.0, "0.0"), (0.0001, "less than 0.1")]
)
def test_points(share: float, text: str) -> None:
    assert points(share) == text


def test_every_claimed_metric_has_its_place() -> None:
    assert set(CLAIM_METRICS) <= set(METRICS)
