"""Loading the chat model that writes answers, and saying in plain words why it failed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.errors import ChatModelError
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

WAY_OUT = "or unset SANAD_CHAT_MODEL to answer with quotes alone."

# Connections are not kept: each question may be answered in an event loop of its own, and an
# idle connection would outlive the loop that it belongs to.
_HEADERS = {"Connection": "close"}


@dataclass(frozen=True, slots=True)
class Provider:
    """Who serves chat models: its name for LangChain, our extra for it, how it is set up."""

    langchain: str
    extra: str
    key: str | None = None
    start: str = ""
    fetch: str = ""


PROVIDERS = {
    "anthropic": Provider("anthropic", "anthropic", key="ANTHROPIC_API_KEY"),
    "google": Provider("google_genai", "google", key="GOOGLE_API_KEY"),
    "ollama": Provider("ollama", "ollama", start=" with `ollama serve`", fetch="ollama pull "),
    "openai": Provider("openai", "openai", key="OPENAI_API_KEY"),
}


@dataclass(frozen=True, slots=True)
class ModelName:
    """What messages call the model, where it is if that was set, and how long it is given."""

    provider: str
    name: str
    address: str | None = None
    timeout: float = 60.0

    def __str__(self) -> str:
        place = f" at {self.address}" if self.address else ""
        return f"The chat model {self.provider}:{self.name}{place}"


def model_name(settings: Settings) -> ModelName:
    """Read ``settings.chat_model``, spelt ``provider:name``.

    Raises:
        ChatModelError: it is not spelt so, or the provider is not one of :data:`PROVIDERS`.
    """
    spelling = settings.chat_model or ""
    provider, _, name = (part.strip() for part in spelling.partition(":"))
    known = ", ".join(PROVIDERS)
    if not (provider and name):
        raise ChatModelError(
            f"SANAD_CHAT_MODEL={spelling!r} does not say who provides the model. Write it as "
            f"provider:name, as in ollama:qwen3:8b; the providers are {known}."
        )
    provider = "google" if provider.lower() == "google_genai" else provider.lower()
    if provider not in PROVIDERS:
        raise ChatModelError(
            f"SANAD_CHAT_MODEL={spelling!r} names a provider that is not known here. Write it as "
            f"provider:name, with one of {known}; a server that speaks OpenAI's protocol is "
            "openai, with its address in SANAD_CHAT_BASE_URL."
        )
    return ModelName(provider, name, _shown(settings.chat_base_url), settings.chat_timeout)


def load_chat_model(settings: Settings) -> BaseChatModel:
    """The chat model that ``settings.chat_model`` names, at temperature 0; nothing is sent yet.

    Raises:
        ChatModelError: the name makes no sense, the provider's package or key is missing, or
            the provider does not take the settings.
    """
    model = model_name(settings)
    provider = PROVIDERS[model.provider]
    try:
        created = _create(provider, model.name, settings)
    except ImportError as error:
        raise ChatModelError(
            f"{model} needs a package that is not installed. "
            f'Install it with `pip install "sanad[{provider.extra}]"`, {WAY_OUT}'
        ) from error
    except Exception as error:  # each provider has exceptions of its own
        if provider.key and provider.key in str(error):
            raise _no_key(model, provider) from error
        raise ChatModelError(
            f"{model} cannot be set up: {_brief(error)}. "
            f"Correct SANAD_CHAT_MODEL and SANAD_CHAT_BASE_URL, {WAY_OUT}"
        ) from error
    key = getattr(created, "anthropic_api_key", None)
    if key is not None and not key.get_secret_value():  # the others notice it themselves
        raise _no_key(model, provider)
    return created


def _create(provider: Provider, name: str, settings: Settings) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    options = _options(provider, settings)
    try:
        created: BaseChatModel = init_chat_model(name, model_provider=provider.langchain, **options)
    except Exception as error:
        own_server = provider.langchain == "openai" and settings.chat_base_url
        if not own_server or "OPENAI_API_KEY" not in str(error):
            raise
        # A server of one's own seldom asks for a key, and the client insists on sending one.
        options["api_key"] = "none"
        created = init_chat_model(name, model_provider=provider.langchain, **options)
    return created


def _options(provider: Provider, settings: Settings) -> dict[str, Any]:
    """The settings in the provider's own terms."""
    options: dict[str, Any] = {"temperature": 0}
    if settings.chat_base_url:
        options["base_url"] = settings.chat_base_url
    if provider.langchain == "ollama":
        # Its default context of 4096 tokens would cut the passages off without a word.
        options["num_ctx"] = max(8192, 2048 + 700 * settings.k)
        options["client_kwargs"] = {"timeout": settings.chat_timeout, "headers": _HEADERS}
        return options
    options["timeout"] = settings.chat_timeout
    options["max_retries"] = 1
    if provider.langchain == "google_genai":
        options["max_retries"] = 2  # it counts the first attempt too
        options["additional_headers"] = _HEADERS
    else:
        options["default_headers"] = _HEADERS
    return options


