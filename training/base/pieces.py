"""Which pieces of a multilingual vocabulary two languages need, and a tokenizer of those."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from training.data.pieces import piece_ids

SPECIAL = {"cls_token": "<s>", "pad_token": "<pad>", "sep_token": "</s>", "unk_token": "<unk>"}
SPACE = "▁"
"""Begins the first piece of a word."""
SCRIPTS = ("LATIN", "ARABIC")

_VOWELS = r"\u0640\u064b-\u065f\u0670"
_DIRECTIONS = r"\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"


def tokenizer(pieces: Sequence[tuple[str, float]]) -> Tokenizer:
    """A unigram tokenizer of (piece, log probability); vowel and direction marks are dropped."""
    made: Any = Tokenizer(models.Unigram(list(pieces), unk_id=list(SPECIAL).index("unk_token")))
    made.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(f"[{_VOWELS}{_DIRECTIONS}]"), ""),
            normalizers.NFKC(),
            normalizers.Replace(Regex(r"\s+"), " "),
        ]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace(SPACE, prepend_scheme="always")
    made.decoder = decoders.Metaspace(SPACE, prepend_scheme="always")
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return made  # type: ignore[no-any-return]


def needed(
    pieces: Sequence[tuple[str, float]], whole: Tokenizer, texts: Iterable[str], least: int
) -> list[int]:
    """Places of the pieces that occur ``least`` times in ``texts``, and of all single letters."""
    counts: Counter[int] = Counter()
    for ids in piece_ids(whole, texts):
        counts.update(ids)
    return [
        place
        for place, (piece, _) in enumerate(pieces)
        if place < len(SPECIAL)
        or (_of_scripts(piece) and (counts[place] >= least or _single(piece)))
    ]


def _of_scripts(piece: str) -> bool:
    return all(
        not letter.isalpha() or any(script in unicodedata.name(letter, "") for script in SCRIPTS)
        for letter in piece
    )


def _single(piece: str) -> bool:
    return len(piece) == 1 and (piece.isascii() or "\u0600" <= piece <= "\u06ff")
