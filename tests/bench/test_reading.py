from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import reading
from rag.errors import SourceError
from tests.bench.conftest import PARAGRAPHS, squad


def test_a_set_has_its_paragraphs_first_and_then_distinct_distractors(data_folder: Path) -> None:
    data = reading.load_set(data_folder)
    assert data.name == "xquad-dev"
    assert data.paragraphs["ar"][:2] == [context for context, _ in PARAGRAPHS["ar"]]
    assert data.paragraphs["ar"][2:] == ["سافر الوفد.", "نزل المطر."]
    assert data.paragraphs["en"][2:] == ["It rained.", "A dog ran."]
    assert data.distractors == {"ar": 2, "en": 2}
    assert [(q.lang, q.gold) for q in data.questions] == [
        ("ar", 0),
        ("ar", 1),
        ("en", 0),
        ("en", 1),
    ]


def test_distractors_are_the_first_ones(data_folder: Path) -> None:
    data = reading.load_set(data_folder, most_distractors=1)
    assert data.paragraphs["en"][2:] == ["It rained."]
    assert reading.load_set(data_folder, most_distractors=0).distractors == {"ar": 0, "en": 0}


def test_the_public_set_will_do(tmp_path: Path) -> None:
    for lang, pairs in PARAGRAPHS.items():
        (tmp_path / f"xquad.{lang}.json").write_text(json.dumps(squad(pairs)), "utf-8")
    data = reading.load_set(tmp_path)
    assert data.name == "xquad"
    assert data.distractors == {"ar": 0, "en": 0}


def test_a_folder_without_a_set_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"xquad-dev\.ar\.json"):
        reading.load_set(tmp_path)


def test_languages_must_match(data_folder: Path) -> None:
    file = data_folder / "dev" / "xquad-dev.en.json"
    file.write_text(json.dumps(squad(PARAGRAPHS["en"][:1])), "utf-8")
    with pytest.raises(SourceError, match="differ"):
        reading.load_set(data_folder)


def test_a_file_of_another_kind_is_named(data_folder: Path) -> None:
    file = data_folder / "dev" / "xquad-dev.en.json"
    file.write_text('{"version": 1}', "utf-8")
    with pytest.raises(SourceError, match=r"xquad-dev\.en\.json"):
        reading.load_set(data_folder)
