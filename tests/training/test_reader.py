from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering

from rag.language.text import LANGS
from rag.settings import ROOT
from training import settings
from training.data import written
from training.data.files import Row, read_rows
from training.data.words import Dictionary
from training.data.wordwise import Wordwise, phrases
from training.reader import learnt, model, sift
from training.reader.__main__ import trainable
from training.reader.cloze import Cloze
from training.reader.exchange import Exchange
from training.reader.passages import Passages
from training.reader.scores import best_f1, exact, f1

CONFIG = Path(settings.__file__).with_name("config.toml")


def row(passage: str, answer: str, title: str) -> Row:
    return Row("en", "Who?", passage, ((answer, passage.index(answer)),), "set", title, "en")


SENTENCES = [
    row(f"Person{i} met guest{i}.", f"guest{i}", f"Wiki1k:wikinews:7:{i}:0") for i in range(6)
]


@pytest.mark.parametrize("seed", range(20))
def test_sentences_are_glued_and_answers_move_along(seed: int) -> None:
    glued = Passages(SENTENCES).glued(SENTENCES[2], 100, random.Random(seed))
    ((text, start),) = glued.answers
    assert glued.passage[start : start + len(text)] == "guest2"
    assert len(glued.passage) <= 110


@pytest.mark.parametrize("seed", range(20))
def test_no_passage_without_an_answer_holds_it(seed: int) -> None:
    other = Passages(SENTENCES).without_answer(SENTENCES[2], 100, random.Random(seed))
    assert other.answers == ()
    assert "guest2" not in other.passage


def test_a_wrong_passage_is_one_of_the_same_article() -> None:
    rows = [row(f"In {t}{i} came x{t}{i}.", f"x{t}{i}", t) for t in "ab" for i in range(3)]
    found = Passages(rows).without_answer(rows[0], 100, random.Random(1))
    assert found.passage in {rows[1].passage, rows[2].passage}


def test_a_row_stays_where_every_other_passage_holds_its_answer() -> None:
    rows = [row(f"{i} saw Ann.", "Ann", "t") for i in range(4)]
    assert Passages(rows).without_answer(rows[0], 100, random.Random(1)) == rows[0]


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("the CSTO's troops", "CSTO's troops", 1.0),
        ("2,500 جندي", "2500 جندي", 1.0),
        ("Almaty", "in Almaty city", 0.5),
        ("", "Almaty", 0.0),
    ],
)
def test_f1(answer: str, gold: str, score: float) -> None:
    assert f1(answer, gold) == score
    assert exact(answer, gold) is (score == 1.0)
    assert best_f1(answer, ["nothing", gold]) == score


def test_what_does_not_answer_is_in_the_language_of_what_does() -> None:
    texts = {"en": ["Snow fell.", "Rain fell.", "Hail fell."], "ar": ["ثلج", "مطر", "برد"]}
    rows = [
        Row(lang, "What?", text, ((text, 0),), "set", "one guide", lang)
        for lang in LANGS
        for text in texts[lang]
    ]
    passages = Passages(rows)
    for seed in range(10):
        for row in rows:
            other = passages.without_answer(row, 100, random.Random(seed))
            assert other.answers == ()
            assert other.passage in texts[row.lang]


WORDS = Dictionary(
    {
        "ar": {
            "soldiers": [("جنود", 1.0)],
            "city": [("مدينة", 1.0)],
            "old": [("قديمة", 1.0)],
            "visited": [("زار", 1.0)],
            "arrived": [("وصل", 1.0)],
            "leader": [("زعيم", 0.5), ("قائد", 0.5)],
            "when": [("متى", 1.0)],
        },
        "en": {"الجنود": [("soldiers", 1.0)]},
    }
)
PHRASES = {"red cross": "الصليب الأحمر"}


