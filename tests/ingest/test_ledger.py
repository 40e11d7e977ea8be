"""What an ingest decides of each article: a table of every case, and what holds in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.ledger import Action, Ledger
from ingest.read import ReadArticle
from ingest.report import Failure
from ingest.sources import Listing, Origin, Source
from rag.store import LedgerEntry
from rag.types import Article

HERE = Origin("file", "/news", "a.txt")
ELSEWHERE = Origin("file", "/other", "a.txt")
PAGE = Origin("url", "", "https://news.example/a")
UPLOAD = Origin("upload", "", "a.txt")


def article(text: str = "Words.", key: str = "a.txt", title: str = "Title") -> Article:
    return Article(key, title, text, "en")


def read(origin: Origin = HERE, text: str = "Words.", key: str = "a.txt") -> ReadArticle:
    return ReadArticle(article(text, key), origin, f"{origin.place} ({key})")


def source(origin: Origin) -> Source:
    return Source(origin.place, origin, None if origin.kind == "url" else Path(origin.place))


def ledger(*held: tuple[Article, Origin]) -> Ledger:
    entries = {a.id: LedgerEntry(a.content_hash, origin.encode()) for a, origin in held}
    stored = {a.id: a for a, _ in held}
    return Ledger(entries, stored.get)


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Places whose files are gone; of all others they are there."""
    places: list[str] = []
    monkeypatch.setattr(
        Origin, "is_gone", property(lambda o: o.kind == "file" and o.place in places)
    )
    return places


@pytest.mark.parametrize(
    ("held", "found", "action"),
    [
        ((), read(), Action.ADD),
        (((article(), HERE),), read(), Action.KEEP),
        (((article("Old words."), HERE),), read(), Action.UPDATE),
        (((article(title="Old title"), HERE),), read(), Action.UPDATE),
        (((article(), PAGE),), read(), Action.KEEP),  # the same words from elsewhere
        (((article(key="b.txt"), HERE),), read(), Action.ADD),
        (((article(key="x"), PAGE),), read(PAGE, "New words.", "x"), Action.UPDATE),
        (((article(key="uploads/a.txt"), UPLOAD),), read(UPLOAD, "New.", "uploads/a.txt"),
         Action.UPDATE),
    ],
)  # fmt: skip
def test_what_is_done_with_an_article(
    gone: list[str],
    held: Sequence[tuple[Article, Origin]],
    found: ReadArticle,
    action: Action,
) -> None:
    assert ledger(*held).judge(found) is action


@pytest.mark.parametrize(
    ("stored", "action"), [("Words.", Action.MOVE), ("Old words.", Action.UPDATE)]
)
def test_an_article_whose_file_is_gone_may_come_from_elsewhere(
    gone: list[str], stored: str, action: Action
) -> None:
    gone.append(ELSEWHERE.place)
    assert ledger((article(stored), ELSEWHERE)).judge(read()) is action


def test_two_articles_cannot_have_one_id(gone: list[str]) -> None:
    failure = ledger((article("Other words."), ELSEWHERE)).judge(read())
    assert isinstance(failure, Failure)
    assert "'a.txt' is held by another article, from /other/a.txt" in failure.reason
    both = ledger()
    assert both.judge(read(PAGE, "One.", "x")) is Action.ADD
    again = both.judge(read(UPLOAD, "Two.", "x"))
    assert isinstance(again, Failure)
    assert "'x' was given to another article in this run" in again.reason
    assert both.judge(read(UPLOAD, "One.", "x")) is Action.REPEAT


def test_a_file_keeps_the_id_it_had_under_a_wider_folder() -> None:
    known = ledger((article(key="2024/a.txt"), Origin("file", "/news", "2024/a.txt")))
    settled = known.settle(source(Origin("file", "/news/2024", "a.txt")))
    assert settled.origin == Origin("file", "/news", "2024/a.txt")
    wider = source(Origin("file", "/", "news/2024/a.txt"))
    assert known.settle(wider) == wider
    page = source(PAGE)
    assert known.settle(page) == page


LISTED = Listing(sources=[source(HERE)], roots=["/news"])


@pytest.mark.parametrize("prune", [False, True])
def test_only_pruning_removes_what_is_gone_from_a_folder(prune: bool) -> None:
    known = ledger(
        (article(), HERE),
        (article(key="b.txt"), Origin("file", "/news", "b.txt")),
        (article(key="c.txt"), Origin("file", "/elsewhere", "c.txt")),
        (article(key="page"), PAGE),
        (article(key="uploads/d.txt"), UPLOAD),
    )
    known.judge(read())
    known.close(source(HERE), whole=True)
    assert known.stale(LISTED, prune=prune) == (["b.txt"] if prune else [])


def test_what_could_not_be_read_is_never_removed() -> None:
    lines = Origin("file", "/news", "lines.jsonl")
    unread = Origin("file", "/news/closed", "b.txt")
    held = ((article(key="one"), lines), (article(key="closed/b.txt"), unread))
    known = ledger(*held)
    known.close(source(lines), whole=False)
    listing = Listing(sources=[source(lines)], roots=["/news"], unread=["/news/closed"])
    assert known.stale(listing, prune=True) == []


def test_an_id_made_from_words_is_superseded_when_the_words_change() -> None:
    lines = Origin("file", "/news", "lines.jsonl")
    known = ledger((article(key="lines.jsonl#old"), lines), (article(key="given"), lines))
    known.judge(read(lines, "New words.", "lines.jsonl#new"))
    known.close(source(lines), whole=True)
    assert known.stale(Listing(roots=["/news/lines.jsonl"]), prune=False) == ["lines.jsonl#old"]


KEYS = st.sampled_from(["a", "b", "c"])
TEXTS = st.sampled_from(["One.", "Two."])
FILES = st.sampled_from([Origin("file", "/none", name) for name in ("a", "b", "c")])
RUNS = st.lists(st.builds(read, FILES, TEXTS, KEYS), max_size=6)
HELD = st.lists(st.tuples(st.builds(article, TEXTS, KEYS), FILES), max_size=4)


@given(HELD, RUNS)
def test_whatever_is_read_no_article_is_taken_twice(
    held: list[tuple[Article, Origin]], run: list[ReadArticle]
) -> None:
    known = ledger(*held)
    there = {stored.id for stored, _ in held}
    taken: dict[str, Article] = {}
    for found in run:
        action = known.judge(found)
        key = found.article.id
        if action is Action.ADD:
            assert key not in there
        if action in {Action.ADD, Action.UPDATE, Action.KEEP, Action.MOVE}:
            assert key not in taken
            taken[key] = found.article
        elif action is Action.REPEAT:
            assert taken[key] == found.article
        else:
            assert isinstance(action, Failure)
            assert action.source == found.name


@given(HELD, RUNS, st.booleans())
def test_what_was_read_is_never_stale(
    held: list[tuple[Article, Origin]], run: list[ReadArticle], prune: bool
) -> None:
    known = ledger(*held)
    read_ids = {f.article.id for f in run if not isinstance(known.judge(f), Failure)}
    for found in run:
        known.close(source(found.origin), whole=True)
    stale = known.stale(Listing(roots=["/none"]), prune=prune)
    assert read_ids.isdisjoint(stale)
    assert set(stale) <= {stored.id for stored, _ in held}
