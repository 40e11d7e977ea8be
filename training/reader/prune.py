"""Leave out word pieces that hardly occur, so that the models together stay small.

    python -m training.reader.prune FOLDER --pieces 43000 --export FOLDER

Words that were one rare piece are then spelt in several; single characters all stay, so that there
is nothing that could not be spelt.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training import arguments, settings
from training.narrow import narrow

BATCH = 1000


def main() -> None:
    """Write the smaller reader, and print what is left."""
    parser = arguments.parser("training.reader.prune", __doc__, export="required")
    parser.add_argument("reader", type=Path)
    parser.add_argument("--pieces", type=int, required=True)
    given = parser.parse_args()
    counts = count(given.reader, settings.load(given.config).data)
    kept = prune(given.reader, counts, given.pieces, given.export)
    lost = sum(counts.values()) - sum(counts[id_] for id_ in kept)
    print(f"{len(kept)} pieces kept; those left out were {lost / sum(counts.values()):.2%} of text")


def count(reader: Path, data: Path) -> Counter[int]:
    """How often each piece occurs in text of both languages (question and passage, news, pairs)."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(reader / "tokenizer.json"))
    tokenizer.no_truncation()
    counts: Counter[int] = Counter()
    batch: list[str] = []
    for text in _texts(data):
        batch.append(text)
        if len(batch) == BATCH:
            counts.update(_ids(tokenizer, batch))
            batch = []
    counts.update(_ids(tokenizer, batch))
    return counts


def keep(vocabulary: dict[str, int], counts: Counter[int], pieces: int) -> list[int]:
    """Ids to keep, rising: of special pieces, single characters, and the most frequent others."""
    needed = {
        id_
        for piece, id_ in vocabulary.items()
        if piece.startswith("[") or len(piece.removeprefix("##")) == 1
    }
    rest = sorted(set(vocabulary.values()) - needed, key=lambda id_: (-counts[id_], id_))
    return sorted([*needed, *rest[: max(0, pieces - len(needed))]])


def prune(reader: Path, counts: Counter[int], pieces: int, folder: Path) -> list[int]:
    """Write ``reader`` with ``pieces`` word pieces to ``folder``; returns the ids kept."""
    import torch
    from transformers import AutoTokenizer, BertForQuestionAnswering

    tokenizer = AutoTokenizer.from_pretrained(reader, local_files_only=True)
    written: dict[str, Any] = json.loads((reader / "tokenizer.json").read_text("utf-8"))
    vocabulary: dict[str, int] = written["model"]["vocab"]
    kept = keep(vocabulary, counts, pieces)
    renumbered = {old: new for new, old in enumerate(kept)}
    model: Any = BertForQuestionAnswering.from_pretrained(
        reader, dtype=torch.float16, local_files_only=True
    )
    words = model.bert.embeddings.word_embeddings
    model.bert.embeddings.word_embeddings = torch.nn.Embedding(
        len(kept), words.embedding_dim, renumbered[words.padding_idx], _weight=words.weight[kept]
    )
    model.config.vocab_size = len(kept)
    model.save_pretrained(folder)
    narrow(folder)
    tokenizer.save_pretrained(folder)
    written["model"]["vocab"] = {
        piece: renumbered[id_] for piece, id_ in vocabulary.items() if id_ in renumbered
    }
    _renumber(written, renumbered)
    (folder / "tokenizer.json").write_text(json.dumps(written, ensure_ascii=False), "utf-8")
    return kept


def _renumber(tokenizer: dict[str, Any], renumbered: dict[int, int]) -> None:
    """Special tokens by their new ids, wherever the tokenizer's file names them."""
    for token in tokenizer["added_tokens"]:
        token["id"] = renumbered[token["id"]]
    for special in (tokenizer.get("post_processor") or {}).get("special_tokens", {}).values():
        special["ids"] = [renumbered[id_] for id_ in special["ids"]]


def _ids(tokenizer: Any, texts: list[str]) -> Iterator[int]:
    for encoding in tokenizer.encode_batch(texts, add_special_tokens=False):
        yield from encoding.ids


def _texts(data: Path) -> Iterator[str]:
    for file in sorted((data / "mono").glob("*.txt.gz")) + sorted((data / "parallel").glob("*.gz")):
        yield from gzip.decompress(file.read_bytes()).decode("utf-8").split("\n")
    for file in sorted((data / "qa").glob("*.jsonl.gz")):
        for line in gzip.decompress(file.read_bytes()).decode("utf-8").rstrip("\n").split("\n"):
            row = json.loads(line)
            yield f"{row['question']} {row['context']}"


if __name__ == "__main__":
    main()
