from __future__ import annotations

import io
import re
import unicodedata

import pytest
from rich.console import Console
from rich.style import Style
from rich.text import Text

from ui.terminal.bidi import LRM, RLM, Order
from ui.terminal.screen import Manner, Screen, manner

ARABIC = "قوات CSTO (2500) في كازاخستان"
ARABIC_IN_VISUAL_ORDER = "ناتسخازاك يف CSTO (2500) تاوق"
BOLD = Style(bold=True)
ANSI = re.compile(r"\x1b\[[\d;]*m")


def screen(order: Order, *, width: int = 40, told: bool = False, colour: bool = False) -> Screen:
    console = Console(
        file=io.StringIO(), width=width, force_terminal=colour, highlight=False, no_color=False
    )
    return Screen(console, Manner(order, takes_direction=told))


def written(target: Screen) -> str:
    assert isinstance(target.console.file, io.StringIO)
    return target.console.file.getvalue()


def read(line: str) -> str:
    """A line in visual order with its letters in their plain forms."""
    return unicodedata.normalize("NFKC", line)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm-256color", "VTE_VERSION": "7006"}, Manner("terminal", True)),
        ({"TERM": "xterm-256color", "VTE_VERSION": "5602"}, Manner("visual")),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "221203"}, Manner("words")),
        ({"TERM": "mlterm", "MLTERM": "3.9.0"}, Manner("terminal")),
        ({"TERM": "xterm-kitty"}, Manner("kitty")),
        ({"TERM": "xterm", "XTERM_VERSION": "XTerm(379)"}, Manner("visual")),
        ({"TERM": "xterm-256color", "WT_SESSION": "f3c1"}, Manner("visual")),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, Manner("visual")),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, Manner("terminal")),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, Manner("visual")),
        ({"TERM": "linux"}, Manner("visual")),
        ({"TERM": "dumb"}, Manner("logical")),
        ({"TERM": "xterm-256color"}, Manner("terminal")),
        ({}, Manner("terminal")),
        # Started from a shell in another terminal, whose variables are inherited.
        ({"TERM": "xterm-kitty", "VTE_VERSION": "7006"}, Manner("kitty")),
        ({"TERM": "xterm", "TERM_PROGRAM": "vscode", "VTE_VERSION": "7006"}, Manner("visual")),
        # tmux passes lines on: what counts is the terminal around it.
        (
            {"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "VTE_VERSION": "7006"},
            Manner("terminal", True),
        ),
        ({"TERM": "screen", "XTERM_VERSION": "XTerm(379)"}, Manner("visual")),
    ],
)
def test_the_manner_is_that_of_the_terminal(environment: dict[str, str], expected: Manner) -> None:
    assert manner("auto", environment, is_terminal=True) == expected
    assert manner("auto", environment, is_terminal=False) == Manner("logical")


def test_a_choice_stands_above_what_the_terminal_says() -> None:
    vte = {"VTE_VERSION": "7006"}
    assert manner("visual", vte, is_terminal=True) == Manner("visual")
    assert manner("visual", vte, is_terminal=False) == Manner("visual")
    assert manner("terminal", vte, is_terminal=True) == Manner("terminal", True)
    assert manner("terminal", {}, is_terminal=True) == Manner("terminal", False)


def test_a_pipe_gets_the_text_as_it_is_on_one_line() -> None:
    target = screen("logical", width=20)
    target.paragraph(Text(ARABIC * 5, BOLD))
    assert written(target) == ARABIC * 5 + "\n"


def test_visual_lines_end_at_the_right_margin() -> None:
    target = screen("visual")
    target.paragraph(ARABIC)
    (line,) = written(target).splitlines()
    assert read(line) == read(" " * 11 + ARABIC_IN_VISUAL_ORDER)
    assert len(line) == 40


def test_indentation_is_on_the_side_where_lines_begin() -> None:
    target = screen("visual")
    target.paragraph(ARABIC, indent=3, hang=2)
    target.paragraph("left to right", indent=3)
    first, last = written(target).splitlines()
    assert read(first).strip() == ARABIC_IN_VISUAL_ORDER
    assert len(first) == 37
    assert last == "   left to right"


