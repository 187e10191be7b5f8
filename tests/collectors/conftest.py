"""What the collectors' tests share: captured trees made of a few files, and another user to look at them."""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from neuron_collectors.captured import open_host
from neuron_collectors.host import Host

NOBODY = 65534

# Runs a collector on a made tree as if it were the live machine: what is imported on first use is imported before.
LIVE = """
import ctypes, importlib, os, pickle, selectors, subprocess, sys
import distro, elftools.elf.structs, packaging.version  # what collectors import when they need it
import neuron_collectors.elf_dynamic
ctypes.CDLL("libgcc_s.so.1")  # which the C library loads when a thread ends
from neuron_collectors.captured import open_host

root, uid, module, function = sys.argv[1:]
collect = getattr(importlib.import_module(f"neuron_collectors.{module}"), function)
os.chroot(root)
os.chdir("/")
os.setgroups([])
os.setresgid(int(uid), int(uid), int(uid))
os.setresuid(int(uid), int(uid), int(uid))
sys.stdout.buffer.write(pickle.dumps(collect(open_host("/"))))
"""

MakeHost = Callable[..., Host]
CollectLive = Callable[..., Any]
AnotherUser = Callable[[], AbstractContextManager[None]]


def make_tree(root: Path, files: Mapping[str, str | bytes | None], links: Mapping[str, str] | None = None) -> None:
    """Write *files* and *links* below *root*; a content of `None` makes a directory."""
    root.mkdir(exist_ok=True)
    for path, content in files.items():
        place = root / path
        (place if content is None else place.parent).mkdir(parents=True, exist_ok=True)
        if content is not None:
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
    for path, target in (links or {}).items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)


@pytest.fixture
def public_path() -> Iterator[Path]:
    """Return an empty directory that every user may enter, which pytest's own are not."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    for directory, names, _ in os.walk(path):
        for name in names:
            place = Path(directory, name)
            if not place.is_symlink():
                place.chmod(0o755)  # so that its owner can remove what a test has made private
    shutil.rmtree(path)


@pytest.fixture
def make_host(public_path: Path) -> MakeHost:
    """Return a function that makes a captured tree of files and links, and opens it."""

    def make(files: Mapping[str, str | bytes | None] | None = None, links: Mapping[str, str] | None = None) -> Host:
        make_tree(public_path / "root", files or {}, links)
        return open_host(public_path / "root")

    return make


@pytest.fixture
def collect_live(public_path: Path) -> CollectLive:
    """Return a function that makes a tree and runs a collector with that tree as the root of the live machine."""
    if os.geteuid() != 0:
        pytest.skip("only root may change the root directory")

    def collect(
        module: str,
        function: str,
        files: Mapping[str, str | bytes | None] | None = None,
        links: Mapping[str, str] | None = None,
        uid: int = 0,
    ) -> Any:
        make_tree(public_path / "root", files or {}, links)
        argv = [sys.executable, "-c", LIVE, str(public_path / "root"), str(uid), module, function]
        completed = subprocess.run(argv, capture_output=True, check=False, timeout=60)
        assert b"" == completed.stderr
        return pickle.loads(completed.stdout)  # noqa: S301 - of our own making

    return collect


@pytest.fixture
def another_user() -> AnotherUser:
    """Return a context in which this process is a user without rights, also where the tests run as root."""

    @contextlib.contextmanager
    def become() -> Iterator[None]:
        if os.geteuid() != 0:
            yield
            return
        os.setresgid(NOBODY, NOBODY, 0)
        os.setresuid(NOBODY, NOBODY, 0)
        try:
            yield
        finally:
            os.setresuid(0, 0, 0)
            os.setresgid(0, 0, 0)

    return become
