"""The embedding model: text in, unit vectors out.

The shipped encoder is a sentence-transformers folder; ``SANAD_ENCODER`` names any other. Models
that want their queries and passages marked get their own prompts, or the family's where the
model does not carry them.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]

BATCH_SIZE = 32

FAMILY_PROMPTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("e5", {"query": "query: ", "document": "passage: "}),
    ("bge-m3", {}),
    (
        "bge",
        {"query": "Represent this sentence for searching relevant passages: ", "document": ""},
    ),
)
"""Prompts by a part of the model's name, for models whose own configuration has none."""

_WEIGHT_FILES = ("*.safetensors", "pytorch_model*.bin", "*.onnx")
_CONTENT_FILES = ("tokenizer.json", "vocab.txt", "sentencepiece.bpe.model", "config.json")


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """What a store remembers of the encoder that made its vectors.

    ``name`` is for people; ``weights`` (a SHA-256 prefix over weights and tokenizer) and
    ``dimension`` decide whether two encoders are the same.
    """

    name: str
    weights: str
    dimension: int


class Encoder(Protocol):
    """What the rest of Sanad needs of an embedding model."""

    @property
    def identity(self) -> EncoderIdentity:
        """Name, weights hash and dimension."""
        ...

    @property
    def max_tokens(self) -> int:
        """Longest input in tokens, special tokens included; the rest would be cut off."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens included."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions: float32, shape (n, dimension), unit length."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages: float32, shape (n, dimension), unit length."""
        ...


