from __future__ import annotations

import dataclasses

import pytest

import rag.errors
from rag.errors import (
    ChatModelError,
    EncoderError,
    QuestionError,
    SanadError,
    SettingsError,
    SourceError,
    StoreError,
    StoreLocked,
    StoreMismatch,
    StoreMissing,
)
from rag.types import Article

ARTICLE = Article("id", "عنوان", "نص", "ar", "2022-01-09", "https://example.org", "سند")


@pytest.mark.parametrize(
    "change",
    [
        {"id": "other"},
        {"title": "عنوان آخر"},
        {"text": "نص آخر"},
        {"lang": "en"},
        {"published": None},
        {"url": None},
        {"source": None},
    ],
)
def test_the_content_hash_tells_every_change(change: dict[str, str]) -> None:
    assert dataclasses.replace(ARTICLE, **change).content_hash != ARTICLE.content_hash


def test_the_content_hash_is_the_same_for_the_same_article() -> None:
    assert dataclasses.replace(ARTICLE).content_hash == ARTICLE.content_hash
    assert len(ARTICLE.content_hash) == 64


def test_a_lone_surrogate_can_be_hashed() -> None:
    assert Article("id", "t", "\ud800", "en").content_hash


@pytest.mark.parametrize(
    ("error", "parent"),
    [
        (SettingsError, SanadError),
        (SourceError, SanadError),
        (QuestionError, SanadError),
        (EncoderError, SanadError),
        (ChatModelError, SanadError),
        (StoreError, SanadError),
        (StoreMissing, StoreError),
        (StoreLocked, StoreError),
        (StoreMismatch, StoreError),
        (SanadError, Exception),
    ],
)
def test_the_tree_of_errors(error: type[Exception], parent: type[Exception]) -> None:
    assert error.__bases__ == (parent,)
    assert error.__name__ in (rag.errors.__doc__ or "")


def test_the_docstring_names_every_error() -> None:
    kinds = [k for k in vars(rag.errors).values() if isinstance(k, type)]
    assert all(kind.__name__ in (rag.errors.__doc__ or "") for kind in kinds)
