"""A chat model by its name, and what is said when it cannot be had."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAuthenticationError,
    ModelNotFoundError,
)
from langchain_core.language_models import FakeListChatModel
from langchain_openai import ChatOpenAI

from rag.answer.chat_model import PROVIDERS, ModelName, explain, load_chat_model, model_name
from rag.errors import ChatModelError
from rag.settings import Settings

pytestmark = pytest.mark.usefixtures("no_keys")


@pytest.mark.parametrize(
    ("spelling", "provider", "name"),
    [
        ("ollama:qwen3:8b", "ollama", "qwen3:8b"),
        ("OpenAI: gpt-4o ", "openai", "gpt-4o"),
        ("google:gemini-2.5-flash", "google", "gemini-2.5-flash"),
        ("google_genai:gemini-2.5-flash", "google", "gemini-2.5-flash"),
    ],
)
def test_model_name(spelling: str, provider: str, name: str) -> None:
    model = model_name(Settings(chat_model=spelling))
    assert (model.provider, model.name) == (provider, name)


@pytest.mark.parametrize("spelling", ["qwen3", "qwen3:8b", "gpt-4o", ":x", "openai:", "nobody:x"])
def test_a_name_that_makes_no_sense(spelling: str) -> None:
    with pytest.raises(ChatModelError, match="provider:name") as caught:
        load_chat_model(Settings(chat_model=spelling))
    assert repr(spelling) in str(caught.value)
    assert all(provider in str(caught.value) for provider in PROVIDERS)


def test_no_name() -> None:
    with pytest.raises(ChatModelError, match="SANAD_CHAT_MODEL"):
        load_chat_model(Settings())


@pytest.mark.parametrize("provider", ["anthropic", "google", "ollama"])
def test_a_package_that_is_not_installed(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = f"langchain_{PROVIDERS[provider].langchain}"
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, "langchain_community", None)
    with pytest.raises(ChatModelError) as caught:
        load_chat_model(Settings(chat_model=f"{provider}:some-model"))
    assert f'pip install "sanad[{provider}]"' in str(caught.value)
    assert f"{provider}:some-model" in str(caught.value)


def test_a_key_that_is_missing() -> None:
    with pytest.raises(ChatModelError, match="Set OPENAI_API_KEY"):
        load_chat_model(Settings(chat_model="openai:gpt-4o"))


def test_a_server_of_ones_own_needs_no_key() -> None:
    model = load_chat_model(Settings(chat_model="openai:x", chat_base_url="http://127.0.0.1:9/v1"))
    assert isinstance(model, ChatOpenAI)
    assert model.openai_api_base == "http://127.0.0.1:9/v1"


def test_the_key_that_was_set_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "mine")
    model = load_chat_model(Settings(chat_model="openai:x", chat_base_url="http://127.0.0.1:9/v1"))
    assert isinstance(model, ChatOpenAI)
    assert model.openai_api_key is not None
    assert model.openai_api_key.get_secret_value() == "mine"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ("anthropic", {"timeout": 7.0, "max_retries": 1}),
        ("google", {"timeout": 7.0, "max_retries": 2}),
        ("openai", {"timeout": 7.0, "max_retries": 1}),
        (
            "ollama",
            {
                "num_ctx": 9048,
                "client_kwargs": {"timeout": 7.0, "headers": {"Connection": "close"}},
            },
        ),
    ],
)
def test_settings_reach_the_provider(
    provider: str, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}

    def init_chat_model(name: str, **options: Any) -> FakeListChatModel:
        given.update(options, name=name)
        return FakeListChatModel(responses=[""])

    monkeypatch.setattr("langchain.chat_models.init_chat_model", init_chat_model)
    settings = Settings(
        chat_model=f"{provider}:m:1", chat_base_url="http://here", chat_timeout=7.0, k=10
    )
    load_chat_model(settings)
    common = {"name": "m:1", "temperature": 0, "base_url": "http://here"}
    assert given | common | expected == given
    assert given["model_provider"] == PROVIDERS[provider].langchain


def test_passwords_are_not_shown() -> None:
    name = model_name(Settings(chat_model="openai:x", chat_base_url="https://me:secret@host/v1"))
    assert str(name) == "The chat model openai:x at https://host/v1"


class StatusError(Exception):
    """What providers raise for an HTTP status."""

    def __init__(self, status_code: int) -> None:
        super().__init__("no")
        self.status_code = status_code


@pytest.mark.parametrize(
    ("error", "provider", "says"),
    [
        (ConnectionError("refused"), "ollama", "with `ollama serve`"),
        (StatusError(404), "ollama", "`ollama pull m`"),
        (StatusError(404), "openai", "Correct SANAD_CHAT_MODEL"),
        (ModelNotFoundError("no"), "google", "Correct SANAD_CHAT_MODEL"),
        (ModelAuthenticationError("no"), "google", "Correct GOOGLE_API_KEY"),
        (ContextOverflowError("no"), "openai", "Lower SANAD_K"),
        (StatusError(400), "openai", "refuses the request (no). Choose another model"),
        (StatusError(401), "anthropic", "Correct ANTHROPIC_API_KEY"),
        (StatusError(403), "own", "Correct its key"),
        (TimeoutError(), "google", "said nothing for 60 s"),
        (ValueError("x" * 1000), "own", "xxx…"),
        (ValueError(), "own", "ValueError"),
    ],
)
def test_explain(error: Exception, provider: str, says: str) -> None:
    message = str(explain(error, ModelName(provider, "m"), writing=False))
    assert message.startswith(f"The chat model {provider}:m ")
    assert says in message
    assert message.endswith("or unset SANAD_CHAT_MODEL to answer with quotes alone.")
    assert len(message) < 400
