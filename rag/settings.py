"""Settings, from ``SANAD_*`` environment variables."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = ROOT / "rag" / "models" / "weights"
SHIPPED_ENCODER = WEIGHTS / "encoder"
SHIPPED_READER = WEIGHTS / "reader"
SAMPLE_ARTICLES = ROOT / "articles"
PROMPTS = ROOT / "prompts"


class Settings(BaseSettings):
    """What can be set, with its default. ``SANAD_K=12`` sets ``k``."""

    model_config = SettingsConfigDict(
        env_prefix="SANAD_", env_ignore_empty=True, frozen=True, extra="forbid"
    )

    store: Path = Field(Path(".sanad"), description="Folder of the store.")
    drafts: Path = Field(
        Path("sanad-drafts.jsonl"),
        description="File for draft questions: answers that readers of the chat found wrong.",
    )
    chroma_url: str | None = Field(None, description="URL of a running Chroma server.")
    encoder: str = Field(
        str(SHIPPED_ENCODER), description="A sentence-transformers model name or folder."
    )
    reader: str = Field(
        str(SHIPPED_READER), description="A transformers folder for question answering, or none."
    )
    chat_model: str | None = Field(
        None, description="A chat model as provider:name, e.g. ollama:qwen3:8b. None: extractive."
    )
    chat_timeout: float = Field(60.0, gt=0, description="Seconds to wait for the chat model.")
    chat_base_url: str | None = Field(
        None, description="Address of the chat model's server, where it is not the provider's own."
    )
    answer_lang: Literal["auto", "ar", "en"] = Field(
        "auto", description="Language to answer in; auto is the language of the question."
    )
    k: int = Field(8, ge=1, le=50, description="Passages that an answer may rest on.")
    depth: int = Field(60, ge=1, le=1000, description="Hits taken from each search leg.")
    fusion: Literal["linear", "rrf"] = Field("linear", description="How search legs are fused.")
    rrf_k: int = Field(10, ge=0, description="The constant of reciprocal rank fusion.")
    rrf_lexical_weight: float = Field(
        3.0, ge=0, description="Weight of the lexical legs under rrf (the dense legs' is 1)."
    )
    dense_weight: float = Field(1.0, ge=0, description="Weight of the dense legs; 0: leg off.")
    lexical_weight: float = Field(0.25, ge=0, description="Weight of the lexical legs; 0: leg off.")
    cross_lexical_share: float = Field(
        0.45, ge=0, description="Share of lexical_weight across languages."
    )
    match_weight: float = Field(1.0, ge=0, description="Weight of the soft match; 0: off.")
    match_depth: int = Field(20, ge=0, le=200, description="Hits re-ordered by the soft match.")
    reader_weight: float = Field(
        0.02, ge=0, description="Weight of the reader in the order of the first hits; 0: off."
    )
    cross_language_lead: float = Field(
        2.0, ge=0, description="How much more the other language's margin counts."
    )
    max_question_chars: int = Field(2000, ge=1, description="Longest question taken.")
    max_source_mb: float = Field(20.0, gt=0, description="Largest source file or page read.")
    allow_private: bool = Field(
        False, description="Read pages from private addresses, and through a proxy, too."
    )
    refuse: bool = Field(True, description="Refuse when the articles do not hold the answer.")
    threads: int | None = Field(
        None, ge=1, description="CPU threads for the encoder and the reader."
    )
    allowed_hosts: str = Field(
        "",
        pattern=r"^(\s*[^\s\[\]:/?#@,*]+\s*(,|$))*$",
        description="Names by which the chat may be opened, with commas between them.",
    )
    bidi: Literal["auto", "terminal", "words", "kitty", "visual"] = Field(
        "auto", description="Who orders right-to-left text on the terminal; see sanad ask --help."
    )


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment; ``overrides`` that are not None win.

    Raises:
        SettingsError: a value is of the wrong kind or out of range; names the variable.
    """
    given = {key: value for key, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        raise SettingsError(
            f"SANAD_{name.upper()}={first.get('input')!r} will not do: {first['msg']}. "
            "Correct or unset it."
        ) from error
