"""
Draw ``report.svg`` beside this file: the page that the README's sample host gives, as a terminal shows it.

`tests/test_docs.py` says when it has drifted. Usage: python docs/picture.py
"""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from neuron_validator.cli import main as neuron_validator

PICTURE = "report.svg"
WIDTH = 118
_SAMPLE = "trn1-driver-runtime-broken"
_DAY = "2026-11-21"


def draw() -> str:
    """Return the picture. It refers to nothing outside of itself: rich would fetch a font."""
    host = Path(__file__).resolve().parent.parent / "tests" / "hosts" / _SAMPLE
    page = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(page):
        neuron_validator(["diagnose", "--root", str(host), "--as-of", _DAY, "--color", "always"])
    page.seek(0)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(Text.from_ansi(page.read()))
    svg = console.export_svg(title=f"neuron-validator diagnose --root tests/hosts/{_SAMPLE}", unique_id="report")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def main() -> None:
    """Write the picture."""
    (Path(__file__).parent / PICTURE).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