def explain(error: Exception, model: ModelName, *, writing: bool) -> ChatModelError:
    """What went wrong with ``model`` and what to do; ``writing``: it had begun to answer."""
    import httpx
    from langchain_core import exceptions as langchain

    provider = PROVIDERS.get(model.provider)
    status = _status(error)
    timed_out = isinstance(
        error, langchain.ModelTimeoutError | TimeoutError | httpx.TimeoutException
    )
    if writing:
        why = f"nothing came for {model.timeout:g} s" if timed_out else _brief(error)
        said = f"broke off in the middle of its answer ({why}). Ask again,"
    elif timed_out:
        said = f"said nothing for {model.timeout:g} s. Ask again, raise SANAD_CHAT_TIMEOUT,"
    elif isinstance(error, langchain.ModelConnectionError | OSError | httpx.TransportError):
        start = provider.start if provider else ""
        said = f"cannot be reached. Start its server{start}, correct SANAD_CHAT_BASE_URL,"
    elif isinstance(error, langchain.ContextOverflowError):
        said = "cannot read this many passages at once. Lower SANAD_K, choose another model,"
    elif status in {401, 403}:
        key = (provider.key if provider else None) or "its key"
        said = f"refuses the key. Correct {key},"
    elif status == 404:
        fetch = f"Get it with `{provider.fetch}{model.name}`" if provider and provider.fetch else ""
        said = f"is not known to its server. {fetch or 'Correct SANAD_CHAT_MODEL'},"
    elif status == 429:
        said = "takes no more requests at the moment. Wait a little and ask again,"
    elif status == 400:
        said = f"refuses the request ({_brief(error)}). Choose another model,"
    else:
        said = f"failed ({_brief(error)}). Ask again,"
    return ChatModelError(f"{model} {said} {WAY_OUT}")


def _status(error: Exception) -> int | None:
    """The HTTP status behind ``error``, from what LangChain or the provider says of it."""
    from langchain_core import exceptions as langchain

    kinds: tuple[tuple[type[Exception], int], ...] = (
        (langchain.ModelInvalidRequestError, 400),
        (langchain.ModelAuthenticationError, 401),
        (langchain.ModelPermissionDeniedError, 403),
        (langchain.ModelNotFoundError, 404),
        (langchain.ModelRateLimitError, 429),
    )
    known = next((status for kind, status in kinds if isinstance(error, kind)), None)
    return known or getattr(error, "status_code", None)


def _no_key(model: ModelName, provider: Provider) -> ChatModelError:
    return ChatModelError(f"{model} needs a key. Set {provider.key} to yours, {WAY_OUT}")


def _brief(error: Exception) -> str:
    """The error on one line, at a length that can be read."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:199]}…"


def _shown(address: str | None) -> str | None:
    """``address`` without the user name and password that it may hold."""
    return re.sub(r"//[^/@]*@", "//", address) if address else None
