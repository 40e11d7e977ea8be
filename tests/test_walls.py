"""The walls of the house: who may import whom, who may touch what, and what the files may say."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.settings import ROOT

LAYERS: dict[str, set[str]] = {
    "app": {"app", "ui", "ingest", "rag"},
    "cli": {"cli", "ui", "ingest", "rag"},
    "ui": {"ui", "evaluate", "rag", "ingest.report", "ingest.temporary"},
    "evaluate": {"evaluate", "rag"},
    "ingest": {"ingest", "rag"},
    "rag": {"rag"},
}
"""What each part of the product may import of the others: a package, or one module of it."""

OWN = {"app", "cli", "ui", "evaluate", "ingest", "rag", "bench", "training", "scripts", "tests"}
HEAVY = {
    "chainlit",
    "chromadb",
    "langchain",
    "langchain_chroma",
    "sentence_transformers",
    "torch",
    "trafilatura",
    "transformers",
}


def product_files() -> list[Path]:
    folders = (ROOT / name for name in ("ui", "evaluate", "ingest", "rag"))
    files = [ROOT / "app.py", ROOT / "cli.py", *(f for d in folders for f in d.rglob("*.py"))]
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
    allowed = LAYERS[layer]
    for module, line in imports(file):
        if module.split(".")[0] not in OWN:
            continue
        parent = any(a.startswith(f"{module}.") for a in allowed)  # from ingest import report
        assert within(module, allowed) or parent, f"{file}:{line} imports {module}"


def test_only_the_store_knows_its_databases() -> None:
    for file in product_files():
        if within(module_of(file), {"rag.store"}):
            continue
        for module, line in imports(file):
            assert not within(module, {"chromadb", "sqlite3"}), f"{file}:{line} imports {module}"


def test_only_the_settings_read_the_environment() -> None:
    for file in product_files():
        if module_of(file) == "rag.settings":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            what = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            imported = isinstance(node, ast.ImportFrom) and node.module == "os"
            names = {alias.name for alias in node.names} if imported else set()
            assert what not in {"os.getenv", "os.environb", "os.getenvb"}, (file, node.lineno)
            assert not names & {"environ", "getenv"}, (file, node.lineno)
            if what == "os.environ":
                assert module_of(file) == "rag.models.encoder", (file, node.lineno)


def test_the_encoder_only_gives_the_environment_defaults() -> None:
    tree = ast.parse((ROOT / "rag" / "models" / "encoder.py").read_text("utf-8"))
    uses = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == "environ"]
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "os.environ.setdefault"
    ]
    assert len(uses) == len(calls) > 0


@pytest.mark.parametrize(
    "modules", ["rag.chain, ingest.pipeline, cli", "rag.store", "ui.views.answer", "evaluate.run"]
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