def test_lines_are_wrapped_in_logical_order_before_they_are_turned() -> None:
    target = screen("visual", width=24)
    target.paragraph("قال الناطق إن القوات وصلت إلى ألماتي", hang=4)
    lines = [read(line).strip()[::-1] for line in written(target).splitlines()]
    assert lines == ["قال الناطق إن القوات", "وصلت إلى ألماتي"]


@pytest.mark.parametrize("order", ["terminal", "words", "kitty", "visual"])
def test_no_line_is_wider_than_the_screen(order: Order) -> None:
    target = screen(order, width=30)
    target.paragraph(f"{ARABIC} " * 4 + "x" * 70, indent=2, hang=3)
    text = written(target).replace(LRM, "").replace(RLM, "")
    assert max(map(len, text.splitlines())) <= 30


def test_a_guessing_terminal_is_given_a_mark_where_it_would_guess_wrong() -> None:
    target = screen("terminal", width=60)
    target.paragraph(ARABIC)
    target.paragraph("CSTO أرسلت قواتها إلى ألماتي")
    target.paragraph("plain")
    target.paragraph("قال: the forces have arrived in Almaty")
    assert written(target).splitlines() == [
        ARABIC,
        RLM + "CSTO أرسلت قواتها إلى ألماتي",
        "plain",
        LRM + "قال: the forces have arrived in Almaty",
    ]


def test_a_terminal_that_takes_directions_is_told_and_told_back() -> None:
    target = screen("terminal", width=60, told=True)
    target.paragraph("CSTO أرسلت قواتها إلى ألماتي")
    target.paragraph("plain")
    told = "\x1b[2 kCSTO أرسلت قواتها إلى ألماتي\n\x1b[0 k"
    assert written(target) == told + "plain\n"


@pytest.mark.parametrize(
    ("order", "emphasised"),
    [
        ("terminal", ["2,500 جندي", "CSTO"]),
        ("words", ["CSTO", f"{LRM}جندي{LRM} 2,500"]),
        ("kitty", ["CSTO", "جندي 2,500"]),
        ("visual", ["CSTO", "يدنج 2,500"]),
    ],
)
def test_styles_stay_with_their_letters(order: Order, emphasised: list[str]) -> None:
    text = Text.assemble("قال إن ", ("2,500 جندي", BOLD), " وصلوا إلى ", ("CSTO", BOLD), ".")
    target = screen(order, width=60, colour=True)
    target.paragraph(text)
    bold = re.findall(r"\x1b\[1m(.*?)\x1b\[0m", written(target))
    assert [read(piece) for piece in bold] == emphasised
    plain = ANSI.sub("", written(target)).replace(LRM, "").strip()
    assert len(plain) == len(text.plain)


@pytest.mark.parametrize("order", ["logical", "terminal", "visual"])
def test_commands_to_the_terminal_in_a_text_are_not_passed_on(order: Order) -> None:
    target = screen(order)
    target.paragraph("a\x1b[2Jb\x9b1mc\nd\u2028e")
    assert written(target) == "a [2Jb 1mc d e\n"


def test_overrides_in_a_text_do_not_reach_the_terminal() -> None:
    target = screen("terminal")
    target.paragraph("safe \u202eexe.txt\u202c end")
    assert written(target) == "safe exe.txt end\n"


def test_isolates_hold_a_marker_in_its_place() -> None:
    text = "قوات CSTO"
    for order, expected in [
        ("logical", "قوات CSTO [1]"),
        ("terminal", f"قوات CSTO {RLM}{LRM}[1]{LRM}{RLM}"),
    ]:
        target = screen(order)  # type: ignore[arg-type]
        target.paragraph(text + " " + target.isolate("[1]"), direction="rtl")
        assert written(target).strip("\n") == expected
    target = screen("visual")
    target.paragraph(text + " " + target.isolate("[1]"), direction="rtl")
    assert read(written(target)).strip() == "[1] CSTO تاوق"


def test_an_unknown_kind_of_style_is_an_error() -> None:
    with pytest.raises(TypeError, match="'bold'"):
        screen("visual").paragraph(Text.assemble(("a", "bold")))
