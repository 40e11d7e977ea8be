"""What tells two evaluations apart: files, articles, settings, the tree."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evaluate.measure.manifest import corpus_facts, make_manifest, repository_state
from evaluate.results import Manifest
from rag.assistant import Assistant
from rag.models.identity import EncoderIdentity
from rag.settings import Settings
from tests.evaluate.conftest import ARTICLES, OpenOver

ENCODER = EncoderIdentity("small", "abc", 64)


def manifest(**changes: Any) -> Manifest:
    given: dict[str, Any] = {
        "settings": Settings(),
        "encoder": ENCODER,
        "files": {},
        "questions": 3,
        "corpora": (),
        "seed": 7,
        "answers": True,
    }
    return make_manifest(**{**given, **changes})


def test_it_says_when_and_with_what() -> None:
    made = manifest(answers=False)
    assert (made.encoder, made.encoder_weights) == ("small", "abc")
    assert (made.questions, made.seed, made.answers) == (3, 7, False)
    age = datetime.now(UTC) - datetime.fromisoformat(made.created)
    assert timedelta(0) <= age < timedelta(seconds=5)
    assert made.sanad


def test_settings_are_all_but_where_things_are(tmp_path: Path) -> None:
    settings = Settings(
        store=tmp_path / "store",
        drafts=tmp_path / "drafts",
        chroma_url="http://user:secret@localhost:9",
        chat_base_url="http://key@localhost:8",
        threads=3,
        k=5,
        chat_model="ollama:qwen3:8b",
        encoder=str(tmp_path / "encoder"),
    )
    held = manifest(settings=settings).settings
    assert (held["k"], held["chat_model"], held["refuse"]) == (5, "ollama:qwen3:8b", True)
    assert held["encoder"] == "small", "its name, not where it lies"
    elsewhere = {
        *("store", "drafts", "chroma_url", "chat_base_url", "threads", "bidi"),
        *("allow_private", "allowed_hosts"),
    }
    assert held.keys() == Settings.model_fields.keys() - elsewhere
    assert list(held) == sorted(held)
    assert str(tmp_path) not in str(held)
    assert "localhost" not in str(held)


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({}, {}),
        ({"b/x.jsonl": "2", "a/y.jsonl": "1"}, {"y.jsonl": "1", "x.jsonl": "2"}),
        # of the same name, none is lost
        ({"b/x.jsonl": "2", "a/x.jsonl": "1"}, {"x.jsonl": "1", "x.jsonl (2)": "2"}),
        ({"a/caf\udce9": "1", "b/caf\udce8": "2"}, {"caf?": "1", "caf? (2)": "2"}),
        (
            {"c/x": "3", "b/x (2)": "2", "a/x": "1"},
            {"x": "1", "x (2)": "2", "x (3)": "3"},
        ),
    ],
)
def test_question_files_go_by_their_names(files: dict[str, str], named: dict[str, str]) -> None:
    made = manifest(files={Path(path): digest for path, digest in files.items()})
    assert made.question_files == named


def test_a_corpus_is_its_articles_whoever_cut_them(open_over: OpenOver) -> None:
    two = {key: ARTICLES[key] for key in ("bridge-en.md", "market-en.md")}
    facts = corpus_facts(open_over(two).store)
    assert (facts.articles, facts.passages) == (2, 3)
    again = corpus_facts(open_over(dict(reversed(two.items()))).store)
    assert again == facts
    changed = corpus_facts(open_over({**two, "market-en.md": "It did not burn at all."}).store)
    assert changed.articles == 2
    assert len({facts.hash, changed.hash, corpus_facts(open_over({}).store).hash}) == 3


def test_the_corpora_of_a_run_are_summed(assistant: Assistant, open_over: OpenOver) -> None:
    one, other = corpus_facts(assistant.store), corpus_facts(open_over({"a.md": "One word."}).store)
    both = manifest(corpora=[one, other])
    assert (both.articles, both.passages) == (4, one.passages + 1)
    assert both.corpus == hashlib.sha256(f"{one.hash}\n{other.hash}".encode()).hexdigest()
    assert both.corpus != manifest(corpora=[one]).corpus


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., str]:
    def run(*arguments: str) -> str:
        identity = ("-c", "user.name=T", "-c", "user.email=t@example.org")
        command = ["git", "-C", str(tmp_path), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    return run


def test_the_tree_that_was_measured(git: Callable[..., str], tmp_path: Path) -> None:
    assert repository_state(tmp_path / "nowhere") == (None, None)
    git("init", "--quiet")
    assert repository_state(tmp_path) == (None, None), "nothing was committed"
    (tmp_path / "file").write_text("1\n")
    git("add", ".")
    git("commit", "--quiet", "--message", "one")
    commit = git("rev-parse", "HEAD")
    ignored = tmp_path / "run"
    assert len(commit) == 40
    assert not any(ignored.iterdir())
    assert repository_state(tmp_path) == (commit, False)
    assert repository_state(tmp_path / "run" / "..") == (commit, False)
    (tmp_path / "file").write_text("2\n")
    assert repository_state(tmp_path) == (commit, True)
    git("checkout", "--quiet", "file")
    (tmp_path / "new").write_text("1\n")
    assert repository_state(tmp_path) == (commit, True)


def test_a_repository_further_up_is_another(git: Callable[..., str], tmp_path: Path) -> None:
    inside = tmp_path / ".venv" / "lib"
    inside.mkdir(parents=True)
    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "one")
    assert repository_state(tmp_path)[0] is not None
    assert repository_state(inside) == (None, None)
    link = tmp_path.with_name(f"{tmp_path.name}-link")
    link.symlink_to(tmp_path)
    assert repository_state(link) == repository_state(tmp_path), "the same folder by another name"


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert repository_state(tmp_path) == (None, None)
