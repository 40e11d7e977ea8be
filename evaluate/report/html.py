"""The report of an evaluation as one HTML file that needs nothing else.

What is shown lies in ``report/``: a Jinja template, its style, its scripts and its words. The
figures are written into the page; the questions travel along as JSON and are laid out by the
scripts when they are looked at. The page may ask nobody for anything: its security policy allows
its own style and script, known by their hashes, and no address at all.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from evaluate.compare.claims import direction
from evaluate.compare.pairs import LOWER_IS_BETTER
from evaluate.measure.blame import STAGES
from evaluate.measure.deciding import PUBLISHED
from evaluate.passages import Passage
from evaluate.report.diff import nearest, word_difference
from evaluate.report.figures import date, ticks
from evaluate.report.marks import marks
from evaluate.results import Flip, Manifest, Outcome, Report, grid_key
from rag.language.text import Lang, detect_language

ASSETS = Path(__file__).parent
Said = tuple[str, Lang]
"""Text of the data with the language that most of its letters belong to."""


def render_html(report: Report) -> str:
    """The report as a page that opens from a file, with no other file and no network.

    Text of articles, questions and answers is escaped wherever it stands.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(lang=detect_language, date=date, ticks=ticks, evidence=direction)
    shown = metrics(report)
    names = {name: told for named in shown.values() for name, told in named.items()}
    style = _asset("report.css")
    script = _asset("trace.js") + _asset("report.js")
    page = environment.get_template("report.html.j2").render(
        report=report,
        words=words(),
        metrics=shown,
        names=names,
        chosen="correct" if "correct" in names else next(iter(names), ""),
        icon=base64.b64encode(_asset("icon.svg").encode()).decode("ascii"),
        set_apart=set_apart(report),
        published=PUBLISHED,
        style=Markup(style),
        script=Markup(script),
        data=Markup(inline_json(page_data(report))),
        policy=_policy(style, script),
    )
    # A lone surrogate cannot be written to any file.
    return page.encode("utf-8", "replace").decode("utf-8")


@cache
def words() -> dict[str, Any]:
    """What metrics, stages and statuses are called on the page; stages in their order."""
    loaded = json.loads(_asset("words.json"))
    stages = {stage: (loaded["stages"][stage], meaning) for stage, meaning in STAGES.items()}
    return {**loaded, "stages": stages, "lower_is_better": sorted(LOWER_IS_BETTER)}


def metrics(report: Report) -> dict[str, dict[str, tuple[str, str]]]:
    """Group → metric → name and meaning, of the metrics that the report holds."""
    there = set(report.summary.all)
    groups = {
        group: {name: tuple(told) for name, told in named.items() if name in there}
        for group, named in words()["groups"].items()
    }
    known = {name for named in groups.values() for name in named}
    groups["Other"] = {name: (name, "") for name in sorted(there - known)}
    return {group: named for group, named in groups.items() if named}


def page_data(report: Report) -> dict[str, Any]:
    """What the scripts lay out: passages by id, and the questions with their traces."""
    flips = {flip.id: flip for flip in report.comparison.flips} if report.comparison else {}
    known = {name: told[0] for named in metrics(report).values() for name, told in named.items()}
    return {
        "words": {**words(), "metrics": known},
        "passages": {id_: _passage(passage) for id_, passage in report.passages.items()},
        "questions": [
            _question(outcome, report.passages, flips.get(outcome.id))
            for outcome in report.questions
        ],
    }


def inline_json(data: object) -> str:
    """JSON that may stand inside a script element, whatever text it holds."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _question(outcome: Outcome, passages: dict[str, Passage], flip: Flip | None) -> dict[str, Any]:
    """An outcome as the scripts read it; what is empty is left out."""
    lang = outcome.lang
    told = {
        "id": outcome.id,
        "question": said(outcome.question, lang),
        "status": outcome.status,
        "pair": grid_key(lang, outcome.passage_lang),
        "tags": outcome.tags,
        "answerable": outcome.answerable,
        "blame": outcome.blame,
        "standalone": outcome.standalone != outcome.question and said(outcome.standalone, lang),
        "expected": [said(text, lang) for text in outcome.expected],
        "answer": lines(outcome.answer, outcome.answer_lang or lang),
        "prediction": outcome.prediction and said(outcome.prediction, lang),
        "withheld": outcome.withheld and said(outcome.withheld, lang),
        "difference": _difference(outcome),
        "refused": outcome.refused,
        "reason": outcome.reason and said(outcome.reason, lang),
        "missing": [said(text, lang) for text in outcome.missing],
        "error": outcome.error and said(outcome.error),
        "places": asdict(outcome.places),
        "values": outcome.values,
        "citations": [{**asdict(cited), "quote": said(cited.quote)} for cited in outcome.citations],
        "hits": [asdict(hit) for hit in outcome.hits],
        "gold": outcome.gold,
        "marks": marks(outcome, passages),
        "timings": outcome.timings,
        "verdict": outcome.verdict and asdict(outcome.verdict),
        "flip": flip and _flip(flip, lang),
    }
    sure = {} if outcome.confidence is None else {"confidence": outcome.confidence}
    return sure | {name: value for name, value in told.items() if value}


def lines(text: str, own: Lang) -> list[Said]:
    """The lines of an answer, each with its language.

    A quote («…») is in that of its letters. The answer's own words are in ``own``, also where a
    title in them has more letters in the other language than they have in theirs.
    """
    return [
        said(line, own) if line.startswith("«") else (line, own)
        for line in text.split("\n")
        if line.strip()
    ]


def said(text: str, default: Lang = "en") -> Said:
    """``text`` and its language, which is ``default`` when it holds no letters."""
    return text, detect_language(text, default)


def _passage(passage: Passage) -> dict[str, Any]:
    return {
        "title": said(passage.title, passage.lang),
        "text": said(passage.text, passage.lang),
        "article": passage.article,
        **({"part": passage.part} if passage.part != "text" else {}),
    }


def _flip(flip: Flip, lang: Lang) -> dict[str, Any]:
    return {**asdict(flip), "before": lines(flip.before, lang), "after": lines(flip.after, lang)}


def _difference(outcome: Outcome) -> dict[str, Any] | None:
    """How the short answer, or the one that was withheld, differs from the nearest expected."""
    prediction = outcome.prediction or outcome.withheld
    expected = nearest(prediction, outcome.expected) if prediction else None
    if prediction is None or expected is None:
        return None
    pieces = word_difference(prediction, expected)
    return {
        "lang": detect_language(prediction, outcome.lang),
        "pieces": [(piece.kind, said(piece.text, outcome.lang)) for piece in pieces],
    }


def set_apart(report: Report) -> list[tuple[str, str, str]]:
    """What was measured otherwise than in the baseline: name, before, after."""
    if report.comparison is None:
        return []
    before, after = _flat(report.comparison.baseline), _flat(report.manifest)
    names = [*after, *(name for name in before if name not in after)]
    pairs = ((name, before.get(name, "–"), after.get(name, "–")) for name in names)
    return [(name, old, new) for name, old, new in pairs if old != new]


def _flat(manifest: Manifest) -> dict[str, str]:
    fields = asdict(manifest)
    del fields["created"]
    fields |= {**fields.pop("settings"), **fields.pop("question_files")}
    return {name: "none" if value is None else str(value) for name, value in fields.items()}


def _policy(style: str, script: str) -> str:
    """A security policy under which only this style and this script count, and nothing is asked."""

    def known(text: str) -> str:
        digest = hashlib.sha256(text.encode("utf-8")).digest()
        return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"

    return (
        f"default-src 'none'; style-src {known(style)}; script-src {known(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
