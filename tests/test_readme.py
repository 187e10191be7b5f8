"""The README's commands exist, and the gate runs them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from neuron_validator.checks import CHECKS
from neuron_validator.cli import COMMANDS, exits, main
from neuron_validator.cli.diagnose import FORMATS
from neuron_validator.metrics.table import METRICS

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


def test_checks_table(repository: Path) -> None:
    """
    The README lists every check as the program does, in its order.
    """
    readme = (repository / "README.md").read_text(encoding="utf-8")
    rows = [line for line in section(readme, "Checks").splitlines() if line.startswith("| `")]

    assert rows == [f"| `{c.id}` | {c.category} | {c.severity.word} | {c.title} |" for c in CHECKS]


def test_metrics_table(repository: Path) -> None:
    """
    The README lists every metric with its labels, in the order in which they are exported.
    """
    readme = (repository / "README.md").read_text(encoding="utf-8")
    rows = [line for line in section(readme, "Metrics").splitlines() if line.startswith("| `")]

    assert rows == [f"| `{m.name}` | {', '.join(f'`{label}`' for label in m.labels)} | {m.help} |" for m in METRICS]


def test_commands_table(repository: Path) -> None:
    """
    The README lists every command with the words of its help.
    """
    readme = (repository / "README.md").read_text(encoding="utf-8")
    rows = [line for line in section(readme, "Use it on a host").splitlines() if line.startswith("| `")]

    assert rows == [f"| `neuron-validator {name}` | {what} |" for name, what in COMMANDS.items()]


def test_formats_table(repository: Path) -> None:
    """
    The README lists every format in the order of the help.
    """
    readme = (repository / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| format | for |")[2].partition("\n\n")[0]

    assert list(FORMATS) == re.findall(r"^\| `([a-z]+)` \|", table, flags=re.MULTILINE)


def test_exit_codes_table(repository: Path) -> None:
    """
    The README explains every exit code that the program has a name for.
    """
    readme = (repository / "README.md").read_text(encoding="utf-8")
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", section(readme, "Exit codes"), flags=re.MULTILINE)}
    named = {value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}

    assert named <= listed


def test_facts_example(repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The facts file that the README shows is judged, and finds what the page above it shows.
    """
    readme = (repository / "README.md").read_text(encoding="utf-8")
    example = re.findall(r"^```json\n(.*?)^```$", readme, flags=re.MULTILINE | re.DOTALL)[0]
    (tmp_path / "facts.json").write_text(example, encoding="utf-8")

    code = main(["diagnose", "--facts", str(tmp_path / "facts.json"), "--as-of", "2026-11-21", "-q"])

    assert code == 2
    assert "driver-runtime-incompatible" in capsys.readouterr().out


def test_sample_report(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Every line of the report in the README is a line that the sample host gives.
    """
    readme = (repository / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```text\n(.*?)^```$", section(readme, "Try it"), flags=re.MULTILINE | re.DOTALL)[0]
    host = repository / "tests/hosts/trn1-driver-runtime-broken"

    main(["diagnose", "--root", str(host), "--as-of", "2026-11-21", "--color", "never"])

    printed = capsys.readouterr().out.splitlines()
    assert [] == [line for line in shown.splitlines() if line not in printed]
