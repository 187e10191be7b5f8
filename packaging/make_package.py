"""
Build a deb or an rpm around a private environment in /opt/neuron-validator.

The environment is a folder of packages and a script that runs Python with that folder and nothing else. It is made of
wheels without running anything of the target's, so that it is built for another architecture as well, installs without
a network, and outlives a change of the distribution's Python: everything in it is pure Python, uses Python's stable
ABI, or is there for each Python. Usage: python packaging/make_package.py --help
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONSTRAINTS = HERE / "constraints.txt"
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
OLDEST_PYTHON = "3.10"
ZSTANDARD_PYTHONS = ("3.10", "3.11", "3.12", "3.13")  # 3.14 has its own; all else here needs one build or none
INTERPRETERS = {"deb": "/usr/bin/python3", "rpm": "/usr/bin/python3.11"}
"""What the script starts: Amazon Linux 2023 and Rocky 9 have Python 3.11 beside an older one of their own."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Build what the command line asks for."""
    options = _parser().parse_args(arguments)
    os.umask(0o022)
    tree = options.output / f"tree-{options.format}-{options.arch}"
    shutil.rmtree(tree, ignore_errors=True)
    python = options.python or INTERPRETERS[options.format]
    lay_out(tree, wheel=options.wheel, machine=MACHINES[options.arch], python=python)
    variables = {
        "PACKAGE_ARCH": options.arch,
        "PACKAGE_VERSION": version_of(options.wheel.name),
        "PACKAGE_RELEASE": options.release,
        "PACKAGE_TREE": str(tree),
        "PACKAGE_RPM_PYTHON": python,
    }
    _run("nfpm", "package", "--config", "packaging/nfpm.yaml", "--packager", options.format, "--target",
         str(options.output), environment=variables)  # fmt: skip


def version_of(wheel: str) -> str:
    """
    Return the version in the file name of a wheel, in the form that sorts pre-releases before the release.

    >>> version_of("neuron_validator-0.2.0rc1-py3-none-any.whl")
    '0.2.0~rc1'
    """
    return re.sub(r"(?<=\d)\.?((?:a|b|rc|dev)\d+)", r"~\1", wheel.split("-")[1])


def lay_out(tree: Path, *, wheel: Path, machine: str, python: str) -> None:
    """Make the environment in *tree*, for *machine*, started by the interpreter *python*."""
    library = tree / "lib"
    # tomli by name: pip judges "below 3.11" by the Python that it runs in.
    _install(library, f"{wheel}[web,zstd]", "tomli", machine=machine)
    for version in ZSTANDARD_PYTHONS:
        extra = tree / f"zstandard-{version}"
        _install(extra, "--no-deps", "zstandard", machine=machine, python=version)
        for backend in extra.glob("zstandard/backend_c.*.so"):
            shutil.copy(backend, library / "zstandard")
        shutil.rmtree(extra)
    (library / "share").rename(tree / "share")
    _drop(library)
    _strip(library, tool=f"{machine}-linux-gnu-strip")
    script = tree / "bin" / "neuron-validator"
    script.parent.mkdir()
    script.write_text((HERE / "neuron-validator.in").read_text(encoding="utf-8").replace("@PYTHON@", python))
    script.chmod(0o755)


def _install(target: Path, *what: str, machine: str, python: str = OLDEST_PYTHON) -> None:
    """Unpack wheels for *python* on *machine* into *target*; manylinux_2_28 is older than every supported host."""
    platforms = [f"--platform=manylinux{kind}_{machine}" for kind in ("2014", "_2_17", "_2_28")]
    _run(sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-qq", "--no-compile",
         "--only-binary=:all:", "--python-version", python, *platforms, "--constraint", str(CONSTRAINTS),
         "--target", str(target), *what)  # fmt: skip


def _drop(library: Path) -> None:
    """Take out what no run needs: scripts, where the wheel lay, and extensions with a substitute in pure Python."""
    shutil.rmtree(library / "bin", ignore_errors=True)
    unwanted = ("*.dist-info/direct_url.json", "zstandard/_cffi.*", "yaml/_yaml.*")
    for path in (path for pattern in unwanted for path in library.glob(pattern)):
        path.unlink()


def _strip(library: Path, *, tool: str) -> None:
    """Take debugging symbols out, four fifths of the whole, where Debian's binutils for that machine are installed."""
    for extension in library.rglob("*.so"):
        try:
            subprocess.run([tool, "--strip-debug", extension], check=True)
        except FileNotFoundError:
            print(f"not stripped, for want of {tool}: {extension.name}", file=sys.stderr)


def _run(*command: str, environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, check=True, env={**os.environ, **(environment or {})})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Build a deb or an rpm; run it from the top of the repository.")
    parser.add_argument("wheel", type=Path, help="the wheel of neuron-validator")
    parser.add_argument("--format", choices=tuple(INTERPRETERS), required=True)
    parser.add_argument("--arch", choices=tuple(MACHINES), default="amd64")
    parser.add_argument("--release", default="1", help="of the package, for a new one of the same version")
    parser.add_argument("--python", help="of the target, an absolute path (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=Path("dist"))
    return parser


if __name__ == "__main__":
    main()
