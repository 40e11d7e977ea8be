"""Prompt files: what they declare, what is filled in, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.draft import NO_ANSWER
from rag.answer.prompts import Prompt, load_prompt
from rag.errors import SettingsError
from rag.language.text import LANGS, Lang

GOOD = """---
description: A test.
variables: [name, word]
---
## system

You are {{ name }}, {not a variable}.

## user

{{word}} and {{word}}
"""
VALUES = {
    "answer": {"passages": "P", "question": "Q", "no_answer": NO_ANSWER},
    "condense": {"conversation": "C", "question": "Q"},
}


def write(folder: Path, text: str) -> Path:
    (folder / "test.en.md").write_text(text, encoding="utf-8")
    return folder


def test_a_prompt(tmp_path: Path) -> None:
    prompt = load_prompt("test", "en", write(tmp_path, GOOD))
    assert prompt.variables == ("name", "word")
    assert prompt.render(name="Sanad", word="so") == [
        ("system", "You are Sanad, {not a variable}."),
        ("user", "so and so"),
    ]


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_files_of_other_editors(tmp_path: Path, ending: str) -> None:
    text = "\ufeff" + GOOD.replace("\n", ending)
    (tmp_path / "test.en.md").write_bytes(text.encode())
    assert load_prompt("test", "en", tmp_path).variables == ("name", "word")


@given(value=st.text() | st.sampled_from(["{{word}}", "{name}", "## user\n", "\\1 \\g<0>", "%s"]))
def test_values_are_data(value: str) -> None:
    prompt = Prompt(Path("p.md"), ("name", "word"), "{{name}}|{{word}}", "{{word}}")
    assert prompt.render(name=value, word="w") == [("system", f"{value}|w"), ("user", "w")]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("{{word}}", "{{world}}"), "uses `world` and does not declare it"),
        (("[name, word]", "[name, word, rest]"), "declares `rest` and does not use it"),
        (("[name, word]", "name"), "must declare a list"),
        (("variables: [name, word]", "words: []"), "must declare a list"),
        (("description", "author"), "does not know `author`"),
        (("[name, word]", "[name"), "not YAML"),
        (("---\n## system", "## system"), "is not a prompt"),
        (("## user", "## human"), "is not a prompt"),
        (("## user", "## user\n## user"), "is not a prompt"),
        (("## system", "Hello.\n## system"), "is not a prompt"),
        (("{{word}} and", "{{word and"), "double braces"),
        (("{{word}} and", "{{a word}} and"), "double braces"),
    ],
)
def test_what_is_no_prompt(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    assert change[0] in GOOD
    folder = write(tmp_path, GOOD.replace(*change))
    with pytest.raises(SettingsError) as caught:
        load_prompt("test", "en", folder)
    assert says in str(caught.value)
    assert str(folder / "test.en.md") in str(caught.value)


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nothing\.ar\.md"):
        load_prompt("nothing", "ar", tmp_path)
    (tmp_path / "test.en.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="UTF-8"):
        load_prompt("test", "en", tmp_path)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"name": "a"}, "`word`"),
        ({}, "`name`, `word`"),
        ({"name": "a", "word": "b", "more": "c"}, "`more`"),
    ],
)
def test_values_must_match(tmp_path: Path, values: dict[str, str], says: str) -> None:
    prompt = load_prompt("test", "en", write(tmp_path, GOOD))
    with pytest.raises(SettingsError) as caught:
        prompt.render(**values)
    assert says in str(caught.value)
    assert "test.en.md" in str(caught.value)


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("lang", LANGS)
def test_the_prompts_of_sanad(name: str, lang: Lang) -> None:
    prompt = load_prompt(name, lang)
    assert set(prompt.variables) == set(VALUES[name])
    (_, system), (_, user) = prompt.render(**VALUES[name])
    assert "Q" in user
    if name == "answer":
        assert NO_ANSWER in system
        assert "<passage> " in system
        assert "</passage>" in system


def test_both_languages_have_the_same_rules() -> None:
    for name in VALUES:
        arabic, english = (load_prompt(name, lang) for lang in LANGS)
        assert arabic.variables == english.variables
        for number in range(1, 10):
            assert (f"\n{number}. " in arabic.system) == (f"\n{number}. " in english.system)
