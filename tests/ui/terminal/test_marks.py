from __future__ import annotations

import pytest
from rich.style import Style
from rich.text import Text

from ui.terminal.bidi import FSI, LRM, PDI, RLM
from ui.terminal.marks import with_marks
from ui.views.layout import Direction

NAMES = {LRM: "<L>", RLM: "<R>"}


def marked(text: str, direction: Direction) -> str:
    plain = with_marks(Text(text), direction).plain
    return "".join(NAMES.get(character, character) for character in plain)


@pytest.mark.parametrize(
    ("text", "direction", "expected"),
    [
        (f"قوات {FSI}[1]{PDI} في", "rtl", "قوات <R><L>[1]<L><R> في"),
        (f"in {FSI}[1]{PDI} the", "ltr", "in [1] the"),
        (f"قال {FSI}the forces{PDI}.", "rtl", "قال <R>the forces<R>."),
        (f"قال {FSI}قوات!{PDI} أمس", "rtl", "قال قوات! أمس"),
        (f"from {FSI}قوات{PDI}.", "ltr", "from <L>قوات<L>."),
        (f"from {FSI}6 يناير{PDI}", "ltr", "from <L><R>6 يناير<L>"),
        # Not after the quotation mark, which VTE would then not mirror.
        (f"في «{FSI}Forces{PDI}»:", "rtl", "في <R>«Forces<R>»:"),
        (f"في «{FSI}قوات{PDI}»:", "rtl", "في «قوات»:"),
        ("\u2066a.\u2069 ب", "rtl", "<R>a.<L><R> ب"),
        ("a \u2067b\u2069", "ltr", "a <L><R>b<R><L>"),
        ("a \u202eb\u202c c", "ltr", "a b c"),
        (f"a{PDI} b", "ltr", "a b"),
    ],
)
def test_isolates_become_marks_where_they_change_anything(
    text: str, direction: Direction, expected: str
) -> None:
    assert marked(text, direction) == expected


def test_styles_stay_with_their_letters() -> None:
    bold = Style(bold=True)
    text = with_marks(Text.assemble(f"ق «{FSI}", ("Forces", bold), PDI), "rtl")
    styled = "".join(text.plain[s.start : s.end] for s in text.spans if s.style == bold)
    assert styled == "Forces"
