"""
A Debian booted in systemd-nspawn: the real systemd, on this machine's kernel, with a network and devices of its own.

Two things are given back to it that systemd-nspawn takes from containers: bpf(2), by which systemd closes devices and
filters addresses, and the keyring. Memory and CPU are limited in there only where the machine has all controllers in
the unified hierarchy of control groups.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

PACKAGES = ("systemd-sysv", "dbus", "libpam-systemd", "python3-venv", "libudev1", "iproute2", "procps")
"""What is in the tree beside what every Debian has."""
RELEASE = "bookworm"
PYTHON = "3.11"
"""The Python of that release."""

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_FIRST_RUN = 280.0
_BOOT = 60.0


def require_tools() -> None:
    """Skip where no container can be booted."""
    if os.geteuid() != 0:
        pytest.skip("only root may boot a container")
    for program, package in {"systemd-nspawn": "systemd-container", "debootstrap": "debootstrap"}.items():
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (Debian: apt-get install {package})")


def debian(kept: Path | None, fresh: Path) -> Path:
    """Return a tree of Debian to boot, at *fresh*: a copy of what is in *kept*, and made there on first use."""
    source = fresh if kept is None else kept / RELEASE
    if not (source / "made").exists():
        shutil.rmtree(source, ignore_errors=True)
        argv = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", RELEASE, str(source)]
        made = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=_FIRST_RUN)
        if made.returncode != 0:
            pytest.skip(f"debootstrap: {made.stdout.strip()[-300:]}")
        (source / "made").touch()
    if source != fresh:
        copy = ["cp", "-a", "--reflink=auto", str(source), str(fresh)]
        subprocess.run(copy, check=True, timeout=120)
    return fresh


class Container:
    """A booted tree."""

    def __init__(self, root: Path, log: Path) -> None:
        self.root = root
        argv = [
            "systemd-nspawn",
            "--quiet",
            "--keep-unit",
            "--register=no",
            "--boot",
            f"--directory={root}",
            "--console=pipe",
            "--private-network",
            "--capability=CAP_BPF,CAP_NET_ADMIN",
            "--system-call-filter=bpf @keyring",
        ]
        with log.open("w") as output:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            )
        self._leader = wait_for(self._find_leader, seconds=_BOOT)
        wait_for(self._is_booted, seconds=_BOOT)

    def run(
        self, *argv: str, environ: Mapping[str, str] | None = None, given: bytes = b"", timeout: float = 60.0
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program inside, as root and beside all units, so that no sandbox holds it."""
        enter = ["nsenter", f"--target={self._leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]
        settings = [f"PATH={_PATH}", "LC_ALL=C.UTF-8", *(f"{name}={value}" for name, value in (environ or {}).items())]
        return subprocess.run(
            [*enter, "--root", "--wdns=/root", "env", "-i", *settings, *argv],
            input=given,
            capture_output=True,
            check=False,
            timeout=timeout,
        )

    def output(self, *argv: str) -> str:
        """Run a program inside that has to succeed, and return what it prints."""
        completed = self.run(*argv)
        assert completed.returncode == 0, (argv, completed.stdout, completed.stderr)
        return completed.stdout.decode()

    def write(self, path: str, content: str | bytes) -> None:
        """Write the file at *path* inside, and the folders above it."""
        script = 'mkdir -p "$(dirname "$1")" && cat > "$1"'
        given = content.encode() if isinstance(content, str) else content
        completed = self.run("sh", "-c", script, "sh", path, given=given)
        assert completed.returncode == 0, (path, completed.stderr)

    def copy(self, source: Path, target: str) -> None:
        """Copy the folder *source* of this machine into folder *target* inside; links stay links."""
        pack = ["tar", "-C", str(source), "-cf", "-", "."]
        packed = subprocess.run(pack, capture_output=True, check=True, timeout=60)
        completed = self.run("tar", "--no-same-owner", "-C", target, "-xf", "-", given=packed.stdout)
        assert completed.returncode == 0, (source, completed.stderr)

    def properties(self, unit: str, *names: str) -> Sequence[str]:
        """Return properties of *unit* as systemd tells them."""
        lines = self.output("systemctl", "show", unit, f"--property={','.join(names)}").splitlines()
        found = dict(line.split("=", 1) for line in lines)
        return [found[name] for name in names]

    def stop(self) -> None:
        """Shut it down."""
        self.run("systemctl", "poweroff", timeout=20)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.terminate()
            self._process.wait(20)

    def _find_leader(self) -> int | None:
        assert self._process.poll() is None, "systemd-nspawn has ended"
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        names = {int(child): Path(f"/proc/{child}/comm").read_text().strip() for child in children.split()}
        return next((child for child, name in names.items() if name == "systemd"), None)

    def _is_booted(self) -> bool:
        return self.run("systemctl", "is-system-running").stdout.strip() == b"running"


def wait_for(look: Callable[[], T | None], *, seconds: float) -> T:
    """Return what *look* finds, as soon as that is something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"{look.__name__}: not within {seconds} s"
        time.sleep(0.1)
    return found
