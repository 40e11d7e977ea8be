from __future__ import annotations

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from tests.cli.samples import ARABIC, ENGLISH


@pytest.fixture(scope="session")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("articles")
    for article in (ARABIC, ENGLISH):
        head = f"---\ntitle: {article.title}\ndate: {article.published}\n---\n"
        (folder / article.id).write_text(f"{head}\n{article.text}\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def store(articles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two articles, made by the command line itself with the shipped encoder."""
    path = tmp_path_factory.mktemp("sanad") / "store"
    result = CliRunner().invoke(app, ["ingest", str(articles), "--store", str(path)])
    assert result.exit_code == 0, result.output
    return path


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
