"""What the tests of shared material have in common: captured hosts, and the table that says what of it is used."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from neuron_collectors.captured import open_host
from neuron_collectors.host import Host

CapturedHost = Callable[[str], Host]

_TABLE = pytest.StashKey[list[tuple[str, str]]]()


@pytest.fixture(scope="session")
def captured_host(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> CapturedHost:
    """Return a function that unpacks the captured tree of that name, ``trn2-16``, once, and opens it."""

    @cache
    def unpack(name: str) -> Host:
        root = tmp_path_factory.mktemp("captured") / name
        with tarfile.open(shared / "hosts" / f"{name}-driver-2.24.7.0.tar.gz") as archive:
            archive.extraction_filter = getattr(tarfile, "tar_filter", None)  # not in every 3.10
            archive.extractall(root)  # noqa: S202 - material of our own
        return open_host(root)

    return unpack


@pytest.fixture
def coverage_table(pytestconfig: pytest.Config) -> list[tuple[str, str]]:
    """Return the table that is printed at the end: a file of the shared material, and the test modules that use it."""
    return pytestconfig.stash.setdefault(_TABLE, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table: by module, or with ``-v`` file by file."""
    rows = config.stash.get(_TABLE, [])
    if not rows:
        return
    terminalreporter.section(f"shared material: {len(rows)} files")
    if config.get_verbosity() > 0:
        for file, used in rows:
            terminalreporter.write_line(f"{file:62} {used}")
        return
    modules = sorted({module for _, used in rows for module in used.split(", ")})
    for module in modules:
        files = sum(module in used.split(", ") for _, used in rows)
        terminalreporter.write_line(f"{module:28} {files:3} files")
