"""The walls of the house: who may import whom, who may touch what, and what the files may say."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.models.quiet import silence_progress_bars, stay_offline
from rag.settings import ROOT

LAYERS: dict[str, set[str]] = {
    "app": {"app", "ui", "ingest", "rag"},
    "cli": {"cli", "ui", "ingest", "rag"},
    "sanad": {"ingest", "rag"},
    "ui": {"ui", "evaluate", "rag", "ingest.address", "ingest.report", "ingest.temporary"},
    "evaluate": {"evaluate", "rag"},
    "ingest": {"ingest", "rag"},
    "rag": {"rag"},
}
"""What each part of the product may import of the others: a package, or one module of it."""

ENTRIES = {"ingest.__main__": {"cli"}}
"""Modules that are run and never imported: another door to a face."""

ROOMS: dict[str, tuple[set[str], ...]] = {
    "rag": (
        {"errors", "language"},
        {"types", "timings", "environment", "settings", "precedence"},
        {"models"},
        {"store"},
        {"search"},
        {"answer"},
        {"chain"},
        {"assistant"},
    ),
    "evaluate": (
        {"passages"},
        {"results"},
        {"statistics", "questions"},
        {"measure"},
        {"compare"},
        {"report", "run"},
        {"sweep"},
    ),
    "ui": ({"views"}, {"browser", "terminal"}),
}
"""The rooms of each package in the order of their way: one may import those before it."""

OWN = {*LAYERS, "bench", "training", "scripts", "tests"}
HEAVY = {
    "chainlit",
    "chromadb",
    "langchain",
    "langchain_core",
    "langchain_chroma",
    "langsmith",
    "onnxruntime",
    "sentence_transformers",
    "torch",
    "trafilatura",
    "transformers",
}


def product_files() -> list[Path]:
    folders = (ROOT / name for name in ("ui", "evaluate", "ingest", "rag"))
    faces = [ROOT / name for name in ("app.py", "cli.py", "sanad.py")]
    files = [*faces, *(file for folder in folders for file in folder.rglob("*.py"))]
    return sorted(files)


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(file: Path) -> Iterator[tuple[str, int]]:
    """Modules that a file imports, wherever it does, with the line."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: a relative import"
            yield node.module or "", node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def within(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def files_by_layer() -> list[tuple[str, Path]]:
    return [(module_of(file).split(".")[0], file) for file in product_files()]


@pytest.mark.parametrize(
    ("layer", "file"), files_by_layer(), ids=[module_of(f) for f in product_files()]
)
def test_imports_point_one_way(layer: str, file: Path) -> None:
    allowed = LAYERS[layer] | ENTRIES.get(module_of(file), set())
    for module, line in imports(file):
        if module.split(".")[0] not in OWN:
            continue
        parent = any(a.startswith(f"{module}.") for a in allowed)  # from ingest import report
        assert within(module, allowed) or parent, f"{file}:{line} imports {module}"


def room_of(module: str) -> tuple[int, str] | None:
    """Where on its package's way a module stands, and in which room; None for a whole package."""
    package, _, rest = module.partition(".")
    room = rest.partition(".")[0]
    places = [place for place, rooms in enumerate(ROOMS.get(package, ())) if room in rooms]
    return (places[0], room) if places else None


@pytest.mark.parametrize("package", ROOMS)
def test_every_module_has_its_room(package: str) -> None:
    modules = [module_of(f) for f in product_files() if f.is_relative_to(ROOT / package)]
    assert [m for m in modules if m != package and room_of(m) is None] == []


@pytest.mark.parametrize("package", ROOMS)
def test_no_import_runs_back_up(package: str) -> None:
    for file in product_files():
        own = room_of(module_of(file))
        if not file.is_relative_to(ROOT / package) or own is None:
            continue
        for module, line in imports(file):
            other = room_of(module) if within(module, {package}) else None
            assert other is None or other == own or other[0] < own[0], (
                f"{file}:{line} imports {module}"
            )


def test_no_module_stands_in_the_way_of_a_standard_one() -> None:
    """Neither from the checkout nor beside a script that is run, which come first on the path."""
    found = [*ROOT.glob("*.py"), *ROOT.glob("*/__init__.py"), *(ROOT / "scripts").glob("*.py")]
    names = {file.parent.name if file.stem == "__init__" else file.stem for file in found}
    assert names & sys.stdlib_module_names == set()


def test_only_the_store_knows_its_databases() -> None:
    for file in product_files():
        if within(module_of(file), {"rag.store"}):
            continue
        for module, line in imports(file):
            assert not within(module, {"chromadb", "sqlite3"}), f"{file}:{line} imports {module}"


def uses_of_the_environment(file: Path) -> Iterator[tuple[str, int]]:
    """Every way that a file takes to the environment, with the line."""
    tree = ast.parse(file.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if ast.unparse(node) in {"os.environ", "os.environb", "os.getenv", "os.getenvb"}:
                yield ast.unparse(node), node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from ((alias.name, node.lineno) for alias in node.names if "env" in alias.name)


def test_only_settings_and_what_stands_beside_them_read_the_environment() -> None:
    allowed = {"rag.environment", "rag.models.quiet"}
    for file in product_files():
        if module_of(file) not in allowed:
            assert list(uses_of_the_environment(file)) == [], file


def test_what_quiets_libraries_overrules_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("HF_HUB_DISABLE_PROGRESS_BARS", "HF_HUB_OFFLINE", "TOKENIZERS_PARALLELISM")
    for name in names:
        monkeypatch.setenv(name, "chosen")
    silence_progress_bars()
    stay_offline()
    assert [os.environ[name] for name in names] == ["chosen"] * 3


@pytest.mark.parametrize(
    "modules",
    ["rag.assistant, ingest.pipeline, cli", "rag.store", "ui.views.answer", "evaluate.run"],
)
def test_nothing_heavy_is_imported_before_it_is_used(modules: str) -> None:
    code = f"import sys, {modules}; print(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def written_files() -> list[Path]:
    """Every file that belongs to the project: those git knows or would take up."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def read_texts() -> Iterator[tuple[Path, str]]:
    for file in written_files():
        data = file.read_bytes()
        model = file.is_relative_to(ROOT / "rag" / "models" / "weights") and file.suffix != ".md"
        if b"\0" not in data[:8000] and not model and file != Path(__file__).resolve():
            yield file, data.decode("utf-8")


UNFIT = {
    "a path of one machine": rf"{re.escape(str(ROOT))}\b|(?<![\w./])/(?:root|home|Users|work)/\w",
    "unfinished work": r"\b(?:TODO|FIXME|XXX|HACK)\b",
    "a skipped test": r"pytest\.(?:skip|importorskip)\b|mark\.(?:skip|skipif|xfail)\b",
    "how it came to be": r"(?i)\b(?:co-authored-by|as an ai\b|language model wrote|generated by ai"
    r"|sub-?agents?|work-?place)\b",
}


@pytest.mark.parametrize("what", UNFIT)
def test_no_file_holds(what: str) -> None:
    found = [
        f"{file.relative_to(ROOT)}: {match.group()}"
        for file, text in read_texts()
        for match in re.finditer(UNFIT[what], text)
    ]
    assert found == []


def test_every_text_file_is_utf8_and_ends_in_a_line_break() -> None:
    for file, text in read_texts():
        assert not text or text.endswith("\n"), file
        assert "\r" not in text, file
