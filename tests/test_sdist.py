"""The source distribution carries the captured trees unchanged."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

PREFIX = "neuron_validator-0.1.0"
TREE = f"{PREFIX}/tests/hosts/sample"


@pytest.fixture
def project(tmp_path: Path, repository: Path) -> Path:
    """Return a small project with our build settings and one captured tree, with links of every kind."""
    for name in ("pyproject.toml", "hatch_build.py"):
        (tmp_path / name).write_bytes((repository / name).read_bytes())
    (tmp_path / "LICENSE").touch()
    (tmp_path / "README.md").touch()
    package = tmp_path / "agent" / "neuron_validator"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('__version__ = "0.1.0"\n', encoding="utf-8")
    tree = tmp_path / "tests" / "hosts" / "sample"
    (tree / "sys/devices/neuron0").mkdir(parents=True)
    (tree / "sys/class").mkdir()
    (tree / "sys/devices/neuron0/core_count").write_text("2", encoding="utf-8")
    (tree / "sys/class/neuron0").symlink_to("../devices/neuron0")
    (tree / "sys/devices/neuron0/subsystem").symlink_to("../../class")
    (tree / "source").symlink_to(repository)
    (tree / "sys/dangling").symlink_to("nowhere")
    return tmp_path


def build(project: Path) -> bytes:
    """Build the source distribution of *project* and return its bytes."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", "dist"]
    subprocess.run(command, cwd=project, capture_output=True, check=True, timeout=60)
    return (project / "dist" / f"{PREFIX}.tar.gz").read_bytes()


def test_links_stay_links(project: Path, repository: Path) -> None:
    """
    Links are stored as links and never followed, and absolute ones are made relative to the tree.
    """
    build(project)
    with tarfile.open(project / "dist" / f"{PREFIX}.tar.gz") as archive:
        members = {member.name.removeprefix(f"{TREE}/"): member for member in archive if member.name.startswith(TREE)}
    links = {name: member.linkname for name, member in members.items() if member.issym()}

    assert {
        "sys/class/neuron0": "../devices/neuron0",
        "sys/devices/neuron0/subsystem": "../../class",
        "source": str(repository).lstrip("/"),
        "sys/dangling": "nowhere",
    } == links
    assert ["sys/devices/neuron0/core_count"] == [name for name, member in members.items() if member.isfile()]


def test_same_source_same_bytes(project: Path) -> None:
    """
    Two builds of the same source are equal to the byte, whatever the files' times.
    """
    first = build(project)
    for path in project.rglob("core_count"):
        path.touch()

    assert first == build(project)
