"""
The service on a disk that fills up, or that is made read-only: a tmpfs of its own, in a mount namespace of its own.

Run with ``pytest -m privileged`` as root; this machine's own mounts are left alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.served import Served

from neuron_validator.service.state import parse_state

pytestmark = pytest.mark.privileged

UNSHARE = ("unshare", "--mount", "--propagation", "private", "sh", "-c")
MOUNT = 'mount -t tmpfs -o size=1m,mode=755 tmpfs "$0" && exec "$@"'
FILL = ("dd", "if=/dev/zero", "bs=4096")
VERSION = "sys/module/neuron/version"
PATIENCE = 40.0


@dataclass(frozen=True, kw_only=True)
class Mounted:
    """A service whose state is on a small disk."""

    served: Served
    tree: Path
    state: Path
    """The disk, as the service sees it."""

    def remount(self, options: str) -> None:
        """Change how the disk is mounted, in the service's namespace."""
        path = str(self.state).partition("/root")[2]
        inside = ["nsenter", f"--target={self.served.process.pid}", "--mount"]
        subprocess.run([*inside, "mount", "-o", f"remount,{options}", path], check=True, timeout=30)

    def fill(self) -> None:
        """Leave no room on the disk."""
        path = str(self.state / "filler")
        done = subprocess.run([*FILL, f"of={path}"], capture_output=True, check=False, timeout=30)
        assert b"No space left on device" in done.stderr

    def change(self, version: str) -> None:
        """Change the driver, and wait until the service has judged the change."""
        (self.tree / VERSION).write_text(f"{version}\n", encoding="ascii")
        self.served.wait_for(f'kind=driver.*after="?{version}', seconds=PATIENCE)


@pytest.fixture
def mounted(repository: Path, tmp_path: Path) -> Iterator[Mounted]:
    """Serve a copy of a host, with the state on a tmpfs of one megabyte."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("nsenter") is None:
        pytest.skip("only root may mount, and needs unshare and nsenter of util-linux")
    tree, disk = tmp_path / "host", tmp_path / "state"
    shutil.copytree(repository / "tests/hosts/trn1-driver-runtime-fixed", tree, symlinks=True)
    disk.mkdir()
    if subprocess.run([*UNSHARE, MOUNT, str(disk), "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("no mount of its own can be made here")
    options = ("--root", str(tree), "--state-directory", str(disk))
    with Served(*options, log=tmp_path / "log", inside=(*UNSHARE, MOUNT, str(disk))) as served:
        served.wait_for("msg=ready")
        yield Mounted(served=served, tree=tree, state=Path(f"/proc/{served.process.pid}/root{disk}"))


SPOILT: dict[str, tuple[Callable[[Mounted], None], Callable[[Mounted], None], str]] = {
    "full": (Mounted.fill, lambda mounted: (mounted.state / "filler").unlink(), "No space left on device"),
    "read-only": (
        lambda mounted: mounted.remount("ro"),
        lambda mounted: mounted.remount("rw"),
        "Read-only file system",
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_disk_of_no_use(mounted: Mounted, what: str) -> None:
    """The old state stays whole, the reason is logged once, reports go on, and later the state is saved again."""
    spoil, mend, reason = SPOILT[what]
    saved = (mounted.state / "state.json").read_bytes()
    spoil(mounted)
    mounted.change("2.26.5.0")
    mounted.change("2.25.4.0")
    verdict = json.loads(mounted.served.ask("/api/v1/report"))["verdict"]
    kept = {path.name: path.read_bytes() for path in mounted.state.iterdir() if path.name != "filler"}
    told = mounted.served.log.count(f"the state could not be saved in {mounted.tree.parent}/state: {reason}")
    mend(mounted)
    code, _ = mounted.served.end()

    assert "fail" == verdict
    assert 1 == told
    assert saved == kept["state.json"]
    assert parse_state(saved.decode())
    assert {"state.json", "report.json"} >= kept.keys() - {"history.jsonl", "redaction.key"}
    assert 0 == code
