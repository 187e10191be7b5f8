"""The commands of remedies: each for the tool that keeps the environment."""

from __future__ import annotations

from typing import Any

import pytest

from neuron_collectors.facts import Instance, LoadedDriver, OperatingSystem, OsPackages, PythonEnvironment

from .conftest import Judge

INDEX = "--index-url https://pip.repos.neuron.amazonaws.com --no-deps neuronx-cc"
PIP = {"pip": "24.0"}


@pytest.mark.parametrize(
    ("path", "facts", "install", "uninstall"),
    [
        ("/opt/e", {"kind": "venv"}, "/opt/e/bin/python -m pip install", "/opt/e/bin/python -m pip uninstall -y"),
        ("/opt/c", {"kind": "conda"}, "/opt/c/bin/python -m pip install", "/opt/c/bin/python -m pip uninstall -y"),
        (
            "/home/u/.pyenv/versions/3.10.14",
            {"kind": "pyenv"},
            "/home/u/.pyenv/versions/3.10.14/bin/python -m pip install",
            "/home/u/.pyenv/versions/3.10.14/bin/python -m pip uninstall -y",
        ),
        (
            "/home/u/.local/share/uv/python/3.12",
            {"kind": "uv", "packages": PIP},
            "uv pip install --break-system-packages --python /home/u/.local/share/uv/python/3.12/bin/python",
            "uv pip uninstall --break-system-packages --python /home/u/.local/share/uv/python/3.12/bin/python",
        ),
        (
            "/srv/e",
            {"kind": "venv", "installers": {"neuronx-cc": "uv"}},
            "uv pip install --python /srv/e/bin/python",
            "uv pip uninstall --python /srv/e/bin/python",
        ),
        (
            "/srv/e",
            {"kind": "venv", "installers": {"neuronx-cc": "uv"}, "packages": PIP},
            "/srv/e/bin/python -m pip install",
            "/srv/e/bin/python -m pip uninstall -y",
        ),
        ("/usr/lib/python3.10", {"kind": "system"}, "python3.10 -m pip install", "python3.10 -m pip uninstall -y"),
        (
            "/home/u/.local/lib/python3.11",
            {"kind": "user"},
            "python3.11 -m pip install",
            "python3.11 -m pip uninstall -y",
        ),
    ],
)
def test_pip_of_each_kind_of_environment(
    judge: Judge, path: str, facts: dict[str, Any], install: str, uninstall: str
) -> None:
    """What uv made has no pip inside; what pyenv and conda made is run with its own interpreter."""
    packages = {"neuronx-cc": "1.0.post1", **facts.get("packages", {})}
    environment = PythonEnvironment(**{"path": path, **facts, "packages": packages, "placeholders": ("neuronx-cc",)})
    report = judge(python_environments=(environment,))
    (finding,) = (finding for finding in report.findings if finding.id == "placeholder-installed")

    assert (f"{uninstall} neuronx-cc", f"{install} {INDEX}") == finding.remedy.commands


@pytest.mark.parametrize(
    ("system", "installed", "command"),
    [
        (("amzn", "2"), "2.25.4.0", "sudo yum downgrade -y 'aws-neuronx-dkms-2.24.*'"),
        (("amzn", "2"), "2.3.26.0", "sudo yum install -y 'aws-neuronx-dkms-2.24.*'"),
        (("amzn", "2"), None, "sudo yum install -y 'aws-neuronx-dkms-2.24.*'"),
        (("amzn", "2023"), "2.25.4.0", "sudo dnf install -y 'aws-neuronx-dkms-2.24.*'"),
    ],
)
def test_yum_is_told_that_an_older_version_is_wanted(
    judge: Judge, system: tuple[str, str], installed: str | None, command: str
) -> None:
    """`yum install` of an older version does nothing; dnf takes whatever version it is given."""
    report = judge(
        instance=Instance(instance_type="inf1.xlarge"),
        os=OperatingSystem(id=system[0], version=system[1]),
        driver=LoadedDriver(version="2.25.4.0"),
        os_packages=OsPackages(versions={} if installed is None else {"aws-neuronx-dkms": installed}, partial=True),
    )
    (finding,) = (finding for finding in report.findings if finding.id == "driver-family-unsupported")

    assert command == finding.remedy.commands[0]
