"""How deb and rpm are made, as far as it shows without building them; tests/privileged/test_packages.py builds them."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
import yaml
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("0.1.0", "0.1.0"),
        ("0.2.0rc1", "0.2.0~rc1"),
        ("0.2.0.dev3", "0.2.0~dev3"),
        ("1.0a2", "1.0~a2"),
        ("1.0b1", "1.0~b1"),
    ],
)
def test_version_of_a_package(repository: Path, version: str, expected: str) -> None:
    """A pre-release sorts before its release, as a tilde does for dpkg and rpm."""
    script = runpy.run_path(str(repository / "packaging/make_package.py"))

    assert expected == script["version_of"](f"neuron_validator-{version}-py3-none-any.whl")


def test_everything_in_a_package_is_pinned(repository: Path) -> None:
    """Whatever the program needs goes into a package in a version that was chosen."""
    metadata = ProjectMetadata(str(repository), PluginManager()).core
    needed = [*metadata.dependencies, *metadata.optional_dependencies["web"], *metadata.optional_dependencies["zstd"]]
    names = {re.split(r"[<>=;\[ ]", requirement)[0].lower() for requirement in needed}
    lines = (repository / "packaging/constraints.txt").read_text(encoding="utf-8").lower().splitlines()

    assert set() == names - {line.partition("==")[0] for line in lines}


def test_what_a_package_installs_is_there(repository: Path) -> None:
    """Files and scripts that are named for packages are in the repository."""
    settings = yaml.safe_load((repository / "packaging/nfpm.yaml").read_text(encoding="utf-8"))
    sources = [entry["src"] for entry in settings["contents"] if entry.get("type") not in ("dir", "symlink")]
    scripts = [path for kind in settings["overrides"].values() for path in kind["scripts"].values()]
    files = [path for path in (*sources, *scripts, *settings["rpm"]["scripts"].values()) if not path.startswith("$")]

    assert [] == [path for path in files if not (repository / path).exists()]
