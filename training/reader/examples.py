"""An epoch of examples for the reader.

Rows of all sets, some with their question or their passage put into the other language, some with a
passage that does not answer.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from rag.language.sentences import sentence_spans
from rag.language.text import Lang, detect_language
from training.data import corpus, written
from training.data.cache import cached
from training.data.clean import shortened
from training.data.files import Row, read_pairs, read_rows
from training.data.overlap import HeldOut, held_out, kept
from training.data.words import Dictionary
from training.data.wordwise import Wordwise, phrases
from training.encoder import asked_examples
from training.reader.cloze import FILES, Cloze
from training.reader.exchange import Exchange
from training.reader.passages import Passages
from training.settings import ReaderSettings, TrainingSettings

DIRECTIONS: tuple[tuple[Lang, Lang], ...] = (("en", "ar"), ("ar", "en"), ("ar", "ar"))
"""Of question and passage, that reading questions are laid out in."""
SIFTED = "aaqad_sifted_ar"
"""The machine-made Arabic questions whose answers a reader agrees with; ``sift`` writes them."""
STATEMENTS = (3, 6)
"""Answers in a row that make a passage for the questions of the same text."""
DATED = 0.4
"""Share of passages without a date that get some date, if what is around them is read."""

_HEADLINE = re.compile(r"\A(?!Wiki1k:).*[^\W\d_]{2,} ")
"""What may be a title: several words, not an identifier."""


@dataclass(frozen=True)
class Sets:
    """Everything the reader learns from, read once; ``arabic`` are English questions in Arabic."""

    rows: dict[str, list[Row]]
    passages: dict[str, Passages]
    words: Dictionary
    wordwise: Wordwise
    exchange: Exchange
    arabic: dict[str, str]


def read_sets(config: TrainingSettings) -> Sets:
    """The rows of each set named in ``[reader.draw]``; some are made into rows here.

    Raises:
        FileNotFoundError: sifted rows are to be drawn, and none were sifted yet.
    """
    folder, cache, draw = config.data, config.checkpoints, config.reader.draw
    words = corpus.dictionary(folder, cache)

    def prepare() -> dict[str, list[Row]]:
        held = held_out(folder / "dev")
        cloze = Cloze(folder, words) if set(FILES) & set(draw) else None
        return {name: _rows(name, folder, sifted, cloze, held) for name in draw}

    sifted = cache / f"{SIFTED}.jsonl.gz"
    if SIFTED in draw and not sifted.is_file():
        raise FileNotFoundError(
            f"{SIFTED} is to be drawn, and {sifted} is not there. Make it with "
            "`python -m training.reader.sift FOLDER`, FOLDER being a reader."
        )
    files = [sifted] * (SIFTED in draw) + [written.FILE] * (written.NAME in draw)
    states = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    found = cached(cache, "reader-rows", folder, [*sorted(draw), *states], prepare)
    passages = {name: Passages(rows) for name, rows in found.items()}
    exchange = Exchange([row for rows in found.values() for row in rows])
    arabic = {" ".join(pair.en.split()): pair.ar for pair in asked_examples.translated(config)}
    return Sets(found, passages, words, Wordwise(words, phrases(folder)), exchange, arabic)


def _rows(name: str, folder: Path, sifted: Path, cloze: Cloze | None, held: HeldOut) -> list[Row]:
    """The rows of a set: from its file, or made."""
    if name == "integreat":
        made = _integreat(folder)
    elif name == "aquifer_questions":
        made = _aquifer(folder)
    elif name == written.NAME:
        made = list(written.rows(folder))
    elif name == SIFTED:
        made = list(read_rows(sifted))
    elif cloze and name in FILES:
        made = cloze.rows(name)
    else:
        return corpus.rows(folder, name, held)
    return kept(made, ((row.question, row.passage) for row in made), held)


def epoch(sets: Sets, settings: ReaderSettings, seed: int, number: int) -> list[Row]:
    """The examples of epoch ``number``, in an order that is random but always the same."""
    rng = random.Random(f"{seed} {number}")
    chosen: list[Row] = []
    for name, count in settings.draw.items():
        rows, passages = sets.rows[name], sets.passages[name]
        drawn = [row for _ in range(count // len(rows)) for row in rows]
        drawn += rng.sample(rows, count % len(rows))
        by_hand = name in settings.written
        chosen += (_example(row, passages, sets, settings, by_hand, rng) for row in drawn)
    rng.shuffle(chosen)
    return chosen


def _example(
    row: Row,
    passages: Passages,
    sets: Sets,
    settings: ReaderSettings,
    by_hand: bool,
    rng: random.Random,
) -> Row:
    """A row as it is read this time: see ``[reader]`` in config.toml for what may become of it."""
    english = row.question_lang == "en"
    away = settings.impossible_written if by_hand else settings.impossible
    if row.answers and rng.random() < settings.exchanged:
        row = sets.exchange.row(row, rng)
    elif row.answers and not row.in_title and rng.random() < away:
        row = passages.without_answer(row, settings.passage_chars, rng)
    elif rng.random() < settings.glue:
        row = passages.glued(row, settings.passage_chars, rng)
    if not by_hand and english and row.lang == "en" and rng.random() < settings.wordwise:
        row = sets.wordwise.row(row, rng, question=rng.random() < settings.wordwise_question)
    row = _cut(row, settings, by_hand, rng)
    plain = " ".join(row.question.split())
    if plain in sets.arabic and row.lang == "en" and rng.random() < settings.translated:
        return replace(row, question=sets.arabic[plain], question_lang="ar")
    chance = settings.switch_en if english else settings.switch_ar
    if not by_hand and row.question_lang == row.lang and rng.random() < chance:
        into: Lang = "ar" if english else "en"
        row = replace(row, question=sets.words.switch(row.question, into, rng), question_lang=into)
    return row


def _cut(row: Row, settings: ReaderSettings, by_hand: bool, rng: random.Random) -> Row:
    """The row with a passage of a length drawn by chance, and with or without what is around it."""
    whole = row.passage
    most = rng.randint(settings.passage_chars // 3, settings.passage_chars)
    row = shortened(row, most, rng) if not row.in_title else row
    if rng.random() >= (settings.around_written if by_hand else settings.around):
        return row if row.in_title else replace(row, title="", date="", before="")
    before = row.before
    if row.passage != whole:
        ending = whole[: whole.find(row.passage)]
        spans = sentence_spans(ending)
        before = ending[spans[max(0, len(spans) - rng.randint(1, 2))][0] :] if spans else ""
    date = row.date or (_some_day(rng) if rng.random() < DATED else "")
    title = row.title if _HEADLINE.search(row.title) else ""
    return replace(row, title=title, date=date, before=before)


def _some_day(rng: random.Random) -> str:
    return f"{rng.randint(2011, 2024)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def _integreat(folder: Path) -> list[Row]:
    """Guides in both languages, line by line: each question over either language's passage."""
    english = corpus.rows(folder, "integreat_train_en", HeldOut(()))
    arabic = corpus.rows(folder, "integreat_train_ar_mt", HeldOut(()))
    if len(english) != len(arabic):
        raise ValueError("the two integreat files do not match line by line any more")
    made: list[Row] = []
    for en, ar in zip(english, arabic, strict=True):
        crossed = [(en, en), (ar, ar), (en, ar), (ar, en)]
        made += (
            replace(p, question=q.question, question_lang=q.lang, answers=p.answers[:1])
            for q, p in crossed
            if not p.answers or len(p.answers[0][0]) <= 300
        )
    return made


