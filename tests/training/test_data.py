from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training import settings
from training.data import corpus, words
from training.data.cache import cached
from training.data.clean import distinct, is_fit, shortened
from training.data.files import Pair, Row, read_pairs, read_rows
from training.data.overlap import HeldOut, held_out, kept
from training.licences import described, table

CONFIG = Path(settings.__file__).with_name("config.toml")


@pytest.mark.parametrize(
    ("en", "ar", "fit"),
    [
        ("The troops left on Monday.", "غادرت القوات يوم الاثنين.", True),
        ("Ali", "علي بن أبي طالب", True),  # names differ much in length
        ("The troops left on Monday.", "The troops left", False),
        ("غادرت القوات", "غادرت القوات", False),
        ("The troops left on Monday after a week in the capital.", "غادرت القوات", False),
    ],
)
def test_fit_pairs(en: str, ar: str, fit: bool) -> None:
    assert is_fit(Pair(en, ar)) is fit


def test_either_side_repeated_is_a_repetition() -> None:
    pairs = [Pair("a", "١"), Pair("a", "٢"), Pair("b", "١"), Pair("b", "٢")]
    assert list(distinct(pairs)) == [pairs[0], pairs[3]]


@given(st.integers(0, 10_000), st.integers(20, 400))
def test_a_shortened_passage_keeps_the_answer_where_it_says(seed: int, most: int) -> None:
    sentences = [f"Sentence number {i} says that {i * i} came." for i in range(20)]
    passage = " ".join(sentences)
    start = passage.index("169")
    row = Row("en", "Who came?", passage, (("169", start),), "set", "", "en")
    short = shortened(row, most, random.Random(seed))
    (text, at), *_ = short.answers
    assert short.passage[at : at + len(text)] == text == "169"
    assert short.passage in passage
    assert len(short.passage) <= max(most, 45)


def test_held_out_text_is_known_by_eight_words_in_a_row_however_written() -> None:
    held = HeldOut(["The force of 2,500 soldiers went to the capital on a Monday."])
    assert held.shares("He said: the FORCE of 2,500 soldiers went to the hills.")
    assert not held.shares("The force of 2,500 soldiers left.")
    assert HeldOut(["أين ذهبت القوّات إذاً؟"]).shares("اين ذهبت القوات اذا")
    assert not HeldOut(["Yes, of course."]).shares("Yes, of course.")


def test_development_sets_are_held_out(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("Where did they all go?\tأين ذهبوا كلهم إذا؟\n", "utf-8")
    paragraph = {"context": "x", "qas": [{"question": "Why did they come here?"}]}
    squad = {"data": [{"paragraphs": [paragraph]}]}
    (tmp_path / "set.en.json").write_text(json.dumps(squad), "utf-8")
    held = held_out(tmp_path)
    texts = ["Where did they all go", "Why did they come here", "Why did they come there"]
    assert kept(texts, ([text] for text in texts), held) == texts[2:]


def test_answers_off_their_place_are_dropped(tmp_path: Path) -> None:
    good = {"lang": "en", "question": "Who?", "context": "Ann came.", "answers": ["Ann"]}
    rows = [
        {**good, "answer_start": [0], "impossible": False},
        {**good, "answer_start": [1], "impossible": False},
        {**good, "answer_start": [0], "impossible": True},
    ]
    file = tmp_path / "set_en.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    assert [row.answers for row in read_rows(file)] == [(("Ann", 0),), ()]


def test_lines_without_two_sides_are_no_pairs(tmp_path: Path) -> None:
    file = tmp_path / "set.tsv.gz"
    file.write_bytes(gzip.compress("a\tا\nb\n\tب\nc\tج\textra\n".encode()))
    assert list(read_pairs(file)) == [Pair("a", "ا"), Pair("c", "ج")]


def test_words_are_learnt_from_sentences_that_share_them() -> None:
    pairs = [
        Pair("the house", "البيت"),
        Pair("a big house", "بيت كبير"),
        Pair("a big river", "نهر كبير"),
        Pair("a river", "نهر"),
        Pair("a house", "بيت"),
    ]
    switched = words.learn(pairs).switch("who saw the big river?", "ar", random.Random(0))
    assert "كبير" in switched
    assert "نهر" in switched
    assert switched.startswith("من ")
    assert switched.endswith("؟")


def test_what_was_made_is_kept_until_a_source_changes(tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "a").write_text("1")
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    folder = tmp_path / "cache"
    first = [cached(folder, "x", sources, "options", make) for _ in range(2)]
    (sources / "a").write_text("12")
    assert [*first, cached(folder, "x", sources, "options", make)] == [1, 1, 2]


def test_licences_are_read_from_tables_and_lists() -> None:
    text = (
        "| file | rows | domain | licence | remark |\n|---|---|---|---|---|\n"
        "| qed_dev, clapnq_dev (parts) | 1 / 2 | questions | CC0 / MIT | good |\n"
        "| ntrex | 3 | **news** | CC BY-SA 4.0 | |\n\n"
        "wordnet 106k (CC BY, noisy) · names 65k (person names)\n"
        "some_news 22,883 paragraphs of news (MIT)\n"
    )
    assert described(text) == {
        "qed_dev": ("questions", "CC0"),
        "clapnq_dev": ("questions", "MIT"),
        "ntrex": ("news", "CC BY-SA 4.0"),
        "wordnet": ("names and terms", "CC BY"),
        "names": ("names and terms", "not stated"),
        "some_news": ("news and stories", "MIT"),
    }


def test_the_licence_table_has_every_source_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(
        "| file | domain | licence |\n|---|---|---|\n| ntrex | news | CC0 |\n", "utf-8"
    )
    config = replace(settings.load(CONFIG), data=tmp_path)
    lines = table(config).splitlines()[2:]
    own = config.vocabulary
    start = {*own.parallel, *own.texts, *own.questions, *corpus.LEXICA}
    encoder = config.encoder
    named = {*start, *encoder.questions, *encoder.arabic, *encoder.pairs}
    named |= {*config.words.pairs, *config.reader.draw}
    assert {line.split("|")[1].strip() for line in lines} == named
    (known,) = (line for line in lines if "not described" not in line)
    assert known.startswith("| ntrex | news | CC0 | ")
    assert f"encoder, pairs: {config.encoder.pairs['ntrex']:,}" in known


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.read_text("utf-8").replace("threads =", "thread ="), "utf-8")
    with pytest.raises(ValueError, match=r"\[cpu\]: thread, threads missing or unknown"):
        settings.load(file)


def test_a_missing_section_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.read_text("utf-8").replace("[words", "[wordy"), "utf-8")
    with pytest.raises(ValueError, match="words"):
        settings.load(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="ntrex"):
        corpus.pairs(tmp_path, {"ntrex": 5}, HeldOut([]))


def test_what_was_kept_is_made_anew_when_a_source_changes(tmp_path: Path) -> None:
    source, kept_in = tmp_path / "data", tmp_path / "cache"
    source.mkdir()
    made: list[str] = []

    def make() -> str:
        made.append((source / "a.txt").read_text("utf-8"))
        return made[-1]

    for content in ("one", "one", "two"):
        (source / "a.txt").write_text(content, "utf-8")
        assert cached(kept_in, "name", source, "", make) == content
    assert made == ["one", "two"]
    assert not list(kept_in.glob("*.partial"))
