"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib

import pytest

from rag.settings import ROOT

MODULES = sorted(
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for package in ("rag", "evaluate", "ingest", "ui", "training", "bench")
    for file in (ROOT / package).rglob("*.py")
    if ">>> " in file.read_text("utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_examples_are_found() -> None:
    assert doctest.testmod(importlib.import_module("rag.language.text")).attempted > 0
