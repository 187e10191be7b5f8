"""What an output can show."""

from __future__ import annotations

import io
import sys

import pytest

from neuron_validator.renderers.style import PAGE_WIDTH, Style, wants_color


class Terminal(io.TextIOWrapper):
    """Standard output that says it is a terminal."""

    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)

    def isatty(self) -> bool:
        """Pretend."""
        return True


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from a plain terminal's environment."""
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.mark.parametrize(
    ("color", "variables", "terminal", "expected"),
    [
        ("auto", {"TERM": "xterm"}, True, True),
        ("auto", {"TERM": "xterm"}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {}, True, False),
        ("auto", {"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ("auto", {"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0", "CLICOLOR_FORCE": ""}, False, False),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, False, True),
        ("never", {"FORCE_COLOR": "1", "TERM": "xterm"}, True, False),
    ],
)
def test_color(color: str, variables: dict[str, str], terminal: bool, expected: bool) -> None:  # noqa: FBT001
    """The user's word goes before the environment's, and that before what the output is."""
    assert expected == wants_color(color, variables, terminal=terminal)


@pytest.mark.parametrize(
    ("columns", "expected"), [("80", 80), ("140", 140), ("20", 60), ("9999", 200), ("0", 100), ("wide", 100), ("", 100)]
)
def test_width_of_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: str, expected: int) -> None:
    """A terminal's width is taken within bounds; one that does not know gets the page's own."""
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys, "stdout", Terminal("utf-8"))

    assert expected == Style.for_output("auto", to_terminal=True).width


@pytest.mark.parametrize(("encoding", "expected"), [("utf-8", True), ("ascii", False), ("latin-1", False)])
def test_characters(monkeypatch: pytest.MonkeyPatch, encoding: str, expected: bool) -> None:  # noqa: FBT001
    """Only a Unicode output gets more than ASCII."""
    monkeypatch.setattr(sys, "stdout", Terminal(encoding))
    style = Style.for_output("auto", to_terminal=True)

    assert (expected, "\u00d7" if expected else "x") == (style.unicode, style.times)


def test_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is no terminal, whatever standard output is: Unicode, the page's own width, colour only when asked for."""
    monkeypatch.setattr(sys, "stdout", Terminal("ascii"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert Style(color=False, unicode=True, width=PAGE_WIDTH) == Style.for_output("auto", to_terminal=False)
    assert Style(color=True, unicode=True, width=PAGE_WIDTH) == Style.for_output("always", to_terminal=False)


def test_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe gets the page's own width and no colour."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    monkeypatch.setenv("COLUMNS", "80")

    assert Style(color=False, unicode=True, width=PAGE_WIDTH) == Style.for_output("auto", to_terminal=True)


@pytest.mark.parametrize(("style", "expected"), [(Style(color=True), "\x1b[1;31mbad\x1b[0m"), (Style(), "bad")])
def test_paint(style: Style, expected: str) -> None:
    """Text gets the colour of its role only where there is colour, and no codes when it is empty."""
    assert expected == style.paint("bad", "critical")
    assert "" == style.paint("", "critical")
