"""Directories whose change calls for a collector at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.collectors.conftest import make_tree

from neuron_collectors.captured import open_host
from neuron_collectors.facts import Inventory, OperatingSystem, PythonEnvironment
from neuron_validator.service.schedule import JOBS
from neuron_validator.service.watch import (
    WATCHED,
    Mark,
    collectors_of_new,
    collectors_to_hasten,
    read_marks,
    watched_directories,
)

INVENTORY = Inventory(
    os=OperatingSystem(kernel="6.8.0-1021-aws"),
    python_environments=(PythonEnvironment(path="/opt/venv", python="3.10.12"), PythonEnvironment(path="/")),
)


def test_every_collector_has_a_job() -> None:
    """
    Only collectors that are scheduled can be hastened.
    """
    assert set() == {name for names in WATCHED.values() for name in names} - JOBS.keys()


def test_what_the_host_shows_is_watched_too() -> None:
    """
    The running kernel's modules and each environment's packages are watched once they are known.
    """
    found = watched_directories(INVENTORY).keys() - WATCHED.keys()

    assert {"lib/modules/6.8.0-1021-aws", "opt/venv", "opt/venv/lib/python3.10/site-packages"} == found


@pytest.mark.parametrize(
    ("path", "collector"),
    [
        ("var/lib/dpkg", "os_packages"),
        ("opt/venv/lib/python3.10/site-packages", "python_environments"),
        ("lib/modules/6.8.0-1021-aws", "driver_files"),
        ("etc/modprobe.d", "module_loading"),
    ],
)
def test_a_new_file_is_noticed(tmp_path: Path, path: str, collector: str) -> None:
    """
    What is installed, changed or removed in a watched directory calls for the collectors that read it.
    """
    make_tree(tmp_path, dict.fromkeys(watched_directories(INVENTORY), None))
    os.utime(tmp_path / path, ns=(1, 1))
    directories = watched_directories(INVENTORY)
    before = read_marks(open_host(tmp_path), directories)
    (tmp_path / path / "new").touch()
    after = read_marks(open_host(tmp_path), directories)

    assert frozenset() == collectors_to_hasten(directories, before=before, after=before)
    assert collector in collectors_to_hasten(directories, before=before, after=after)


def test_gone_and_new() -> None:
    """
    A directory that comes or goes is a change; one that was not looked at before is none.
    """
    directories, mark = {"opt": ("python_environments",)}, Mark(mtime_ns=1, inode=1)

    assert {"python_environments"} == collectors_to_hasten(directories, before={"opt": mark}, after={"opt": None})
    assert {"python_environments"} == collectors_to_hasten(directories, before={"opt": None}, after={"opt": mark})
    assert frozenset() == collectors_to_hasten(directories, before={}, after={"opt": mark})


def test_a_first_mark() -> None:
    """
    A directory that is marked for the first time is read again: it may have changed since it was read.
    """
    directories, mark = {"opt": ("python_environments",), "srv": ("dkms",)}, Mark(mtime_ns=1, inode=1)

    assert {"python_environments"} == collectors_of_new(directories, before={}, after={"opt": mark, "srv": None})
    assert frozenset() == collectors_of_new(directories, before={"opt": None}, after={"opt": mark})
