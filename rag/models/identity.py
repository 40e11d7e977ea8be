"""A model's folder: where it is, what identifies it, which prompts its family needs.

Nothing here imports torch: a store is opened, or refused, before the model is loaded.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from rag.errors import EncoderError

FAMILY_PROMPTS: tuple[tuple[str, dict[str, str]], ...] = (
    (
        r"\be5\b.*\binstruct\b",
        {
            "query": "Instruct: Given a web search query, retrieve relevant passages that answer "
            "the query\nQuery: ",
            "document": "",
        },
    ),
    (r"\be5\b", {"query": "query: ", "document": "passage: "}),
    (r"\bbge-m3\b", {}),
    (
        r"\bbge\b",
        {"query": "Represent this sentence for searching relevant passages: ", "document": ""},
    ),
)
"""Prompts by a pattern in the model's name, for models whose own configuration has none."""

_WEIGHT_FILES = ("*.safetensors", "pytorch_model*.bin", "*.onnx")
"""In the order in which the library prefers them: the first kind that is there counts."""
_NOT_NEEDED = ["onnx/*", "openvino/*", "*.msgpack", "*.h5", "*.ot", "*.gguf"]


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """What a store remembers of the encoder that made its vectors.

    ``name`` is for people; ``weights`` (a SHA-256 prefix over weights, tokenizer and
    configuration) and ``dimension`` decide whether two encoders are the same.
    """

    name: str
    weights: str
    dimension: int


def encoder_identity(name: str) -> EncoderIdentity:
    """Identity of the model called ``name``, from its files alone (no torch is imported).

    Raises:
        EncoderError: there is no such folder or model, or it is not a complete model.
    """
    folder = model_folder(name)
    kinds = (sorted(folder.rglob(pattern)) for pattern in _WEIGHT_FILES)
    weights = next((files for files in kinds if files), [])
    if not weights:
        raise EncoderError(
            f"The encoder {name!r} holds no weights ({folder}). Point SANAD_ENCODER at a "
            "complete sentence-transformers folder, or unset it for the shipped encoder."
        )
    digest = hashlib.sha256()
    for file in [*weights, *_configuration(folder)]:
        digest.update(file.relative_to(folder).as_posix().encode())
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return EncoderIdentity(_display_name(name), digest.hexdigest()[:16], _dimension(folder, name))


def family_prompts(name: str) -> dict[str, str]:
    """Default prompts for a model of that name; empty when its family needs none.

    >>> family_prompts("intfloat/multilingual-e5-base")["query"]
    'query: '
    """
    base = Path(name).name.lower().replace("_", "-")
    found = (prompts for pattern, prompts in FAMILY_PROMPTS if re.search(pattern, base))
    return dict(next(found, {}))


def model_folder(name: str) -> Path:
    """The folder of the model: ``name`` itself, or a hub model's snapshot (fetched if need be).

    Raises:
        EncoderError: there is no such folder, and no such model to be had.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or name.startswith((".", "~")) or name.count("/") != 1:
        raise EncoderError(
            f"There is no encoder folder {name!r}. Set SANAD_ENCODER to a folder or a model "
            "name such as intfloat/multilingual-e5-base, or unset it for the shipped encoder."
        )
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        try:
            return Path(snapshot_download(name, local_files_only=True))
        except LocalEntryNotFoundError:
            return Path(snapshot_download(name, ignore_patterns=_NOT_NEEDED))
    except Exception as error:  # the hub client raises a dozen unrelated kinds
        raise EncoderError(
            f"The encoder {name!r} is neither a folder here nor to be had from the model hub "
            f"({type(error).__name__}). Download it where there is a network, or unset "
            "SANAD_ENCODER for the shipped encoder."
        ) from error


def _configuration(folder: Path) -> list[Path]:
    """What shapes the vectors beside the weights: tokenizer, pooling, length, prompts."""
    modules = [file for file in folder.glob("*/*.json") if file.parent.name[0].isdigit()]
    vocabularies = [folder / name for name in ("vocab.txt", "sentencepiece.bpe.model")]
    return sorted([*folder.glob("*.json"), *modules, *(f for f in vocabularies if f.is_file())])


def _display_name(name: str) -> str:
    folder = Path(name).expanduser()
    return folder.resolve().name if folder.is_dir() else name


def _dimension(folder: Path, name: str) -> int:
    """Output dimension: of the last dense layer or pooling in several ways, else of the model."""
    layers = [*folder.glob("*_Dense/config.json"), *folder.glob("*_Pooling/config.json")]
    layers.sort(key=lambda file: int(file.parent.name.partition("_")[0]), reverse=True)
    for file in [*layers, folder / "config.json"]:
        try:
            config = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError):
            continue
        modes = config.get("pooling_mode") if isinstance(config, dict) else None
        if isinstance(modes, list) and isinstance(config.get("embedding_dimension"), int):
            return len(modes) * int(config["embedding_dimension"])
        for key in ("out_features", "hidden_size", "dim", "d_model"):
            if isinstance(config, dict) and isinstance(config.get(key), int):
                return int(config[key])
    raise EncoderError(
        f"The encoder {name!r} has no config.json that states its dimension. Point SANAD_ENCODER "
        "at a complete sentence-transformers folder, or unset it for the shipped encoder."
    )
