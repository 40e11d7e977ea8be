"""What is served from public/ and .chainlit/: complete in both languages, and all of it local."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.language.text import LANGS, Lang, detect_language
from rag.settings import ROOT, SAMPLE_ARTICLES
from ui.browser.starters import starters

PUBLIC = ROOT / "public"
TRANSLATIONS = ROOT / ".chainlit" / "translations"
CONFIG = tomllib.loads((ROOT / ".chainlit" / "config.toml").read_text("utf-8"))
NAMESPACES = {"http://www.w3.org/2000/svg"}


def leaves(tree: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{key}.")
        else:
            yield path + key, value


def translation(path: Path) -> dict[str, str]:
    return dict(leaves(json.loads(path.read_text("utf-8"))))


def chainlits_own() -> dict[str, str]:
    found = importlib.util.find_spec("chainlit")
    assert found is not None
    assert found.origin is not None
    return translation(Path(found.origin).parent / "translations" / "en-US.json")


@pytest.mark.parametrize("name", ["ar", "en-US"])
def test_translations_are_complete(name: str) -> None:
    original, ours = chainlits_own(), translation(TRANSLATIONS / f"{name}.json")
    assert ours.keys() == original.keys()
    for key, text in original.items():
        assert re.findall(r"\{\{\w+\}\}", ours[key]) == re.findall(r"\{\{\w+\}\}", text), key
        assert ours[key].strip(), key


def test_the_arabic_translation_is_arabic() -> None:
    latin = {"auth.login.form.email.placeholder", "navigation.user.menu.settingsKey"}
    for key, text in translation(TRANSLATIONS / "ar.json").items():
        if key not in latin:
            assert re.search("[ء-ي]", text), (key, text)


@pytest.mark.parametrize("lang", LANGS)
def test_the_about_page_is_there_in_both_languages(lang: Lang) -> None:
    name = {"ar": "chainlit_ar.md", "en": "chainlit.md"}[lang]
    assert detect_language((ROOT / name).read_text("utf-8")) == lang


def test_nothing_that_is_served_names_another_machine() -> None:
    files = [path for path in PUBLIC.rglob("*") if path.is_file()]
    assert len(files) >= 9
    for path in files:
        found = set(re.findall(r"https?://[^\s\"'<>)]+", path.read_text("utf-8")))
        assert found <= NAMESPACES, path


def test_the_configuration_keeps_doors_shut() -> None:
    assert all(
        re.fullmatch(r"http://(localhost|127\.0\.0\.1):\d+", origin)
        for origin in CONFIG["project"]["allow_origins"]
    )
    features = CONFIG["features"]
    assert features["unsafe_allow_html"] is False
    assert features["user_message_markdown"] is False
    assert features["mcp"]["enabled"] is False


def test_what_the_configuration_names_is_there() -> None:
    for key in ("custom_css", "custom_js"):
        assert (ROOT / CONFIG["UI"][key].lstrip("/")).is_file()
    assert (PUBLIC / "avatars" / f"{CONFIG['UI']['name'].lower()}.svg").is_file()


def test_fonts_are_the_readers_own() -> None:
    theme = json.loads((PUBLIC / "theme.json").read_text("utf-8"))
    assert theme["custom_fonts"] == []
    light, dark = theme["variables"]["light"], theme["variables"]["dark"]
    assert light.keys() == dark.keys()


@pytest.mark.parametrize("lang", LANGS)
def test_starters_come_in_both_languages_the_readers_first(lang: Lang) -> None:
    found = starters(lang)
    assert {"كم عدد الجنود المرسلين؟", "Who commands CSTO forces?"} <= set(found)
    assert [detect_language(text) == lang for text in found] == [True, True, True, False]
    assert SAMPLE_ARTICLES.is_dir()
