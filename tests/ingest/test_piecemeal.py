"""Single files and uploads, read against the part of the ledger that concerns them alone."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest.chunk import CHUNKER_VERSION
from ingest.discover import discover
from ingest.pipeline import ingest
from ingest.sources import Listing, Origin, Upload
from rag.store import LedgerEntry, Store, open_store
from tests.doubles import HashingEncoder
from tests.ingest.conftest import Write

ENCODER = HashingEncoder()
NAMES = ("a.txt", "sub/a.txt", "sub/deep/b.md", "sub/n.jsonl", "n.jsonl")
TEXTS = ("The bridge fell.", "A new bridge.", "عبر الجنود الجسر")


@pytest.mark.parametrize(
    ("origin", "alike"),
    [
        (
            Origin("file", "/a/b", "c.txt"),
            [("/", "a/b/c.txt"), ("/a", "b/c.txt"), ("/a/b", "c.txt")],
        ),
        (
            Origin("file", "/a", "b/c.txt"),
            [("/", "a/b/c.txt"), ("/a", "b/c.txt"), ("/a/b", "c.txt")],
        ),
        (Origin("file", "/", "c.txt"), [("/", "c.txt")]),
        (Origin("upload", "", "x/y.txt"), [("", "x/y.txt")]),
        (Origin("url", "", "https://a.example/b"), [("", "https://a.example/b")]),
    ],
)
def test_origins_of_the_same_place(origin: Origin, alike: list[tuple[str, str]]) -> None:
    found = list(origin.alike())
    assert [(o.root, o.path) for o in found] == alike
    assert origin in found
    assert {o.place for o in found} == {origin.place}
    assert {o.kind for o in found} == {origin.kind}


def test_what_is_piecemeal(folder: Path, write: Write) -> None:
    file, upload = write("sub/a.txt", "x"), Upload("u.txt", write("u.txt", "x"))
    assert discover([file, upload, "https://a.example/b"]).is_piecemeal
    assert discover([upload]).is_piecemeal
    assert not discover([folder]).is_piecemeal
    assert not discover([file, folder / "sub"]).is_piecemeal
    (folder / "empty").mkdir()
    assert not discover([folder / "empty"]).is_piecemeal


def content(rng: random.Random, name: str) -> str:
    if not name.endswith(".jsonl"):
        return rng.choice(TEXTS)
    rows = [
        {"text": rng.choice(TEXTS)} | ({"id": rng.choice("kl")} if rng.random() < 0.6 else {})
        for _ in range(rng.randrange(3))
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


def paths(rng: random.Random, folder: Path) -> Sequence[Path | Upload]:
    """One thing or two to ingest: files, an upload, now and then a folder."""
    files = [folder / name for name in NAMES if (folder / name).exists()]
    some: list[Path | Upload] = list(rng.sample(files, k=min(len(files), rng.randrange(1, 3))))
    if rng.random() < 0.4:
        file = rng.choice(files)
        some.append(Upload(rng.choice(("u.txt", "n.jsonl")), file))
    if rng.random() < 0.2:
        some = [rng.choice([folder, folder / "sub"])]
    return some


def held(store: Store) -> tuple[dict[str, LedgerEntry], dict[str, str]]:
    return store.ledger(), {article.id: article.text for article in store.iter_articles()}


@pytest.mark.parametrize("seed", range(6))
def test_a_part_of_the_ledger_leads_to_what_all_of_it_does(
    tmp_path: Path, folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = random.Random(seed)
    with (
        open_store(
            tmp_path / "1", ENCODER.identity, create=True, chunker_version=CHUNKER_VERSION
        ) as part,
        open_store(
            tmp_path / "2", ENCODER.identity, create=True, chunker_version=CHUNKER_VERSION
        ) as whole,
    ):
        for name in NAMES:
            write(name, content(rng, name))
        for _ in range(12):
            name = rng.choice(NAMES)
            if rng.random() < 0.2:
                (folder / name).unlink(missing_ok=True)
            else:
                write(name, content(rng, name))
            write("sub/a.txt", rng.choice(TEXTS))
            sources, prune = paths(rng, folder), rng.random() < 0.2
            found = ingest(sources, part, ENCODER, prune=prune)
            with monkeypatch.context() as patch:
                patch.setattr(Listing, "is_piecemeal", property(lambda _: False))
                expected = ingest(sources, whole, ENCODER, prune=prune)
            for field in ("added", "updated", "unchanged", "removed", "failed", "chunks"):
                assert getattr(found, field) == getattr(expected, field), field
            assert held(part) == held(whole)
