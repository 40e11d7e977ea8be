from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from bench import machine, reading
from bench.results import Results
from bench.run import measure_finding
from rag.language.text import Lang
from rag.settings import Settings
from tests.doubles import HashingEncoder

PARAGRAPHS: dict[Lang, list[tuple[str, str]]] = {
    "ar": [
        ("يزرع الفلاحون القمح في وادي النيل كل خريف.", "ماذا يزرع الفلاحون في وادي النيل؟"),
        ("بنى المهندسون جسرا طويلا فوق مضيق البوسفور.", "أين بنى المهندسون الجسر؟"),
    ],
    "en": [
        ("Farmers sow wheat in the Nile valley every autumn.", "What do farmers sow?"),
        ("Engineers built a long bridge over the Bosphorus.", "Who built a long bridge?"),
    ],
}


def squad(pairs: list[tuple[str, str]]) -> dict[str, object]:
    rows = [
        {
            "context": context,
            "qas": [{"id": str(i), "question": question, "answers": []}],
        }
        for i, (context, question) in enumerate(pairs)
    ]
    return {"version": "1.1", "data": [{"title": "t", "paragraphs": rows}]}


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    """Two parallel paragraphs, and distractors of which some are the same."""
    return write_data(tmp_path / "data")


def write_data(folder: Path) -> Path:
    (folder / "dev").mkdir(parents=True)
    (folder / "qa").mkdir()
    for lang, pairs in PARAGRAPHS.items():
        text = json.dumps(squad(pairs), ensure_ascii=False)
        (folder / "dev" / f"xquad-dev.{lang}.json").write_text(text, "utf-8")
    write_contexts(
        folder / "qa" / "aaqad_ar_nodev.jsonl.gz", ["سافر الوفد.", "سافر الوفد.", "نزل المطر."]
    )
    write_contexts(folder / "qa" / "tydiqa_goldp_train_en.jsonl.gz", ["It rained.", "It rained."])
    write_contexts(folder / "qa" / "squad_train_subset_en.jsonl.gz", ["It rained.", "A dog ran."])
    return folder


def write_contexts(file: Path, contexts: list[str]) -> None:
    with gzip.open(file, "wt", encoding="utf-8") as lines:
        for context in contexts:
            lines.write(json.dumps({"context": context}, ensure_ascii=False) + "\n")


@pytest.fixture(scope="session")
def encoder() -> HashingEncoder:
    return HashingEncoder(dimension=256)


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings.model_construct()  # the defaults, whatever the environment says


@pytest.fixture(scope="session")
def measured(
    tmp_path_factory: pytest.TempPathFactory, encoder: HashingEncoder, settings: Settings
) -> Results:
    """What is found in that folder."""
    results = Results(machine.describe(), encoder.identity, {"fusion": "rrf"}, quick=True)
    data = reading.load_set(write_data(tmp_path_factory.mktemp("bench") / "data"))
    measure_finding(results, data, encoder, settings, lambda _: None)
    return results
