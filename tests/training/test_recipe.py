"""The encoder's way from data to a folder, on a tiny model and a handful of rows."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from rag.settings import ROOT
from training import loop, settings
from training.data import corpus
from training.encoder import __main__ as encoder
from training.encoder import asked, asked_examples, export, model

CONFIG = Path(settings.__file__).with_name("config.toml")
NOUNS = {
    "soldiers": "الجنود", "ministers": "الوزراء", "teachers": "المعلمون", "farmers": "المزارعون",
    "doctors": "الأطباء", "children": "الأطفال", "players": "اللاعبون", "drivers": "السائقون",
}  # fmt: skip
PLACES = {
    "city": "المدينة", "village": "القرية", "market": "السوق", "school": "المدرسة",
    "river": "النهر", "mountain": "الجبل", "harbour": "الميناء", "station": "المحطة",
}  # fmt: skip
ENGLISH = [f"The {noun} came to the {place} today." for noun in NOUNS for place in PLACES]
WHO = [f"Who came to the {place}?" for place in PLACES]
ASKED = [f"من جاء إلى {place}؟" for place in PLACES.values()]
ARABIC = [f"جاء {noun} إلى {place} اليوم." for noun in NOUNS.values() for place in PLACES.values()]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[settings.TrainingSettings]:
    threads = torch.get_num_threads()  # the recipe takes its own number
    folder = tmp_path_factory.mktemp("recipe")
    whole = settings.load(CONFIG)
    names = {*corpus.DICTIONARY_CAPS, *corpus.LEXICA, *whole.vocabulary.parallel}
    lines = "\n".join(f"{en}\t{ar}" for en, ar in zip(ENGLISH, ARABIC, strict=True))
    for name in names:
        _write(folder / "lexicon" / f"{name}.tsv.gz", "" if name != "ntrex" else lines)
    for name in whole.vocabulary.texts:
        _write(folder / "mono" / f"{name}.txt.gz", "\n".join(ARABIC))
    for name in (*whole.vocabulary.questions, "arcd_train_ar"):
        _write(
            folder / "qa" / f"{name}.jsonl.gz",
            _rows(ASKED * len(NOUNS), ARABIC, list(NOUNS.values())),
        )
    _write(
        folder / "qa" / "squad_train_subset_en.jsonl.gz",
        _rows(WHO * len(NOUNS), ENGLISH, list(NOUNS)),
    )
    (folder / "dev").mkdir()
    start = str(folder / "start")
    _tiny(start)
    own = replace(
        whole.encoder, start=start, teacher=start, steps=3, frozen=1, candidates=9, others=4,
        batch_questions=3, batch_pairs=4, batch_held=2, batch_passages=2, batch_arabic=2,
        glued={"ntrex": 9}, questions={"squad_train_subset_en": 99}, arabic={"arcd_train_ar": 99},
        pairs={"ntrex": 99},
    )  # fmt: skip
    words = replace(
        whole.words, dimension=64, steps=9, batch=32, steps_beside=4, pairs={"ntrex": 99}
    )
    translated = folder / "translated.tsv"
    translated.write_text("".join(f"{en}\t{ar}\n" for en, ar in zip(WHO, ASKED, strict=True)))
    second = replace(
        whole.asked, start=start, steps=3, frozen=1, batch_questions=5, batch_arabic=2,
        batch_pairs=4, batch_short=2, batch_long=2, translated=str(translated),
        sets=["squad_train_subset_en"], arabic={"arcd_train_ar": 9}, pairs={"ntrex": 99},
    )  # fmt: skip
    yield replace(
        whole, data=folder, checkpoints=folder / "kept", encoder=own, asked=second, words=words
    )
    torch.set_num_threads(threads)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(gzip.compress(text.encode("utf-8")))


def _rows(questions: list[str], passages: list[str], answers: list[str]) -> str:
    found = []
    for question, passage in zip(questions, passages, strict=True):
        answer = next(answer for answer in answers if answer in passage)
        row = {"question": question, "context": passage, "answers": [answer], "title": ""}
        row["answer_start"] = [passage.index(answer)]  # type: ignore[assignment]
        row["lang"] = "en" if passage.isascii() else "ar"
        found.append(json.dumps(row))
    return "\n".join(found)


def _tiny(folder: str) -> None:
    """The shipped encoder's pieces on a body of two layers that has learnt nothing."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(0)
    tokenizer: Any = AutoTokenizer.from_pretrained(ROOT / "rag" / "models" / "weights" / "encoder")
    tokenizer.save_pretrained(folder)
    BertModel(
        BertConfig(
            vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2,
            num_attention_heads=2, intermediate_size=64,
        )
    ).save_pretrained(folder)  # fmt: skip
    body = modules.Transformer(folder)
    SentenceTransformer(modules=[body, modules.Pooling(32, "mean")], device="cpu").save(folder)


