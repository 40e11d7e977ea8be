from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from tokenizers import Tokenizer, models

from training.data.align import align
from training.data.files import Pair
from training.vocabulary import links, pieces, stems
from training.vocabulary.alike import alike
from training.vocabulary.start import first

COUNTS = Counter(
    {
        "وزير": 40, "المانيا": 30, "والمانيا": 2, "تجربه": 9, "بتجربه": 1, "الجنود": 20,
        "جنود": 60, "للجنود": 1, "لبنان": 30, "وجوزيف": 1, "جوزيف": 6, "سيكتب": 1, "يكتب": 60,
        "الله": 50, "كم": 5, "ولد": 8, "بلد": 9,
    }
)  # fmt: skip
for _noun in (
    "كتاب",
    "مدينه",
    "رجل",
    "حكومه",
    "شارع",
    "مصنع",
    "سفير",
    "قمر",
    "تقرير",
    "خبر",
    "سوق",
    "بحر",
    "طريق",
):
    COUNTS[_noun] += 10
    for _clitics in ("و", "ب", "ل", "لل", "وال", "بال", "ال", "ول"):
        COUNTS[_clitics + _noun] += 3
for _verb in ("يدرس", "يعمل", "يسافر", "تعمل", "يقرا", "تقرا", "يلعب", "تلعب", "ينجح", "تنجح"):
    COUNTS.update({_verb: 9, f"س{_verb}": 3, f"و{_verb}": 3})
PAIRS = [
    Pair("the house", "البيت"),
    Pair("the river", "النهر"),
    Pair("the big house", "البيت الكبير"),
    Pair("the big river", "النهر الكبير"),
    Pair("and the house", "والبيت"),
]
OLD = {
    piece: i
    for i, piece in enumerate([*pieces.SPECIAL, "the", "house", "river", "big", "and", "中"])
}


@pytest.fixture(scope="module")
def known() -> stems.Stems:
    return stems.learn(COUNTS)


@pytest.mark.parametrize(
    ("word", "split"),
    [
        ("والمانيا", ("و", "المانيا")),
        ("المانيا", ("", "المانيا")),
        ("بتجربه", ("ب", "تجربه")),
        ("للجنود", ("لل", "جنود")),
        ("الجنود", ("ال", "جنود")),
        ("وجوزيف", ("و", "جوزيف")),
        ("سيكتب", ("س", "يكتب")),
        ("وزير", ("", "وزير")),
        ("لبنان", ("", "لبنان")),
        ("الله", ("", "الله")),
        ("مجهول", ("", "مجهول")),
    ],
)
def test_clitics_are_told_from_letters_of_the_word(
    word: str, split: tuple[str, str], known: stems.Stems
) -> None:
    assert known.split(word) == split


def test_no_second_article_is_taken() -> None:
    counts = {"الالعاب": 4, "عاب": 5, "بالعاب": 3}
    found = {"الالعاب": ("ال", "العاب"), "عاب": ("", "عاب"), "بالعاب": ("ب", "العاب")}
    split = stems.Stems(found, counts)
    assert split.split("الالعاب") == ("ال", "العاب")
    assert split.split("بالعاب") == ("بال", "عاب")


def test_words_are_folded_and_marks_are_latin() -> None:
    assert stems.words("هل اِرتفَعَت الأسعـارُ بنسبة ٢٥٪؟ نعم، كثيراً") == [
        "هل", "ارتفعت", "الاسعار", "بنسبه", "25", "%", "?", "نعم", ",", "كثيرا",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stem", "without"), [("كتابها", "كتاب"), ("معلمون", "معلم"), ("دار", "دار"), ("بيت", "بيت")]
)
def test_one_suffix_is_taken(stem: str, without: str) -> None:
    assert stems.light(stem) == without


@pytest.mark.parametrize(("own", "kept"), [(3, False), (50, True)])
def test_beginnings_that_mostly_cut_words_wrongly_are_no_pieces(own: int, kept: bool) -> None:
    counts = Counter({"كمسوول": 9, "وبحر": 40, "وبح": own})
    split = {"كمسوول": ("ك", "مسوول"), "وبحر": ("و", "بحر"), "وبح": ("", "وبح")}
    found = stems.Stems(split, counts)
    begins = {"و", "ك", "كم", "وبح"}
    left = pieces.without_traps(begins, {"وبحر": 40, "كمسوول": 9}, counts, found)
    assert left == (begins if kept else begins - {"وبح"})  # «كم» is kept though it cuts «كمسؤول»


def test_stems_behind_clitics_are_pieces(known: stems.Stems) -> None:
    chosen = pieces.choose(COUNTS, known, pieces.Sizes(words=0, stems=40, parts=60))
    tokenizer = pieces.tokenizer(OLD, chosen)
    assert "中" not in tokenizer.get_vocab()
    assert tokenizer.encode("وقمرٌ").tokens[1:-1] == ["و", "##قمر"]


def test_units_align_with_what_they_stand_beside() -> None:
    found = align([([0, 1], [0]), ([0, 2], [1]), ([1], [0]), ([2], [1])])
    best = {
        int(s): int(t)
        for s, t, p in zip(found.source, found.target, found.back, strict=True)
        if p > 0.5
    }
    assert best == {1: 0, 2: 1}


def test_pieces_that_are_one_word_are_found() -> None:
    order = [
        "<s>", "▁", "▁Troops", "▁troops", "troops", "TROOPS", "▁is", "is", "▁أحمد", "▁احمد", "قالت",
        "ه", "▁ه", ",",
    ]  # fmt: skip
    tokenizer = Tokenizer(models.WordLevel({piece: row for row, piece in enumerate(order)}))
    found = [order[row] for row in alike(tokenizer)]
    assert found == [
        "<s>", "▁", "▁troops", "▁troops", "▁troops", "▁troops", "▁is", "is", "▁أحمد", "▁أحمد",
        "قالت", "ه", "▁ه", ",",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("piece", "latin"),
    [("##ing", True), ("é", True), ("中", False), ("[unused1]", False), ("ع", False)],
)
def test_latin_pieces_are_kept(piece: str, latin: bool) -> None:
    assert pieces.is_latin(piece) is latin


def test_arabic_pieces_begin_as_what_they_translate() -> None:
    counts = COUNTS + Counter(word for pair in PAIRS * 20 for word in stems.words(pair.ar))
    counts["بيت"] += 40
    known = stems.learn(counts)
    tokenizer = pieces.tokenizer(OLD, pieces.choose(counts, known, pieces.Sizes(200, 9, 80)))
    vocabulary = tokenizer.get_vocab()
    linked = links.learn(tokenizer, known, PAIRS * 20)
    before = np.eye(len(OLD), dtype=np.float32)
    table = first(tokenizer, OLD, before, linked)
    assert (table[vocabulary["house"]] == before[OLD["house"]]).all()
    for word in ("البيت", "والبيت"):
        assert table[vocabulary[word]].argmax() == OLD["house"]
    assert table[vocabulary["الكبير"]].argmax() == OLD["big"]