def wordwise(passage: str, answer: str, seed: int = 0, question: str = "When?") -> Row:
    asked = Row("en", question, passage, ((answer, passage.index(answer)),), "set", "", "en")
    return Wordwise(WORDS, PHRASES).row(asked, random.Random(seed))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(
    "answer", ["6 January 2022", "The old city", "Kim's soldiers", "the Red Cross", "2,500"]
)
def test_answers_stay_where_they_are_said_in_arabic_words(seed: int, answer: str) -> None:
    passage = (
        "The old city fell on 6 January 2022; 2,500 of Kim's soldiers (and the Red Cross) left!"
    )
    made = wordwise(passage, answer, seed)
    ((text, start),) = made.answers
    assert made.passage[start : start + len(text)] == text
    assert (made.lang, made.question_lang) == ("ar", "ar")
    assert len(text.split()) <= len(answer.split())
    expected = {"6 January 2022": "2022", "the Red Cross": "الصليب الأحمر", "2,500": "2,500"}
    assert expected.get(answer, "") in text


def test_arabic_order_and_what_is_written_on_to_words() -> None:
    made = [
        wordwise("The old city and his city", "The old city", seed).passage for seed in range(20)
    ]
    assert "المدينة القديمة ومدينته" in made
    visited = [wordwise("Anna visited the city.", "city", seed).passage for seed in range(20)]
    assert any(text.startswith("زار ") for text in visited)
    assert any(text.endswith(" زار المدينة.") for text in visited)


def test_the_stays_with_what_it_is_written_on_to() -> None:
    made = [wordwise("The NATO city fell in the 2017 city.", "2017 city", n) for n in range(20)]
    assert any("NATO" in row.passage and "2017" in row.passage for row in made)
    assert not any("إلى" in row.passage for row in made)


def test_question_and_passage_mostly_say_the_same_word() -> None:
    made = [wordwise("The leader arrived.", "leader", seed, "leader?") for seed in range(200)]
    same = [row.answers[0][0].removeprefix("ال") == row.question.rstrip("؟") for row in made]
    assert 0.8 < sum(same) / len(same) < 1.0
    assert {row.answers[0][0] for row in made} >= {"الزعيم", "القائد"}


def test_a_question_may_stay_english() -> None:
    asked = Row("en", "When?", "They left in 1990.", (("1990", 13),), "set", "", "en")
    made = Wordwise(WORDS, PHRASES).row(asked, random.Random(0), question=False)
    assert (made.question, made.question_lang, made.lang) == ("When?", "en", "ar")


def test_a_row_stays_where_nothing_of_its_answer_is_left() -> None:
    assert wordwise("The old city", "The").lang == "ar"  # goes along with the word after it
    asked = Row("en", "Which?", "They went a", (("a", 10),), "set", "", "en")
    assert Wordwise(WORDS, PHRASES).row(asked, random.Random(0)) == asked


@pytest.fixture
def arabic(tmp_path: Path) -> Path:
    """A folder of data with a little news, and with lists of names and places."""
    news = [
        "وصل 250 جنديا إلى مدينة صفاقس التونسية يوم الاثنين 6 مارس 2017 بعد رحلة طويلة.",
        "قال المدرب سامي الطرابلسي في تصريح إن الفريق سيلعب مباراة أخرى في صفاقس قريبا.",
    ]
    lists = {
        "netransliteration_names": "sami\tسامي\ntrabelsi\tالطرابلسي\n",
        "thegenio_name_pairs": "",
        "countries": "",
        "world_places_dr5hn": "Sfax\tصفاقس\nRange\tمباراة\n",
        "arwikicats_entities": "metropolitan opera (x)\tأوبرا ميتروبوليتان (س)\nart\tفن\n",
        "wiktionary_en_ar": "a b c d e\tا ب\n",
        "cldr_places_langs_currencies": "",
    }
    (tmp_path / "mono").mkdir()
    (tmp_path / "lexicon").mkdir()
    for name, text in (("ant_corpus_jawhara_news", "\n".join(news)), ("ahdath_info_news", "")):
        (tmp_path / "mono" / f"{name}.txt.gz").write_bytes(gzip.compress(text.encode()))
    for name, text in lists.items():
        (tmp_path / "lexicon" / f"{name}.tsv.gz").write_bytes(gzip.compress(text.encode()))
    return tmp_path


