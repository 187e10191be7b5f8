"""The import contracts in pyproject.toml forbid what they are meant to, in modules that do not exist yet too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# A program of the same shape as ours with one allowed import of each kind.
ALLOWED = {
    "neuron_collectors/facts/inventory.py": "",
    "neuron_collectors/driver.py": "import neuron_collectors.facts.inventory",
    "neuron_collectors/newest_reader.py": "import neuron_collectors.facts",
    "neuron_validator/evidence.py": "from neuron_collectors.facts import inventory",
    "neuron_validator/engine.py": "import neuron_validator.checks.driver, neuron_collectors.driver",
    "neuron_validator/checks/driver.py": "import neuron_validator.evidence, neuron_collectors.facts.inventory",
    "neuron_validator/renderers/terminal.py": "import neuron_validator.evidence",
}

FORBIDDEN = [
    ("neuron_collectors/driver.py", "import neuron_validator.evidence", "collectors-never-judge"),
    ("neuron_validator/checks/driver.py", "from neuron_collectors import newest_reader", "checks-never-read"),
    ("neuron_validator/checks/__init__.py", "import neuron_collectors.driver", "checks-never-read"),
    ("neuron_validator/evidence.py", "import neuron_collectors.newest_reader", "checks-never-read"),
    ("neuron_validator/checks/driver.py", "import neuron_validator.renderers.terminal", "checks-never-render"),
    ("neuron_validator/evidence.py", "import neuron_validator.renderers", "checks-never-render"),
    ("neuron_validator/renderers/terminal.py", "import neuron_validator.checks.driver", "renderers-never-judge"),
    ("neuron_validator/renderers/terminal.py", "import neuron_validator.engine", "renderers-never-judge"),
    ("neuron_collectors/facts/inventory.py", "from .. import newest_reader", "facts-never-read"),
]


@pytest.fixture
def program(tmp_path: Path, repository: Path) -> Path:
    """Return a folder with the small program and our own contracts."""
    for name, text in ALLOWED.items():
        module = tmp_path / name
        module.parent.mkdir(parents=True, exist_ok=True)
        module.write_text(text + "\n", encoding="utf-8")
        for package in module.relative_to(tmp_path).parents[:-1]:
            (tmp_path / package / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_bytes((repository / "pyproject.toml").read_bytes())
    return tmp_path


def lint_imports(program: Path, contract: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run import-linter on *program*, which shadows the installed packages of the same name."""
    only = ["--contract", contract] if contract else []
    script = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", script, "--no-cache", "--no-logo", *only],
        cwd=program,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_allowed_imports_keep_every_contract(program: Path) -> None:
    """
    Facts may be imported by everyone, checks by the engine, and readers by the agent outside its checks.
    """
    run = lint_imports(program)

    assert (0, "") == (run.returncode, run.stderr)
    assert "0 broken" in run.stdout


@pytest.mark.parametrize(("module", "statement", "contract"), FORBIDDEN)
def test_forbidden_imports_break_their_contract(program: Path, module: str, statement: str, contract: str) -> None:
    """
    One forbidden import, direct or through another module, breaks the contract that is there for it.
    """
    with (program / module).open("a", encoding="utf-8") as source:
        source.write(statement + "\n")

    run = lint_imports(program, contract)

    assert run.returncode == 1
    assert "1 broken" in run.stdout
