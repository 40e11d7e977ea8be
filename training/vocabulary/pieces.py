"""Which Arabic pieces stand beside the English ones.

A word is cut greedily, its longest beginning first. So that this finds clitics where they are
(:mod:`.stems`), beginnings that more often cut a clitic's word wrongly than stand for themselves
are left out, and the stems that follow clitics are pieces as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.language.text import detect_language
from training.vocabulary.stems import CLITICS, Stems, normaliser

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
KEPT = ("كم",)
"""How many: rare in prose, but not in questions."""
COMMON = 30
"""Count from which a part that is a word is a piece even if it begins like a common clitic."""
LIKE_CLITICS = ("و", "ال", "ب", "ل")
SEEN, SEEN_LETTER = 4, 20
"""Count from which a stem behind clitics, and a letter, is a piece."""
FLATTENED, MOST_REPEATED = 0.75, 300
"""Stems are learnt from by count to this power, this often at most: names are many and rare."""
ROUNDS = 6
"""Of leaving out; a beginning left out makes way for another."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Whole words, stems behind clitics, and pieces learnt from the rest, at most."""

    words: int
    stems: int
    parts: int


def choose(counts: Mapping[str, int], stems: Stems, sizes: Sizes) -> list[str]:
    """Arabic pieces: clitics, whole words, ``##`` stems behind clitics, and parts of the rest."""
    arabic = Counter({word: n for word, n in counts.items() if word in stems})
    words = [word for word, _ in arabic.most_common(sizes.words)]
    others = arabic.copy()
    for word in words:
        del others[word]
    behind: Counter[str] = Counter()
    for word, count in others.items():
        clitics, stem = stems.split(word)
        if clitics:
            behind[stem] += count
    following = [stem for stem, n in behind.most_common(sizes.stems) if n >= SEEN]
    parts = [*_letters(counts), *_parts(others, stems, sizes.parts)]
    parts = [part for part in dict.fromkeys(parts) if _may_begin(part, arabic)]
    begins = {p for p in (*words, *parts, *CLITICS) if p and not p.startswith("##")}
    begins = without_traps(begins, others, arabic, stems)
    return [
        piece
        for piece in dict.fromkeys([*CLITICS[1:], *words, *(f"##{s}" for s in following), *parts])
        if piece.startswith("##") or piece in begins
    ]


def tokenizer(english: Mapping[str, int], arabic: list[str]) -> Tokenizer:
    """The English tokenizer's Latin pieces, then the Arabic ones; BERT's way of cutting."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    latin = [piece for piece in sorted(english, key=lambda p: english[p]) if is_latin(piece)]
    order = dict.fromkeys([*SPECIAL, *latin, *arabic])
    vocabulary = {piece: i for i, piece in enumerate(order)}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = normaliser(), pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")],
    )
    return made


def is_arabic(piece: str) -> bool:
    """Whether the piece is in Arabic script."""
    return detect_language(piece.removeprefix("##")) == "ar"


def is_latin(piece: str) -> bool:
    """Neither a placeholder nor in a script that neither language is written in."""
    letters = piece.removeprefix("##")
    return not piece.startswith("[unused") and all(
        ord(c) < 0x250 or c in "–—‘’“”…€" for c in letters
    )


def _letters(counts: Mapping[str, int]) -> Iterator[str]:
    """Single letters and marks, so that any word can be spelt."""
    found: Counter[str] = Counter()
    for word, count in counts.items():
        for letter in word:
            found[letter] += count
    letters = [c for c, n in found.items() if n >= SEEN_LETTER and is_arabic(c)]
    yield from letters
    yield from (f"##{letter}" for letter in letters if letter.isalnum())


def _parts(others: Mapping[str, int], stems: Stems, most: int) -> list[str]:
    """Word pieces learnt from the stems of words that are no pieces themselves."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    counts: Counter[str] = Counter()
    for word, count in others.items():
        counts[stems.split(word)[1]] += count
    learner = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    learner.normalizer, learner.pre_tokenizer = normaliser(), pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=most, special_tokens=list(SPECIAL), show_progress=False
    )
    repeated = (
        " ".join([stem] * min(int(n**FLATTENED) + 1, MOST_REPEATED)) for stem, n in counts.items()
    )
    learner.train_from_iterator(repeated, trainer)
    learnt = sorted(learner.get_vocab().items(), key=lambda item: item[1])
    return [piece for piece, _ in learnt if is_arabic(piece)]


def _may_begin(part: str, arabic: Counter[str]) -> bool:
    if part.startswith("##") or len(part) == 1 or arabic[part] >= COMMON:
        return True
    return not part.startswith(LIKE_CLITICS)


def without_traps(
    begins: set[str], others: Mapping[str, int], arabic: Counter[str], stems: Stems
) -> set[str]:
    """Without what cuts words with clitics elsewhere more often than it is a word itself."""
    behind = [(word, stems.split(word)[0]) for word in others]
    behind = [(word, clitics) for word, clitics in behind if clitics]
    kept = {*CLITICS, *KEPT}
    for _ in range(ROUNDS):
        wrong: Counter[str] = Counter()
        for word, clitics in behind:
            first = next((word[:n] for n in range(len(word), 0, -1) if word[:n] in begins), "")
            if first != clitics:
                wrong[first] += arabic[word]
        traps = {p for p, n in wrong.items() if len(p) > 1 and p not in kept and n > arabic[p]}
        if not traps:
            break
        begins = begins - traps
    return begins
