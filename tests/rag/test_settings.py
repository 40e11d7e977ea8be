from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from rag.errors import SettingsError
from rag.settings import (
    PROMPTS,
    SAMPLE_ARTICLES,
    SHIPPED_ENCODER,
    Settings,
    load_settings,
)


def test_the_defaults_need_nothing_but_the_repository() -> None:
    settings = load_settings()
    assert settings.store == Path(".sanad")
    assert settings.encoder == str(SHIPPED_ENCODER)
    assert settings.chat_model is None
    assert settings.chroma_url is None
    assert settings.answer_lang == "auto"
    assert SHIPPED_ENCODER.is_dir()
    assert SAMPLE_ARTICLES.is_dir()
    assert PROMPTS.is_dir()


def test_variables_are_read_and_arguments_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANAD_STORE", "/data/store")
    monkeypatch.setenv("SANAD_K", "12")
    monkeypatch.setenv("SANAD_REFUSE", "false")
    monkeypatch.setenv("SANAD_FUSION", "rrf")
    settings = load_settings(k=3, store=None)
    assert (settings.store, settings.k, settings.refuse) == (Path("/data/store"), 3, False)
    assert settings.fusion == "rrf"


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANAD_CHAT_MODEL", "")
    monkeypatch.setenv("SANAD_K", "")
    assert load_settings() == Settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SANAD_K", "0"),
        ("SANAD_K", "many"),
        ("SANAD_DEPTH", "5000"),
        ("SANAD_ANSWER_LANG", "fr"),
        ("SANAD_FUSION", "sum"),
        ("SANAD_DENSE_WEIGHT", "-1"),
        ("SANAD_MAX_SOURCE_MB", "0"),
        ("SANAD_CHAT_TIMEOUT", "soon"),
        ("SANAD_THREADS", "0"),
        ("SANAD_REFUSE", "perhaps"),
        ("SANAD_ALLOWED_HOSTS", "https://news.example"),
        ("SANAD_ALLOWED_HOSTS", "news.example, :8000"),
    ],
)
def test_a_wrong_value_names_its_variable(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=f"^{variable}='{value}' will not do: .+unset it"):
        load_settings()


def test_a_wrong_argument_names_its_variable() -> None:
    with pytest.raises(SettingsError, match=r"^SANAD_K=0 will not do"):
        load_settings(k=0)
    with pytest.raises(SettingsError, match=r"^SANAD_KK=3 will not do"):
        load_settings(kk=3)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().k = 3  # type: ignore[misc]