class SentenceTransformerEncoder:
    """An :class:`Encoder` over a loaded sentence-transformers model."""

    def __init__(self, model: SentenceTransformer, identity: EncoderIdentity) -> None:
        self._model = model
        self._identity = identity

    @property
    def identity(self) -> EncoderIdentity:
        return self._identity

    @property
    def max_tokens(self) -> int:
        return int(self._model.max_seq_length or 512)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if not texts:
            return []
        encoded = self._model.tokenizer(list(texts), truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._unit(self._model.encode_query, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._unit(self._model.encode_document, texts)

    def _unit(self, encode: object, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self._identity.dimension), dtype=np.float32)
        vectors = encode(  # type: ignore[operator]
            list(texts),
            batch_size=BATCH_SIZE,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)


def encoder_identity(name: str) -> EncoderIdentity:
    """Identity of the model called ``name``, from its files alone (no torch is imported).

    Raises:
        EncoderError: there is no such folder or model, or it is not a complete model.
    """
    folder = _resolve(name)
    weights = sorted({f for pattern in _WEIGHT_FILES for f in folder.rglob(pattern)})
    if not weights:
        raise EncoderError(
            f"The encoder {name!r} holds no weights ({folder}). Point SANAD_ENCODER at a "
            "complete sentence-transformers folder, or unset it for the shipped encoder."
        )
    digest = hashlib.sha256()
    for file in [*weights, *(folder / f for f in _CONTENT_FILES if (folder / f).is_file())]:
        digest.update(file.relative_to(folder).as_posix().encode())
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return EncoderIdentity(_display_name(name), digest.hexdigest()[:16], _dimension(folder, name))


def load_encoder(name: str, threads: int | None = None) -> SentenceTransformerEncoder:
    """Load the sentence-transformers model called ``name`` (a folder or a hub name) on the CPU.

    Importing the library takes seconds, loading the shipped model a fraction of one.

    Raises:
        EncoderError: the model is not there or cannot be loaded.
    """
    identity = encoder_identity(name)
    folder = _resolve(name)
    _stay_offline()
    import torch
    from sentence_transformers import SentenceTransformer

    if threads is not None:
        torch.set_num_threads(threads)
    try:
        model = SentenceTransformer(
            str(folder), device="cpu", model_kwargs={"dtype": "float32"}, local_files_only=True
        )
    except (OSError, ValueError, KeyError, RuntimeError, AttributeError) as error:
        raise EncoderError(
            f"The encoder {name!r} cannot be loaded: {error}. Point SANAD_ENCODER at a "
            "complete sentence-transformers folder, or unset it for the shipped encoder."
        ) from error
    _add_family_prompts(model, name)
    return SentenceTransformerEncoder(model, identity)


def family_prompts(name: str) -> dict[str, str]:
    """Default prompts for a model of that name; empty when its family needs none.

    >>> family_prompts("intfloat/multilingual-e5-base")["query"]
    'query: '
    """
    base = Path(name).name.lower()
    return next((dict(prompts) for part, prompts in FAMILY_PROMPTS if part in base), {})


def _add_family_prompts(model: SentenceTransformer, name: str) -> None:
    if not any(model.prompts.values()):
        model.prompts.update(family_prompts(name))


def _resolve(name: str) -> Path:
    """The folder of the model: ``name`` itself, or a hub model's snapshot (fetched if need be)."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or name.startswith((".", "~")) or name.count("/") != 1:
        raise EncoderError(
            f"There is no encoder folder {name!r}. Set SANAD_ENCODER to a folder or a model "
            "name such as intfloat/multilingual-e5-base, or unset it for the shipped encoder."
        )
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name))
    except Exception as error:  # the hub client raises a dozen unrelated kinds
        raise EncoderError(
            f"The encoder {name!r} is neither a folder here nor to be had from the model hub "
            f"({type(error).__name__}). Download it where there is a network, or unset "
            "SANAD_ENCODER for the shipped encoder."
        ) from error


def _display_name(name: str) -> str:
    folder = Path(name).expanduser()
    return folder.name if folder.is_dir() else name


def _dimension(folder: Path, name: str) -> int:
    """Output dimension from the configuration files: of a dense layer, else the transformer's."""

    configs = [*sorted(folder.glob("*_Dense/config.json"), reverse=True), folder / "config.json"]
    for file in configs:
        if file.is_file():
            config = json.loads(file.read_text("utf-8"))
            for key in ("out_features", "hidden_size", "dim", "d_model"):
                if key in config:
                    return int(config[key])
    raise EncoderError(
        f"The encoder {name!r} has no config.json that states its dimension. Point SANAD_ENCODER "
        "at a complete sentence-transformers folder, or unset it for the shipped encoder."
    )


def _stay_offline() -> None:
    """A local folder needs no hub; without this a look-up of optional files can hang for minutes."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


class RememberingEncoder:
    """An encoder that does not encode the same text twice in a row of questions.

    Vectors of the last ``size`` queries and passages are kept (1.5 kB each at 384 dimensions).
    """

    def __init__(self, encoder: Encoder, size: int = 4096) -> None:
        self._encoder = encoder
        self._queries: OrderedDict[str, Vectors] = OrderedDict()
        self._passages: OrderedDict[str, Vectors] = OrderedDict()
        self._size = size
        self._lock = threading.Lock()

    @property
    def identity(self) -> EncoderIdentity:
        return self._encoder.identity

    @property
    def max_tokens(self) -> int:
        return self._encoder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._encoder.count_tokens(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._recall(self._queries, self._encoder.encode_queries, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._recall(self._passages, self._encoder.encode_passages, texts)

    def _recall(
        self,
        known: OrderedDict[str, Vectors],
        encode: Callable[[Sequence[str]], Vectors],
        texts: Sequence[str],
    ) -> Vectors:
        if not texts:
            return encode(texts)
        with self._lock:
            vectors = {text: known[text] for text in texts if text in known}
        new = [text for text in dict.fromkeys(texts) if text not in vectors]
        if new:
            vectors.update(zip(new, encode(new), strict=True))
        with self._lock:
            for text in vectors:
                known[text] = vectors[text]
                known.move_to_end(text)
            while len(known) > self._size:
                known.popitem(last=False)
        return np.stack([vectors[text] for text in texts])
