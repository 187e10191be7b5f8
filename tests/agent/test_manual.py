"""The one parser that the manual page and the completions are made from, and what is made of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from neuron_validator.cli import COMMANDS, exits
from neuron_validator.cli.manual import build_parser


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_it(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command has its options there; `--help` of the one says what that of the other does."""
    with pytest.raises(SystemExit):
        build_parser().parse_args([command, "--help"])

    assert "--config PATH" in capsys.readouterr().out


def test_exit_codes() -> None:
    """It names every exit code that the program has a name for."""
    codes = [value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)]
    listed = {line.split()[0] for line in (build_parser().epilog or "").splitlines() if line.startswith("  ")}

    assert {str(code) for code in codes} <= listed


def test_shared_files(repository: Path) -> None:
    """The build makes a manual page with every command and option, and completions that the shell can read."""
    pytest.importorskip("shtab")
    pytest.importorskip("argparse_manpage")
    code = "import json, pathlib, hatch_build; print(json.dumps(hatch_build.shared_files(pathlib.Path('.'))))"
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    files = json.loads(done.stdout)
    bash = shutil.which("bash") or "/bin/bash"
    page = files["share/man/man1/neuron-validator.1"].replace("\\-", "-")
    completion = files["share/bash-completion/completions/neuron-validator"]

    assert all(f"neuron-validator {command}" in page for command in COMMANDS)
    assert all(option in page for option in ("--fail-on", "--web.listen-address", "exit codes"))
    assert 0 == subprocess.run([bash, "-n"], input=completion, text=True, check=False).returncode
