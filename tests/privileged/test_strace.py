"""
What a run on this machine opens, as strace sees it: no device node, and nothing under /sys for writing.

Run with ``pytest -m privileged`` as root: nodes are made in /dev, of a number that no driver has, and taken away.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.collectors.conftest import make_tree
from tests.collectors.sysfs_devices import CLASS, FILES_2_26, device

pytestmark = pytest.mark.privileged

NODES = (Path("/dev/neuron0"), Path("/dev/neuron1"))
PREFERRED_MAJOR = 246  # what the driver got on the captured machines
LOCAL_MAJORS = range(240, 255)
CALLS = "open,openat,openat2,creat,open_by_handle_at"
OPTIONS = ("--timeout", "60", "--no-neuron-ls")  # the vendor's program, where there is one, opens the nodes itself
WRITING = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND")

CALL = re.compile(
    r'(?P<call>open|creat)\("(?P<path>(?:[^"\\]|\\.)*)"(?P<rest>.*)'
    r'|openat2?\((?:AT_FDCWD(?:<(?P<cwd>[^>]*)>)?|\d+<(?P<directory>[^>]*)>), "(?P<name>(?:[^"\\]|\\.)*)"(?P<flags>.*)'
)
"""One line of strace: ``openat(5</sys/class>, "neuron0", O_RDONLY|O_CLOEXEC) = 6</sys/class/neuron0>``."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """An attempt to open something, whether it succeeded or not."""

    path: str
    for_writing: bool


def parse_strace(text: str) -> list[Opened]:
    """Return what the lines of strace say was opened; a line that is a call and not understood is an error."""
    opened = []
    for line in text.splitlines():
        if line.startswith(("+++", "---")) or not line.strip():
            continue
        found = CALL.match(line)
        assert found, line
        path = found["path"] if found["name"] is None else found["name"]
        rest = found["rest"] or found["flags"] or ""
        above = found["directory"] or found["cwd"] or "/"
        opened.append(
            Opened(
                path=os.path.normpath(path if path.startswith("/") else f"{above}/{path}"),
                for_writing=found["call"] == "creat" or any(flag in rest for flag in WRITING),
            )
        )
    return opened


def trace(
    argv: Sequence[str], folder: Path, *, inside: Sequence[str] = ()
) -> tuple[subprocess.CompletedProcess[str], list[Opened]]:
    """Run *argv* and all that it starts under strace, *inside* a command; return how it ended, and what it opened."""
    folder.mkdir()
    strace = ["strace", "-ff", "-y", "-s", "4096", "-qq", "-e", f"trace={CALLS}", "-o", str(folder / "trace"), *argv]
    completed = subprocess.run([*inside, *strace], capture_output=True, text=True, check=False, timeout=120)
    return completed, [one for path in folder.iterdir() for one in parse_strace(path.read_text("utf-8", "replace"))]


def device_nodes(opened: Sequence[Opened]) -> list[str]:
    """Return which device nodes were opened, by whatever path."""
    return [one.path for one in opened if one.path.startswith("/dev/neuron")]


def written(opened: Sequence[Opened]) -> list[str]:
    """Return what was opened for writing under /sys."""
    return [one.path for one in opened if one.path.startswith("/sys/") and one.for_writing]


@pytest.fixture(scope="module")
def strace(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip where processes cannot be traced."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed (Debian: apt-get install strace)")
    completed, opened = trace(["true"], tmp_path_factory.mktemp("strace") / "true")
    if completed.returncode != 0 or not opened:
        pytest.skip(f"strace cannot trace here: {completed.stderr.strip()[-200:]}")


@pytest.fixture(scope="module")
def nodes() -> Iterator[tuple[Path, ...]]:
    """Make the device nodes, of a major number that no driver has, and take them away again."""
    if os.geteuid() != 0:
        pytest.skip("only root may make device nodes")
    if any(path.exists() for path in (*NODES, Path("/sys/class/neuron_device"))):
        pytest.skip("this machine has Neuron devices of its own")
    major = free_major()
    made = []
    try:
        for minor, path in enumerate(NODES):
            try:
                os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(major, minor))
            except PermissionError:
                pytest.skip("root may not make device nodes here")
            made.append(path)
            path.chmod(0o666)
        yield NODES
    finally:
        for path in made:
            path.unlink()


def free_major() -> int:
    """Return a number that no character device has, so that opening the nodes would reach nothing."""
    characters = Path("/proc/devices").read_text(encoding="utf-8").partition("Block devices:")[0]
    taken = {int(number) for number in re.findall(r"^ *(\d+) ", characters, re.MULTILINE)}
    free: int | None = next((major for major in (PREFERRED_MAJOR, *LOCAL_MAJORS) if major not in taken), None)
    if free is None:
        pytest.skip("every local major number is taken")
    assert free is not None
    return free


CONTROLS = {
    "by its path": "os.open('/dev/neuron0', os.O_RDONLY)",
    "by its directory": "os.open('neuron0', os.O_RDONLY, dir_fd=os.open('/dev', os.O_RDONLY | os.O_DIRECTORY))",
    "by a detour": "os.open('/usr/../dev/./neuron0', os.O_RDWR | os.O_NONBLOCK)",
}


@pytest.mark.parametrize("way", CONTROLS)
def test_an_opened_node_is_seen(strace: None, nodes: tuple[Path, ...], tmp_path: Path, way: str) -> None:
    """The control: a program that does open a node, which fails for want of a driver, is seen to have tried."""
    completed, opened = trace([sys.executable, "-c", f"import os; {CONTROLS[way]}"], tmp_path / "trace")

    assert "No such device" in completed.stderr
    assert ["/dev/neuron0"] == device_nodes(opened)


def test_writing_under_sys_is_seen(strace: None, tmp_path: Path) -> None:
    """The control: a program that asks to write a file that nobody may write is seen to have asked."""
    code = "import os; os.open('/sys/kernel/uevent_seqnum', os.O_WRONLY)"
    completed, opened = trace([sys.executable, "-c", code], tmp_path / "trace")

    assert "Permission denied" in completed.stderr
    assert ["/sys/kernel/uevent_seqnum"] == written(opened)


@pytest.mark.parametrize("command", ["diagnose", "collect"])
def test_a_run_opens_no_node_and_writes_nothing(
    strace: None, nodes: tuple[Path, ...], tmp_path: Path, command: str
) -> None:
    """A whole run on this machine as it is sees the nodes, opens none, and opens nothing under /sys for writing."""
    argv = [sys.executable, "-m", "neuron_validator", command, *OPTIONS]
    completed, opened = trace(argv, tmp_path / "trace")

    assert completed.returncode in (0, 1, 2, 3), completed.stderr
    assert [] == device_nodes(opened)
    assert [] == written(opened)
    assert any(one.path.startswith("/sys/") for one in opened), "the trace shows nothing of what was read"
    if command == "collect":
        assert [0, 1] == [node["index"] for node in json.loads(completed.stdout)["facts"]["device_nodes"]]


@pytest.fixture
def with_devices(tmp_path: Path) -> tuple[str, ...]:
    """Return the command that runs another where /sys shows two devices: a made tree hides the machine's own."""
    function = "sys/bus/pci/devices/0000:00:1e.0"
    files: Mapping[str, str | bytes | None] = {
        **device(0, files=FILES_2_26, cores=2),
        **device(1, files=FILES_2_26, cores=2),
        f"{CLASS}/node_id_2": "-1\n",
        "sys/module/neuron/initstate": "live\n",
        "sys/module/neuron/version": "2.26.5.0\n",
        f"{function}/vendor": "0x1d0f\n",
        f"{function}/device": "0x7164\n",
        f"{function}/numa_node": "-1\n",
    }
    make_tree(tmp_path / "made", files)
    hide = f'mount --bind "{tmp_path}/made/sys" /sys && exec "$@"'
    inside = ("unshare", "--mount", "--propagation", "private", "sh", "-c", hide, "sh")
    if shutil.which("unshare") is None or subprocess.run([*inside, "true"], check=False).returncode != 0:
        pytest.skip("no mount of its own can be made here")
    return inside


