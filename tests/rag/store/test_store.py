"""What every store does, wherever its vectors are."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import StoreError
from rag.language.terms import analyze, index_text
from rag.language.text import LANGS, Lang
from rag.store import Entry, LanguageCounts, LedgerEntry, Store, open_store
from rag.store.search import match
from tests.rag.store.build import ENCODER, assert_whole, entry, random_entry, stored

Reopened = Callable[[Store], Store]


@pytest.fixture
def reopened(chroma_url: str | None) -> Reopened:
    """Closes a store and opens it again where it was."""

    def reopen(store: Store) -> Store:
        store.close()
        return open_store(store.path, ENCODER.identity, chroma_url=chroma_url)

    return reopen


def test_what_is_put_is_there_and_stays_there(store: Store, reopened: Reopened) -> None:
    entries = [random_entry(f"a{n}", 0) for n in range(5)] + [entry("empty", [])]
    store.put(entries)
    assert_whole(store, entries)
    with reopened(store) as again:
        assert_whole(again, entries)
        assert not again.status().repaired


def test_lookups_give_what_there_is(store: Store) -> None:
    one = entry("one", ["The bridge fell.", "عبر الجنود الجسر"], title="Bridge", origin="p/one.txt")
    store.put([one])
    first, second = one.chunks
    assert store.articles(["one", "none"]) == {"one": one.article}
    assert store.chunks([second.id, "none"]) == {second.id: second}
    assert store.article_chunks("one") == [first, second]
    assert store.article_chunks("none") == []
    assert store.ledger() == {"one": LedgerEntry(one.article.content_hash, "p/one.txt")}
    terms = " ".join(index_text("Bridge", "", first.text, "en"))
    assert store.terms([first.id, "none"]) == {first.id: terms}
    np.testing.assert_array_equal(store.vectors([first.id])[first.id], stored(one.vectors[0]))
    assert store.vectors([first.id])[first.id].dtype == np.float32
    assert list(store.iter_articles()) == [one.article]


def test_iterating_takes_every_article_once_while_others_are_put(store: Store) -> None:
    store.put([entry(f"{n:04}", []) for n in range(250)])
    seen = []
    for article in store.iter_articles():
        if not seen:
            store.put([entry("9999", []), entry("0000x", [])])
        seen.append(article.id)
    assert seen == sorted(seen)
    assert {f"{n:04}" for n in range(250)} <= set(seen)
    assert len(seen) == len(set(seen))


def brute_force(entries: list[Entry], query: np.ndarray, lang: Lang) -> list[tuple[str, float]]:
    q = query.astype(np.float64)
    scored = []
    for e in entries:
        for chunk, vector in zip(e.chunks, stored(e.vectors).astype(np.float64), strict=True):
            if chunk.lang == lang:
                cosine = vector @ q / np.linalg.norm(vector) / np.linalg.norm(q)
                scored.append((chunk.id, round(float(cosine), 6)))
    return sorted(scored, key=lambda hit: (-hit[1], hit[0]))


@pytest.mark.parametrize("lang", LANGS)
def test_dense_search_is_exact_in_scores_and_order(store: Store, lang: Lang) -> None:
    entries = [random_entry(f"a{n}", 1, paragraphs=4) for n in range(60)]
    store.put(entries)
    for text in ("troops at the border treaty", "الجنود على الحدود", "museum festival 3"):
        query = ENCODER.encode_queries([text])[0]
        expected = brute_force(entries, query, lang)
        assert store.search_dense(query, lang, 10_000) == expected
        top = store.search_dense(query, lang, 10)
        assert [score for _, score in top] == [score for _, score in expected[:10]]
        assert store.search_dense(query * 8, lang, 10) == top  # length does not matter


def test_dense_search_at_the_edges(store: Store) -> None:
    query = ENCODER.encode_queries(["vote"])[0]
    assert store.search_dense(query, "en", 5) == []
    store.put([entry("a", ["a vote"]), entry("b", ["a vote"]), entry("c", ["صوت"])])
    assert [key for key, _ in store.search_dense(query, "en", 1)] == [
        min(c.id for e in (entry("a", ["a vote"]), entry("b", ["a vote"])) for c in e.chunks)
    ]
    assert len(store.search_dense(query, "en", 5)) == 2
    assert len(store.search_dense(query, "ar", 5)) == 1
    assert store.search_dense(query, "en", 0) == []


@pytest.mark.parametrize(
    "vector", [np.zeros(64), np.full(64, np.nan), np.ones(32), np.ones((1, 64))]
)
def test_a_query_vector_that_makes_no_sense_is_refused(store: Store, vector: np.ndarray) -> None:
    store.put([entry("a", ["a vote"])])
    with pytest.raises(StoreError, match="query vector of shape"):
        store.search_dense(vector.astype(np.float32), "en", 5)


def test_a_passage_in_thousands_of_articles_does_not_hide_the_others(tmp_path: Path) -> None:
    line = "Follow us for more news"
    entries = [entry(f"a{n:04}", [line, f"{n} {n + 7} {n + 13} story"]) for n in range(1500)]
    with open_store(tmp_path / "s", ENCODER.identity, create=True) as store:
        store.put(entries)
        for e in entries[::50]:
            assert e.chunks[1].id in dict(store.search_dense(e.vectors[1], "en", 10))
        everywhere = store.search_dense(ENCODER.encode_queries([line])[0], "en", 100)
        assert [key for key, _ in everywhere] == sorted(e.chunks[0].id for e in entries)[:100]


def test_a_shared_passage_stays_as_long_as_one_article_has_it(store: Store) -> None:
    a, b = entry("a", ["shared words", "only here"]), entry("b", ["shared words"])
    store.put([a, b])
    store.remove(["a"])
    assert_whole(store, [b])
    store.remove(["b"])
    assert_whole(store, [])


def test_lexical_search(store: Store) -> None:
    store.put(
        [
            entry("a", ["the storm hit the village", "the budget"], title="Weather"),
            entry("b", ["a storm of storm and storm"]),
            entry("c", ["nothing of the kind"], title="storm"),
            entry("d", ["أصابت العاصفة القرية"]),
        ]
    )
    hits = store.search_lexical(["storm", "villag"], "en", 10)
    assert [key.split(":")[0] for key, _ in hits] == ["a", "b", "c"]
    assert all(score > 0 for _, score in hits)
    assert [score for _, score in hits] == sorted((s for _, s in hits), reverse=True)
    assert store.search_lexical(["storm", "villag"], "en", 2) == hits[:2]
    village = analyze("القرية")
    assert [k.split(":")[0] for k, _ in store.search_lexical(village, "ar", 5)] == ["d"]
    assert store.search_lexical(village, "en", 5) == []
    assert store.search_lexical([], "en", 5) == []
    assert store.search_lexical(["storm"], "en", 0) == []
    assert store.document_frequencies(["storm", "budget", "zebra"], "en") == {
        "storm": 3,
        "budget": 1,
        "zebra": 0,
    }
    assert store.chunk_count("en") == 4
    assert store.chunk_count("ar") == 1


def test_lexical_ties_are_broken_by_id(store: Store) -> None:
    names = ["m", "b", "z", "a", "q"]
    store.put([entry(name, ["one vote"]) for name in names])
    store.put([entry("k", ["one vote"])])
    hits = store.search_lexical(["vote"], "en", 4)
    assert [key.split(":")[0] for key, _ in hits] == ["a", "b", "k", "m"]


@pytest.mark.parametrize(
    "terms",
    [
        ["NEAR", "AND", "OR", "NOT"],
        ['"', '""', "'", "*", "^", "(", ")", "{", ":", "-", "+", "title:budget", "bud*"],
        ["", " ", "\0", "bud\0get", "\ud800", "~"],
        ["1.5", "1,000", "ما", "~us"],
        [f"term{n}" for n in range(3000)],
    ],
)
def test_terms_are_never_syntax(store: Store, terms: list[str]) -> None:
    store.put([entry("a", ["the budget of the minister"], title="title")])
    for lang in LANGS:
        assert store.search_lexical(terms, lang, 5) == [] or "bud\0get" in terms
    assert [k.split(":")[0] for k, _ in store.search_lexical([*terms, "budget"], "en", 5)] == ["a"]
    assert store.document_frequencies([*terms, "budget"], "en")["budget"] == 1


def test_numbers_and_marks_are_whole_terms(store: Store) -> None:
    store.put([entry("a", ["growth of 1.5 percent"]), entry("b", ["growth of 1 in 5 percent"])])
    store.put([entry("c", ["at ten o'clock"]), entry("d", ["clock of o"])])
    assert [k.split(":")[0] for k, _ in store.search_lexical(["1.5"], "en", 5)] == ["a"]
    assert [k.split(":")[0] for k, _ in store.search_lexical(["o'clock"], "en", 5)] == ["c"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.text(max_size=12), max_size=6))
def test_any_terms_can_be_searched(words: list[str]) -> None:
    query = match(words)
    assert query.count('"') % 2 == 0
    query.encode("utf-8")
    assert "\0" not in query


def test_an_article_is_replaced_whole(store: Store, reopened: Reopened) -> None:
    other = entry("other", ["a quiet day"])
    old = entry("a", ["the old first", "kept as it is", "the old third"])
    new = entry("a", ["kept as it is", "الفقرة الجديدة"], title="new")
    store.put([old, other])
    store.put([new])
    assert_whole(store, [new, other])
    assert store.search_lexical(["old"], "en", 5) == []
    with reopened(store) as again:
        assert_whole(again, [new, other])
        assert not again.status().repaired


def test_putting_the_same_again_changes_nothing(store: Store, reopened: Reopened) -> None:
    entries = [random_entry(f"a{n}", 2) for n in range(4)]
    store.put(entries)
    store.put(entries)
    store.put(entries[1:2])
    assert_whole(store, entries)
    with reopened(store) as again:
        again.put(entries)
        assert_whole(again, entries)


def test_the_same_chunk_id_may_change_language_and_vector(store: Store) -> None:
    old = entry("a", ["minister"], lang="en")
    new = replace(old, chunks=[replace(old.chunks[0], lang="ar")])
    store.put([old])
    store.put([new])
    assert_whole(store, [new])
    newer = replace(new, vectors=ENCODER.encode_passages(["something else"]))
    store.put([newer])
    assert_whole(store, [newer])


def test_only_the_origin_changes(store: Store) -> None:
    store.put([entry("a", ["x y"], origin="here")])
    store.put([entry("a", ["x y"], origin="there")])
    assert store.ledger()["a"].origin == "there"
    assert_whole(store, [entry("a", ["x y"])])


def test_removing(store: Store) -> None:
    entries = [random_entry(f"a{n}", 3) for n in range(6)]
    store.put(entries)
    store.remove(["a1", "a4", "never there"])
    store.remove([])
    assert_whole(store, [e for e in entries if e.article.id not in ("a1", "a4")])
    store.remove([f"a{n}" for n in range(6)])
    assert_whole(store, [])
    store.put(entries[:2])
    assert_whole(store, entries[:2])


GOOD = entry("good", ["fine words"])
BAD = entry("bad", ["first words", "second words"])


def _with_chunk(**changes: object) -> Entry:
    return replace(BAD, chunks=[replace(BAD.chunks[0], **changes), BAD.chunks[1]])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (replace(BAD, vectors=BAD.vectors[:1]), "shape"),
        (replace(BAD, vectors=BAD.vectors[:, :8]), "shape"),
        (replace(BAD, vectors=BAD.vectors * 2), "unit length"),
        (replace(BAD, vectors=BAD.vectors * np.float32(np.nan)), "unit length"),
        (_with_chunk(article_id="other"), "belongs to"),
        (_with_chunk(start=1), "is not its text"),
        (_with_chunk(heading="half \ud83d"), "surrogate"),
        (_with_chunk(id=BAD.chunks[1].id), "occurs 2 times"),
        (replace(BAD, article=replace(BAD.article, title="a\0b")), "title"),
        (replace(BAD, article=replace(BAD.article, url="\udcff")), "url"),
        (replace(BAD, origin="caf\udce9.txt"), "origin"),
        (GOOD, "occurs 2 times"),
        (entry("good2", ["fine words"]), None),
    ],
)
def test_a_bad_entry_keeps_its_whole_batch_out(store: Store, bad: Entry, says: str | None) -> None:
    if says is None:
        store.put([GOOD, bad])
        assert_whole(store, [GOOD, bad])
        return
    with pytest.raises(StoreError, match=says):
        store.put([GOOD, bad])
    assert_whole(store, [])


def test_a_chunk_id_of_another_article_is_refused(store: Store) -> None:
    store.put([GOOD])
    chunk = replace(GOOD.chunks[0], article_id="thief")
    article = replace(GOOD.article, id="thief")
    with pytest.raises(StoreError, match=r"'thief'.*taken by the article 'good'"):
        store.put([Entry(article, [chunk], GOOD.vectors, "x")])
    assert_whole(store, [GOOD])


def test_status_counts(store: Store, chroma_url: str | None) -> None:
    store.put([entry("a", ["one", "two", "ثلاثة"]), entry("b", ["أربعة", "خمسة ستة"])])
    status = store.status()
    assert (status.articles, status.chunks) == (2, 5)
    assert status.languages == {"ar": LanguageCounts(2, 3), "en": LanguageCounts(0, 2)}
    assert status.encoder == ENCODER.identity
    assert status.path == store.path
    assert status.vectors == (chroma_url or "local")
    assert status.size > 10_000
    assert not status.repaired


def test_many_more_than_one_batch_of_chroma(tmp_path: Path) -> None:
    text = [f"{n} {n * 7} {n * 13}" for n in range(5600)]
    with open_store(tmp_path / "s", ENCODER.identity, create=True) as store:
        store.put([entry("long", text, lang="en")])
        assert store.chunk_count("en") == 5600
        assert store.article_chunks("long")[-1].text == text[-1]
        store.remove(["long"])
        assert_whole(store, [])


def test_a_closed_store_says_so(store: Store) -> None:
    store.put([GOOD])
    store.close()
    store.close()
    query = GOOD.vectors[0]
    for use in (
        store.ledger,
        store.status,
        lambda: store.put([GOOD]),
        lambda: store.search_dense(query, "en", 3),
        lambda: store.search_lexical(["fine"], "en", 3),
    ):
        with pytest.raises(StoreError, match="is closed"):
            use()


def test_searching_from_many_threads_while_another_writes(store: Store) -> None:
    versions = [[random_entry(f"a{n}", seed) for n in range(12)] for seed in range(6)]
    stable = random_entry("stable", 0)
    store.put([*versions[0], stable])
    known = {c.id: c for some in versions for e in some for c in e.chunks}
    known |= {c.id: c for c in stable.chunks}
    stop, failures = threading.Event(), []

    def search(seed: int) -> None:
        rng = np.random.default_rng(seed)
        try:
            while not stop.is_set():
                vector = rng.normal(size=64).astype(np.float32)
                for lang in LANGS:
                    for key, _ in store.search_dense(vector, lang, 8):
                        assert key in known
                    hits = store.search_lexical(["troop", "جنود", "vote"], lang, 8)
                    found = store.chunks([key for key, _ in hits])
                    assert all(known[key] == chunk for key, chunk in found.items())
                assert store.article_chunks("stable") == list(stable.chunks)
                versions_seen = {c.id.split(":")[1] for c in store.article_chunks("a3")}
                assert len(versions_seen) == 1
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=search, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    try:
        for some in versions[1:]:
            store.put(some)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert_whole(store, [*versions[-1], stable])


def test_writes_of_many_threads_take_turns(store: Store) -> None:
    entries = [random_entry(f"a{n}", 9) for n in range(12)]
    threads = [
        threading.Thread(target=lambda part=entries[n::4]: [store.put([e]) for e in part])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_whole(store, entries)


@pytest.mark.parametrize("seed", range(3))
def test_any_sequence_of_writes_leaves_what_a_dictionary_would(
    store: Store, reopened: Reopened, seed: int
) -> None:
    rng = random.Random(seed)
    passages = ["a vote", "a storm", "the budget", "تصويت", "عاصفة", "الميزانية الجديدة"]
    expected: dict[str, Entry] = {}
    for _ in range(20):
        if rng.random() < 0.7:
            batch = [
                entry(key, rng.choices(passages, k=rng.randrange(5)), title=rng.choice("xyz"))
                for key in rng.sample("abcdef", k=rng.randrange(1, 4))
            ]
            store.put(batch)
            expected.update({e.article.id: e for e in batch})
        else:
            gone = rng.sample("abcdef", k=2)
            store.remove(gone)
            for key in gone:
                expected.pop(key, None)
        assert_whole(store, list(expected.values()))
    with reopened(store) as again:
        assert_whole(again, list(expected.values()))
        assert not again.status().repaired