def _aquifer(folder: Path) -> list[Row]:
    """Reading questions, each followed by its answer: answers in a row make the passage."""
    lines = list(read_pairs(folder / "parallel" / "aquifer_uw_questions_religious.tsv.gz"))
    asked = [
        (q, a)
        for q, a in pairwise(lines)
        if q.en.endswith("?") and not a.en.endswith("?") and len(a.en) < 220
        if detect_language(a.ar) == "ar" and detect_language(q.ar) == "ar"
    ]
    rng = random.Random("aquifer")
    made: list[Row] = []
    place = 0
    while place < len(asked):
        block = asked[place : place + rng.randint(*STATEMENTS)]
        place += len(block)
        for q_lang, p_lang in DIRECTIONS:
            texts = [answer.side(p_lang) for _, answer in block]
            starts = [sum(len(t) + 1 for t in texts[:i]) for i in range(len(texts))]
            made += (
                Row(p_lang, q.side(q_lang), " ".join(texts), ((texts[i], starts[i]),),
                    "aquifer_questions", "", q_lang)
                for i, (q, _) in enumerate(block)
            )  # fmt: skip
    return made


def languages(rows: Sequence[Row]) -> dict[str, int]:
    """How many examples there are of each direction, and how many without an answer."""
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[f"{row.question_lang}→{row.lang}"] += 1
        counts["no answer"] += not row.answers
    return dict(counts)