@pytest.mark.parametrize("command", ["diagnose", "collect"])
def test_a_run_with_devices_opens_no_node_and_writes_nothing(
    strace: None, nodes: tuple[Path, ...], with_devices: tuple[str, ...], tmp_path: Path, command: str
) -> None:
    """Nor does it where the driver shows devices; of theirs it reads what it may, and never ``reset``."""
    argv = [sys.executable, "-m", "neuron_validator", command, *OPTIONS]
    completed, opened = trace(argv, tmp_path / "trace", inside=with_devices)
    paths = [one.path for one in opened]

    assert completed.returncode in (0, 1, 2, 3), completed.stderr
    assert [] == device_nodes(opened)
    assert [] == written(opened)
    assert [] == [path for path in paths if path.endswith("/reset")]
    assert any(path.endswith("/stats/hardware/mem_ecc_uncorrected") for path in paths)
    if command == "collect":
        facts = json.loads(completed.stdout)["facts"]
        assert [2, 2, 2] == [len(facts[name]) for name in ("device_nodes", "devices", "device_trees")]
        assert sum(path.endswith("/total") for path in paths) >= 2 * 2 * 7


@pytest.mark.parametrize(
    ("line", "opened"),
    [
        ('openat(AT_FDCWD</w>, "a/b", O_RDONLY|O_CLOEXEC) = 3</w/a/b>', Opened(path="/w/a/b", for_writing=False)),
        ('openat(AT_FDCWD, "/dev/null", O_RDWR) = 3', Opened(path="/dev/null", for_writing=True)),
        ('openat(5</sys/class>, "../x", O_WRONLY) = -1 EACCES', Opened(path="/sys/x", for_writing=True)),
        ('openat2(5</sys>, "x", {flags=O_RDONLY|O_PATH, resolve=0}, 24) = 6', Opened(path="/sys/x", for_writing=False)),
        ('open("/dev/neuron0", O_RDONLY) = -1 ENXIO', Opened(path="/dev/neuron0", for_writing=False)),
        ('creat("/var/x", 0644) = 3', Opened(path="/var/x", for_writing=True)),
    ],
)  # fmt: skip
def test_lines_of_strace(line: str, opened: Opened) -> None:
    """Every way to open a file is understood, relative to whatever directory."""
    assert [opened] == parse_strace(f"{line}\n+++ exited with 0 +++\n")
