"""The table of sources for the model cards, made from the data folder's README.md.

    python -m training.licences --config training/config.toml

Of every file that the configuration trains on: what it is, its licence, and how much of it is used.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from training import settings
from training.data import corpus

_LICENCE = re.compile(r"CC|MIT|ODbL|Apache|BSD|Unicode|none")
_ENDING = re.compile(r"_(?:en|ar|ar_mt|religious|dr5hn)$")


def used(config: settings.TrainingSettings) -> dict[str, str]:
    """Files by name, each with what is taken of it."""
    found: dict[str, str] = {}
    for what, counts in (
        ("first vocabulary, pairs", dict.fromkeys(_start(config), config.vocabulary.most)),
        ("first vocabulary, texts", dict.fromkeys(_read(config))),
        ("encoder, questions", config.encoder.questions),
        ("encoder, Arabic questions", config.encoder.arabic),
        ("encoder, pairs", config.encoder.pairs),
        ("encoder, put into Arabic", dict.fromkeys(config.asked.sets)),
        ("encoder again, Arabic questions", config.asked.arabic),
        ("encoder again, pairs", config.asked.pairs),
        ("encoder's words, beside it", config.words.pairs),
        ("reader, an epoch", config.reader.draw),
    ):
        for name, count in counts.items():
            known = f"{found[name]}; " if name in found else ""
            found[name] = f"{known}{what}: {'all' if count is None else f'{count:,}'}"
    return found


def _read(config: settings.TrainingSettings) -> list[str]:
    return [*config.vocabulary.texts, *config.vocabulary.questions]


def _start(config: settings.TrainingSettings) -> list[str]:
    return [*config.vocabulary.parallel, *corpus.LEXICA]


def described(readme: str) -> dict[str, tuple[str, str]]:
    """(domain, licence) of each file that a table or list of the README names.

    >>> described("wordnet 106k (CC BY-SA, noisy synonyms) · person names 65k (~5 % wrong)")
    {'wordnet': ('names and terms', 'CC BY-SA'), 'person_names': ('names and terms', 'not stated')}
    """
    found: dict[str, tuple[str, str]] = {}
    columns: list[str] = []
    for line in readme.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if "licence" in cells:
            columns = cells
        elif line.startswith("|--"):
            continue
        elif columns and line.startswith("|") and len(cells) >= len(columns) - 1:
            row = dict(zip(columns, cells, strict=False))
            names = re.split(r"[/,]", cells[0])
            licences = row["licence"].split(" / ")
            each = licences if len(licences) == len(names) else [row["licence"]] * len(names)
            for name, licence in zip(names, each, strict=True):
                found[_plain(name)] = (row["domain"].replace("*", ""), licence)
        elif not line.startswith("|"):
            columns = []
            found.update(_listed(line))
    return found


def _listed(line: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Entries of a line such as ``wordnet 106k (CC BY) · some_news 2,418 paragraphs (MIT)``."""
    for entry in line.split(" · "):
        match = re.match(
            r"(?P<name>[\w /]+?) (?:[\d.]+k|\d+,[\d,]+) .*?\((?P<note>[^)]+)\)", f"{entry} "
        )
        if match:
            licence = match["note"].split(",")[0]
            stated = bool(_LICENCE.search(licence))
            prose = match["name"].endswith("_news") or match["name"] == "stories"
            domain = "news and stories" if prose else "names and terms"
            yield _plain(match["name"]), (domain, licence if stated else "not stated")


def _plain(name: str) -> str:
    name = re.sub(r"\(.*?\)|\*", "", name).strip().lstrip("_").replace(" ", "_")
    while _ENDING.search(name):
        name = _ENDING.sub("", name)
    return name


def table(config: settings.TrainingSettings) -> str:
    """The table in Markdown; a file that the README does not describe says so."""
    known = described((config.data / "README.md").read_text("utf-8"))
    lines = ["| source | domain | licence as its repository states | taken |", "|---|---|---|---|"]
    for name, taken in sorted(used(config).items()):
        domain, licence = _best(known, _plain(name))
        lines.append(f"| {name} | {domain} | {licence} | {taken} |")
    return "\n".join(lines)


def _best(known: dict[str, tuple[str, str]], name: str) -> tuple[str, str]:
    """The entry that shares the most first letters with ``name``: names there are shortened."""

    def shared(other: str) -> int:
        pairs = zip(re.sub(r"\W", "", name), re.sub(r"\W", "", other), strict=False)
        same = [a == b for a, b in pairs]
        return [*same, False].index(False)

    best = max(known, key=shared)
    return known[best] if name in known or shared(best) >= 4 else ("?", "not described")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="training.licences", description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("training/config.toml"))
    print(table(settings.load(parser.parse_args().config)))


if __name__ == "__main__":
    main()