def test_news_is_asked_for_figures_dates_places_and_people(arabic: Path) -> None:
    cloze = Cloze(arabic, WORDS)
    made = [row for seed in range(60) for row in cloze.rows("ant_corpus_jawhara_news", seed)]
    for row in made:
        ((text, start),) = row.answers
        assert row.passage[start : start + len(text)] == text
        assert text not in row.question
    asked = {(row.question.split()[0], row.answers[0][0]) for row in made}
    assert ("متى", "الاثنين 6 مارس 2017") in asked
    assert ("كم", "250") in asked
    assert ("أين", "صفاقس") in asked
    assert ("من", "سامي الطرابلسي") in asked
    assert "مباراة" not in {answer for _, answer in asked}


def test_phrases_are_entries_of_several_words_without_their_brackets(arabic: Path) -> None:
    assert phrases(arabic) == {"metropolitan opera": "أوبرا ميتروبوليتان"}


def test_rows_whose_marks_the_reader_shares_are_kept_and_written(tmp_path: Path) -> None:
    rows = [row("He met Ann Lee there.", answer, "t") for answer in ("Ann Lee", "there", "met")]
    kept = sift.agreed(rows, ["Ann", "met Ann", "met Ann Lee there"])
    assert kept == rows[:1]
    sift.write(kept, tmp_path / "set.jsonl.gz")
    (read,) = read_rows(tmp_path / "set.jsonl.gz")
    assert (read.question, read.passage, read.answers) == ("Who?", rows[0].passage, rows[0].answers)


@pytest.mark.parametrize("seed", range(20))
def test_an_exchanged_question_asks_for_what_the_passage_does_not_say(seed: int) -> None:
    rows = [
        row("In 1990 Ann Lee met Bo Yi in Oslo.", "Bo Yi", "t"),
        row("In 2001 Cy Young came to Rome.", "Rome", "t"),
    ]
    questions = ["Whom did Ann Lee meet in 1990?", "Where did Cy Young go in 2001?"]
    rows = [replace(r, question=q) for r, q in zip(rows, questions, strict=True)]
    made = Exchange(rows).row(rows[0], random.Random(seed))
    assert made.answers == ()
    assert made.question != rows[0].question
    assert ("Ann Lee" in made.question) != ("1990" in made.question)


def test_a_question_without_a_name_or_figure_stays() -> None:
    plain = row("Snow fell there.", "Snow", "t")
    asked = replace(plain, question="what fell there?")
    assert Exchange([asked]).row(asked, random.Random(0)) == asked


@pytest.fixture
def news(tmp_path: Path) -> tuple[Path, Path]:
    """A folder of data with one text of each language, and a file of questions over both."""
    english = "It began. She said 40 left. Then it ended."
    (tmp_path / "mono").mkdir()
    (tmp_path / "qa").mkdir()
    lines = "وصل الوفد إلى تونس.\nقال الوزير. وأضاف أن العدد 40 شخصا."
    (tmp_path / "mono" / "news.txt.gz").write_bytes(gzip.compress(lines.encode()))
    said = json.dumps({"context": english})
    (tmp_path / "qa" / "set_en.jsonl.gz").write_bytes(gzip.compress(said.encode()))
    arabic, at = lines.split("\n")[1], 12
    articles = [
        {
            "passage": f"news:2:{at}-{len(arabic)}", "before": 0, "lead": True,
            "headline": "وفد من 40 شخصا", "date": "2016-03-09",
            "rows": [
                {"q": "How many?", "ql": "en", "kind": "howmany", "a": [[14, 16]]},
                {"q": "من؟", "ql": "ar", "kind": "who", "a": [[0, 3]], "in": "headline"},
            ],
        },
        {
            "passage": f"set_en:{written.key_of(english)}:10-27", "before": 0, "lead": False,
            "headline": "Left", "date": "",
            "rows": [{"q": "Why?", "ql": "en", "kind": "none", "a": [], "miss": "reason"}],
        },
    ]  # fmt: skip
    file = tmp_path / "news.jsonl"
    file.write_text("".join(json.dumps(article) + "\n" for article in articles), "utf-8")
    return tmp_path, file


