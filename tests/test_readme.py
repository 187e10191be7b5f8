"""The README's commands exist, and the gate runs them."""

from __future__ import annotations

import re
from pathlib import Path

TRY_IT = ["make diagnose", "make test"]


def fenced_commands(markdown: str) -> list[str]:
    """Return the lines of all fenced shell blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", markdown, flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


def section(markdown: str, title: str) -> str:
    """Return what stands under the second-level heading *title*."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", markdown, flags=re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def test_try_it_is_two_commands(repository: Path) -> None:
    """
    The README tells a newcomer exactly two commands.
    """
    readme = (repository / "README.md").read_text(encoding="utf-8")

    assert fenced_commands(section(readme, "Try it")) == TRY_IT


def test_make_targets_exist(repository: Path) -> None:
    """
    Every make target that the README names is in the Makefile.
    """
    readme = (repository / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)$", "\n".join(fenced_commands(readme)), flags=re.MULTILINE))
    named |= set(re.findall(r"`make ([a-z][a-z-]*)`", readme))
    targets = set(re.findall(r"^([a-z][a-z-]*):", (repository / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert named >= {"diagnose", "test"}
    assert named <= targets


def test_gate_runs_the_readme_commands(repository: Path) -> None:
    """
    What a newcomer is told to run is what the gate runs.
    """
    gate = (repository / ".ci" / "run").read_text(encoding="utf-8")
    gated = set(re.findall(r"^\s*gate (make [a-z-]+)", gate, flags=re.MULTILINE))

    assert gated >= set(TRY_IT)
