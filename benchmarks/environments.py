"""
The time that reading Python environments takes, beside ``uv pip list`` and a bare scan of the same directories.

Builds ten environments of 400 packages in a tree, with the files that pip writes beside each, then by turns runs
whole processes: `collect_python_environments` on the tree; ``uv pip list --python ENV`` on each environment, as uv
lists one at a time; and ``os.scandir`` over each ``site-packages``. Prints the ratios of the medians to uv's; the
target of the first is a third. uv keeps what it learned of an interpreter: a first round, not counted, fills its cache
and the kernel's. Not a test: a busy machine is no reason for a failure.

Usage: python benchmarks/environments.py [--uv PATH] [--runs N] [--environments N] [--packages N]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

TARGET = 1 / 3
NEURON_PACKAGES = {
    "torch": "2.8.0",
    "torch-xla": "2.8.1",
    "torch-neuronx": "2.8.0.2.10.16998+e9bf8a50",
    "neuronx-cc": "2.21.33363.0+82129205",
    "libneuronxla": "2.2.12677.0+5be4a1e9",
    "neuronx-distributed": "0.15.22404+1f27bddf",
    "transformers": "4.52.3",
}
COLLECT = """
import sys
from neuron_collectors.host import Host
from neuron_collectors.python_environments import collect_python_environments
found = collect_python_environments(Host(sys.argv[1]))
assert sum(len(environment.packages) for environment in found) == int(sys.argv[2]), found
"""
SCAN = """
import os, sys
count = 0
for directory in sys.argv[2:]:
    with os.scandir(directory) as entries:
        count += sum(entry.name.endswith(".dist-info") for entry in entries)
assert count == int(sys.argv[1])
"""


def build_package(site_packages: Path, name: str, version: str) -> None:
    """Write a package as pip installs it: a module, and a ``dist-info`` of five files."""
    folded = name.replace("-", "_")
    module, record = site_packages / folded, site_packages / f"{folded}-{version}.dist-info"
    module.mkdir()
    record.mkdir()
    (module / "__init__.py").touch()
    requires = "".join(f"Requires-Dist: package-{number} (>=1.0)\n" for number in range(20))
    description = "What this package is good for, at length.\n" * 100
    (record / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}\n{description}", encoding="utf-8"
    )
    (record / "RECORD").write_text(f"{folded}/__init__.py,,\n" * 40, encoding="utf-8")
    (record / "WHEEL").write_text("Wheel-Version: 1.0\nTag: py3-none-any\n", encoding="utf-8")
    (record / "INSTALLER").write_text("pip\n", encoding="utf-8")
    (record / "top_level.txt").write_text(f"{folded}\n", encoding="utf-8")


def build_environment(path: Path, packages: int) -> Path:
    """Make a virtual environment with as many *packages* and return its ``site-packages``."""
    venv.create(path, with_pip=False)
    (site_packages,) = path.glob("lib/python3*/site-packages")
    others = {f"package-{number}": "1.0.0" for number in range(packages - len(NEURON_PACKAGES))}
    for name, version in (NEURON_PACKAGES | others).items():
        build_package(site_packages, name, version)
    return site_packages


def seconds(commands: Sequence[Sequence[str]], environment: Mapping[str, str]) -> float:
    """Return how long *commands* take, one after the other."""
    start = time.perf_counter()
    for command in commands:
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--uv", default=shutil.which("uv"), help="the uv to compare with (default: the one on PATH)")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--environments", type=int, default=10)
    parser.add_argument("--packages", type=int, default=400)
    options = parser.parse_args()
    if options.uv is None:
        parser.error("no uv on PATH; `pip install uv`, or say --uv PATH")
    return options


def main() -> None:
    """Measure and print."""
    options = arguments()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
        root = Path(folder)
        places = [root / f"opt/aws_neuronx_venv_{number}" for number in range(options.environments)]
        sites = [str(build_environment(place, options.packages)) for place in places]
        count = str(options.environments * options.packages)
        works: dict[str, list[list[str]]] = {
            "uv pip list": [
                [options.uv, "pip", "list", "--offline", "--cache-dir", f"{cache}/uv", "--python", str(place)]
                for place in places
            ],
            "neuron-validator": [[sys.executable, "-c", COLLECT, folder, count]],
            "bare scan": [[sys.executable, "-c", SCAN, count, *sites]],
            "python -c pass": [[sys.executable, "-c", "pass"]],
        }
        # As installed: with compiled modules, which pip writes and a checkout may be told not to.
        without = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment = without | {"PYTHONPYCACHEPREFIX": f"{cache}/python"}
        rounds = [[seconds(commands, environment) for commands in works.values()] for _ in range(options.runs + 1)]
    medians = [statistics.median(column) for column in zip(*rounds[1:], strict=True)]
    for name, median in zip(works, medians, strict=True):
        print(f"{name:16} {median * 1000:7.1f} ms  {median / medians[0]:.3f} of uv")
    print(f"neuron-validator to uv: {medians[1] / medians[0]:.2f} (target at most {TARGET:.2f})")


if __name__ == "__main__":
    main()