def test_written_rows_find_their_passages_and_what_is_around_them(news: tuple[Path, Path]) -> None:
    many, who, why = written.rows(*news)
    assert many.passage == "وأضاف أن العدد 40 شخصا."
    assert [text for text, _ in many.answers] == [many.passage[14:16]]
    assert many.before == "وصل الوفد إلى تونس. قال الوزير."
    assert (many.lang, many.question_lang, many.date) == ("ar", "en", "2016-03-09")
    assert (who.in_title, who.answers) == (True, (("وفد", 0),))
    assert (why.passage, why.before, why.answers) == ("She said 40 left.", "It began.", ())


def test_written_rows_over_other_data_are_refused(news: tuple[Path, Path]) -> None:
    folder, file = news
    (folder / "mono" / "news.txt.gz").write_bytes(gzip.compress("قصير\nقصير".encode()))
    with pytest.raises(ValueError, match="news:2"):
        list(written.rows(folder, file))


def test_the_committed_rows_are_whole() -> None:
    articles = [json.loads(line) for line in written.FILE.read_text("utf-8").splitlines()]
    rows = [row for article in articles for row in article["rows"]]
    assert len(rows) >= 2_500
    assert len({article["passage"] for article in articles}) == len(articles)
    for article in articles:
        start, end = map(int, article["passage"].split(":")[2].split("-"))
        assert 0 <= article["before"] <= start < end
        for row in article["rows"]:
            length = len(article["headline"]) if row.get("in") else end - start
            assert all(0 <= a < b <= length for a, b in row["a"])
            assert (row["kind"] == "none") == (not row["a"])
            assert row["q"].strip()


def test_questions_over_a_list_share_the_probability() -> None:
    tokenizer = AutoTokenizer.from_pretrained(ROOT / "rag" / "models" / "weights" / "reader")
    passage, title = "They saw Oslo, Rome and Paris.", "Tour of three cities"
    asked = Row(
        "en", "Which cities?", passage, (("Oslo", 9), ("Rome", 15), ("Paris", 24)), "set", title,
        "en", listed=True, before="Ann and Bo left.",
    )  # fmt: skip
    excerpt = model.excerpt(asked)
    encoded = model.encode(tokenizer, [asked.question], [excerpt], 64, torch.device("cpu"))
    (encoding,), (place,) = encoded.encodings, encoded.places
    said = excerpt.context + passage
    spans = model._spans(asked, encoding, place)
    assert [said[slice(*encoding.offsets[first])] for first, _ in spans] == [
        "Oslo",
        "Rome",
        "Paris",
    ]
    allowed = [
        said[start:end]
        for (start, end), may, part in zip(
            encoding.offsets, encoded.allowed[0].tolist(), encoding.sequence_ids, strict=True
        )
        if may and part == 1
    ]
    assert "Tour" in allowed
    assert "Paris" in allowed
    assert "Ann" not in allowed
    headed = replace(asked, answers=(("three", 8),), in_title=True)
    ((first, last),) = model._spans(headed, encoding, place)
    assert first == last
    assert said[slice(*encoding.offsets[first])] == "three"


def tiny() -> BertForQuestionAnswering:
    """A span model of two layers that has learnt nothing."""
    config = BertConfig(
        vocab_size=9, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=8
    )
    return BertForQuestionAnswering(config)


def test_what_was_learnt_is_taken_up_elsewhere(tmp_path: Path) -> None:
    torch.manual_seed(0)
    before, after, file = tiny(), tiny(), tmp_path / "learnt.safetensors"
    own = replace(settings.load(CONFIG).reader, frozen=1)
    names = trainable(after, own)
    assert any("layer.1" in name for name in names)
    assert not any("layer.0" in name or "embeddings" in name for name in names)
    learnt.write(after.state_dict(), names, file)
    learnt.add(before, tmp_path / "none.safetensors")
    learnt.add(before, file)
    for name, weight in before.state_dict().items():
        same = torch.allclose(weight, after.state_dict()[name], atol=1e-3)
        assert same or name not in names


def test_what_another_model_has_learnt_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "learnt.safetensors"
    learnt.write({"qa_outputs.bias": torch.zeros(3)}, ["qa_outputs.bias"], file)
    with pytest.raises(ValueError, match=r"qa_outputs\.bias"):
        learnt.add(tiny(), file)
