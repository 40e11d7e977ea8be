"""A store for the moment: what is in it, what it leaves alone, and that it goes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ingest.chunk import passage_text
from ingest.report import Progress
from ingest.temporary import passages_store, read_articles, temporary_assistant
from rag.errors import EncoderError, SourceError
from rag.settings import Settings
from rag.types import Article
from tests.doubles import HashingEncoder
from tests.ingest.conftest import Write

BODY = "افتتح رئيس البلدية الجسر الجديد صباح الأحد بحضور مئات من سكان الحي القديم والحي الجديد."
GIVEN = Article("given-000", "Market", "The covered market burned down on Friday night.", "en")


@pytest.fixture(autouse=True)
def moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder where such stores are made; nothing may be left in it."""
    path = tmp_path / "moment"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    yield path
    assert list(path.glob("sanad-*")) == []


def test_it_holds_the_articles_given_and_those_of_the_sources(folder: Path, write: Write) -> None:
    write("bridge.md", f"---\ntitle: الجسر\n---\n{BODY}")
    single = write("else/sea.txt", "The sea was calm.\n\nA ship came in the morning with 20 men.")
    with temporary_assistant(Settings(), [folder, str(single)], [GIVEN]) as assistant:
        held = {article.id: article for article in assistant.store.iter_articles()}
        assert held.keys() == {"given-000", "bridge.md", "else/sea.txt"}
        assert held["given-000"].text == GIVEN.text
        assert (held["given-000"].title, held["given-000"].lang) == ("Market", "en")
        assert held["bridge.md"].lang == "ar"
        answer = assistant.ask("When did the covered market burn down?")
        assert answer.hits[0].article.id == "given-000"


def test_it_lies_in_a_folder_of_its_own_beside_the_users_store(
    moment: Path, tmp_path: Path
) -> None:
    mine = Settings(store=tmp_path / "mine", chroma_url="http://localhost:1", k=3)
    with temporary_assistant(mine, [], [GIVEN]) as assistant:
        (folder,) = moment.glob("sanad-*")
        assert assistant.store.path.is_relative_to(folder)
        assert (assistant.settings.k, assistant.settings.chroma_url) == (3, None)
        assert assistant.settings.store == folder / "store"
    assert not folder.exists()
    assert not mine.store.exists()


def test_without_articles_it_is_empty() -> None:
    with temporary_assistant(Settings(), []) as assistant:
        assert list(assistant.store.iter_articles()) == []
        assert assistant.ask("Who?").refused


def test_it_is_gone_after_an_error_too(moment: Path) -> None:
    def interrupted() -> None:
        with temporary_assistant(Settings(), [], [GIVEN]):
            assert len(list(moment.glob("sanad-*"))) == 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()


def test_a_source_that_cannot_be_read_is_an_error(folder: Path, write: Write) -> None:
    write("good.md", BODY)
    broken = write("broken.md", "---\ntitle: never closed\n\ntext")
    missing = folder / "missing.md"
    with (
        pytest.raises(SourceError) as error,
        temporary_assistant(Settings(), [missing, folder], [GIVEN]),
    ):
        pytest.fail("it was opened")
    said = str(error.value)
    assert str(missing) in said
    assert said.endswith(" 1 more could not be read.")
    with (
        pytest.raises(SourceError, match=r"broken\.md: Its front matter never ends"),
        temporary_assistant(Settings(), [broken]),
    ):
        pytest.fail("it was opened")


@pytest.mark.parametrize("name", ["empty", "notes"])
def test_a_folder_without_articles_is_an_error(folder: Path, write: Write, name: str) -> None:
    (folder / "empty").mkdir()
    write("notes/photo.png", b"\x89PNG")
    with (
        pytest.raises(SourceError, match=f"{name}: There is nothing to read in this folder"),
        temporary_assistant(Settings(), [folder / name]),
    ):
        pytest.fail("it was opened")


def test_an_article_that_is_given_twice_is_an_error(write: Write) -> None:
    source = write("same.jsonl", '{"id": "given-000", "text": "Another article altogether."}\n')
    with (
        pytest.raises(SourceError, match="given-000"),
        temporary_assistant(Settings(), [source], [GIVEN]),
    ):
        pytest.fail("it was opened")


def test_a_source_beyond_the_limit_is_an_error(write: Write) -> None:
    source = write("long.md", BODY * 50)
    with (
        pytest.raises(SourceError, match=r"long\.md: "),
        temporary_assistant(Settings(max_source_mb=0.001), [source]),
    ):
        pytest.fail("it was opened")


def test_private_addresses_are_read_if_the_settings_say_so() -> None:
    with (
        pytest.raises(SourceError, match=r"^http://127\.0\.0\.1:9/: It cannot be reached"),
        temporary_assistant(Settings(allow_private=True), ["http://u:s@127.0.0.1:9/"]),
    ):
        pytest.fail("it was opened")


def test_without_an_encoder_nothing_is_left(tmp_path: Path) -> None:
    with (
        pytest.raises(EncoderError),
        temporary_assistant(Settings(encoder=str(tmp_path / "none")), [], [GIVEN]),
    ):
        pytest.fail("it was opened")


def test_progress_is_told(folder: Path, write: Write) -> None:
    write("bridge.md", BODY)
    told: list[Progress] = []
    with temporary_assistant(Settings(), [folder], [GIVEN], on_progress=told.append):
        assert told[-1].done == told[-1].total == 2
        assert told[-1].chunks == 2


PASSAGES = (
    Article("p1", "Market", "The covered market burned down. " * 400, "en", "2022-01-13"),
    Article("p2", "", BODY, "ar"),
)


def test_passages_stay_whole_however_long_they_are() -> None:
    encoder = HashingEncoder()
    with passages_store(PASSAGES, encoder) as store:
        for passage in PASSAGES:
            (chunk,) = store.article_chunks(passage.id)
            assert (chunk.text, chunk.lang) == (passage.text, passage.lang)
            (vector,) = store.vectors([chunk.id]).values()
            (whole,) = encoder.encode_passages([passage_text(passage, chunk)])
            assert np.allclose(vector, whole, atol=1e-3)
        assert list(store.iter_articles()) == list(PASSAGES)


def test_articles_are_read_and_stored_nowhere(
    moment: Path, folder: Path, write: Write, tmp_path: Path
) -> None:
    write("bridge.md", f"---\ntitle: الجسر\ndate: 2022-01-13\n---\n{BODY}")
    write("else/sea.txt", "The sea was calm.")
    found = read_articles([folder], Settings(store=tmp_path / "mine"))
    assert found.keys() == {"bridge.md", "else/sea.txt"}
    assert (found["bridge.md"].title, found["bridge.md"].text) == ("الجسر", BODY)
    assert list(moment.iterdir()) == []
    assert not (tmp_path / "mine").exists()


def test_articles_that_cannot_be_read_are_an_error(folder: Path, write: Write) -> None:
    write("notes/photo.png", b"\x89PNG")
    with pytest.raises(SourceError, match=r"There is no article in .*notes"):
        read_articles([folder / "notes"], Settings())
    with pytest.raises(SourceError, match=r"none\.md"):
        read_articles([folder / "none.md"], Settings())