def test_an_encoder_is_trained_and_written_with_words(
    config: settings.TrainingSettings, tmp_path: Path
) -> None:
    from sentence_transformers import SentenceTransformer

    with pytest.raises(ValueError, match="train first"):
        _export(config, encoder.STAGE, tmp_path / "none")
    stopped = encoder.train(config, minutes=0, resume=False)
    assert stopped.step == 1
    finished = encoder.train(config, minutes=5, resume=True)
    assert (finished.step, finished.rows) == (3, 9)
    start = loop.identity(config.encoder.start)
    trained = loop.trained(config.checkpoints / "encoder.pt", start)
    before = model.load(config.encoder.start, torch.device("cpu")).state_dict()
    moved = {name for name, weight in trained.items() if not torch.equal(weight, before[name])}
    assert moved
    assert all("layer.1." in name for name in moved)

    _export(config, encoder.STAGE, tmp_path / "made")
    made = SentenceTransformer(str(tmp_path / "made"), device="cpu")
    vectors = made.encode([*ENGLISH, *ARABIC])
    assert vectors.shape == (128, 32 + 64)
    right = (vectors[:64] @ vectors[64:].T).argmax(1) == range(64)
    assert right.mean() > 0.5  # by words, which know the eight nouns and places


def _export(config: settings.TrainingSettings, stage: str, folder: Path) -> None:
    export.write(config, stage, config.encoder.start, 0.3, folder)


def test_an_encoder_learns_what_is_asked_in_arabic(
    config: settings.TrainingSettings, tmp_path: Path
) -> None:
    from sentence_transformers import SentenceTransformer

    stopped = asked.train(config, minutes=0, resume=False)
    assert stopped.step == 1
    finished = asked.train(config, minutes=5, resume=True)
    assert (finished.step, finished.rows) == (3, 15)
    _export(config, asked.STAGE, tmp_path / "made")
    made = SentenceTransformer(str(tmp_path / "made"), device="cpu")
    assert made.encode(ASKED).shape == (len(ASKED), 32 + 64)


def test_every_translated_question_has_its_passage(config: settings.TrainingSettings) -> None:
    read = asked_examples.read(config)
    assert len(read.questions) == len(ENGLISH)
    for pair, passage in read.questions:
        assert ASKED[WHO.index(pair.en)] == pair.ar
        assert pair.en.removeprefix("Who came to the ").removesuffix("?") in passage
    assert len(read.arabic) == 9
    seen = [
        question
        for step in asked_examples.epoch(read, config.asked, 1, config.seed, 0)
        for question in step.questions
    ]
    assert len(seen) == len(set(seen)) == 60  # twelve steps of five
    held = asked_examples.held_texts(read)
    assert len(held) == len(set(held))


def test_what_is_held_out_is_not_asked(config: settings.TrainingSettings, tmp_path: Path) -> None:
    lines = Path(config.asked.translated).read_text("utf-8").splitlines()
    other = tmp_path / "other.tsv"
    other.write_text("Who went home?\tمن عاد إلى بيته؟\n", "utf-8")
    with pytest.raises(ValueError, match=r"other\.tsv holds no question of squad"):
        asked_examples.read(replace(config, asked=replace(config.asked, translated=str(other))))
    held = config.data / "dev" / "held.tsv"
    held.write_text(f"{lines[0]}\n", "utf-8")
    try:
        left = {pair.en for pair, _ in asked_examples.read(config).questions}
    finally:
        held.unlink()
    assert left == set(WHO[1:])
