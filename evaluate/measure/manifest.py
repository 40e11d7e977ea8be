"""What an evaluation was made with, so that two of them can be told apart."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from evaluate.results import Manifest
from rag.language.text import LANGS
from rag.models.identity import EncoderIdentity
from rag.models.reader import reader_label
from rag.settings import ROOT, Settings
from rag.store import Store

OF_THE_PLACE = frozenset(
    {"store", "drafts", "bidi", "threads", "chroma_url", "allow_private", "allowed_hosts"}
)
"""Settings of the machine and of what is read into the store: nothing of answering."""

_NOT_OF_ANSWERS = {*OF_THE_PLACE, "chat_base_url"}
"""Settings that say where things are and how they are shown, not what is answered."""


@dataclass(frozen=True, slots=True)
class CorpusFacts:
    """What a store holds: a hash over its articles' ids and contents, and how many there are."""

    hash: str
    articles: int
    passages: int


def corpus_facts(store: Store) -> CorpusFacts:
    """The facts of a store, whichever encoder and chunker built it."""
    ledger = store.ledger()
    lines = "\n".join(f"{key}\t{ledger[key].content_hash}" for key in sorted(ledger))
    passages = sum(store.chunk_count(lang) for lang in LANGS)
    return CorpusFacts(_sha256(lines), len(ledger), passages)


def make_manifest(
    *,
    settings: Settings,
    encoder: EncoderIdentity,
    files: Mapping[Path, str],
    questions: int,
    corpora: Sequence[CorpusFacts],
    seed: int,
    answers: bool,
) -> Manifest:
    """The manifest of a run; ``files`` are the hashes of the question files.

    There a file goes by its name without its folder, and by a number where others share the name.
    """
    commit, dirty = repository_state(ROOT)
    values = settings.model_dump(mode="json", exclude=_NOT_OF_ANSWERS)
    values |= {"encoder": encoder.name, "reader": reader_label(settings.reader)}
    return Manifest(
        sanad=_version(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        settings=dict(sorted(values.items())),
        encoder=encoder.name,
        encoder_weights=encoder.weights,
        question_files=_by_name(files),
        questions=questions,
        corpus=_sha256("\n".join(corpus.hash for corpus in corpora)),
        articles=sum(corpus.articles for corpus in corpora),
        passages=sum(corpus.passages for corpus in corpora),
        commit=commit,
        dirty=dirty,
        seed=seed,
        answers=answers,
    )


def repository_state(folder: Path) -> tuple[str | None, bool | None]:
    """Commit of the git repository whose top is ``folder``, and whether there are changes.

    None where ``folder`` is no such top: a repository further up is that of something else, such
    as a project in whose virtual environment Sanad is installed.
    """
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != folder.resolve():
        return None, None
    commit = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain")
    return (commit, None if changes is None else bool(changes)) if commit else (None, None)


def _by_name(files: Mapping[Path, str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for path in sorted(files):
        stated = path.name.encode("utf-8", "replace").decode()  # a name may be no valid Unicode
        name, number = stated, 1
        while name in named:
            number += 1
            name = f"{stated} ({number})"
        named[name] = files[path]
    return named


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _version() -> str:
    try:
        return metadata.version("sanad")
    except metadata.PackageNotFoundError:
        return "not installed"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
