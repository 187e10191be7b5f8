"""How a page looks on one output: colours, characters, width."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from neuron_collectors.facts.frozen import dataclass

PAGE_WIDTH = 100
"""Columns where there is no terminal to ask."""

_NARROWEST, _WIDEST = 60, 200
_RESET = "\x1b[0m"
_CODES: Mapping[str, str] = {
    "critical": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "info": "\x1b[1;36m",
    "fail": "\x1b[1;31m",
    "warn": "\x1b[1;33m",
    "unknown": "\x1b[1;35m",
    "pass": "\x1b[1;32m",
    "strong": "\x1b[1m",
    "faint": "\x1b[2m",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """What an output can show. Colour only ever repeats what the words say."""

    color: bool = False
    unicode: bool = True
    """Whether characters beyond ASCII can be written."""
    width: int = PAGE_WIDTH

    @classmethod
    def for_output(cls, color: str, *, to_terminal: bool) -> Style:
        """
        Return the style for standard output, or for a file when not *to_terminal*.

        *color* is ``auto``, ``always`` or ``never``. For ``auto`` counts, in this order: ``NO_COLOR``, then
        ``FORCE_COLOR`` and ``CLICOLOR_FORCE``, then whether standard output is a terminal that is not dumb.
        """
        terminal = to_terminal and sys.stdout.isatty()
        return cls(
            color=wants_color(color, os.environ, terminal=terminal) and (to_terminal or color == "always"),
            unicode=not to_terminal or _is_unicode(sys.stdout.encoding),
            width=terminal_width(os.environ) if terminal else PAGE_WIDTH,
        )

    @property
    def times(self) -> str:
        """The multiplication sign."""
        return "\u00d7" if self.unicode else "x"

    def paint(self, text: str, role: str) -> str:
        """Return *text* in the colour of *role*: a severity, a verdict, ``strong`` or ``faint``."""
        return f"{_CODES[role]}{text}{_RESET}" if self.color and text else text


def wants_color(color: str, environment: Mapping[str, str], *, terminal: bool) -> bool:
    """Decide about colour by the user's word, then the environment's, then what the output is."""
    if color != "auto":
        return color == "always"
    if environment.get("NO_COLOR"):
        return False
    if any(environment.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return terminal and environment.get("TERM", "") not in ("", "dumb")


def _is_unicode(encoding: str | None) -> bool:
    return (encoding or "").lower().replace("-", "").replace("_", "").startswith("utf")


def terminal_width(environment: Mapping[str, str]) -> int:
    """Return the terminal's columns within sensible bounds; ``COLUMNS`` goes before what the terminal says."""
    said = environment.get("COLUMNS", "")
    columns = int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0
    return max(_NARROWEST, min(_WIDEST, columns or _ask_terminal()))


def _ask_terminal() -> int:
    """Ask the terminal; one that does not know says 0."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or PAGE_WIDTH
    except (OSError, ValueError):
        return PAGE_WIDTH
