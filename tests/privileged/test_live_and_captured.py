"""
A run on a machine, the tree and the snapshot of it: one report.

Run with ``pytest -m privileged`` as root. In a mount namespace of its own this machine shows two devices, a driver,
packages and an environment, which are stand-ins, and a process that has an older libnrt in memory: it is then read
as the running machine, with psutil and the kernel's own ``/proc``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.collectors.conftest import make_tree
from tests.collectors.sysfs_devices import CLASS, FILES_2_26, device
from tests.stand_in_library import elf_library

from neuron_collectors.redaction import redact
from neuron_collectors.snapshot import dumps_inventory, load_snapshot

pytestmark = pytest.mark.privileged

KEY = b"0123456789abcdef"
SITE = "opt/aws_neuronx_venv_pytorch_2_9/lib/python3.10/site-packages"
FUNCTION = "sys/bus/pci/devices/0000:00:1e.0"
FILES: Mapping[str, str | bytes | None] = {
    **device(0, files=FILES_2_26, cores=2),
    **device(1, files=FILES_2_26, cores=2),
    f"{CLASS}/node_id_2": "-1\n",
    "sys/module/neuron/initstate": "live\n",
    "sys/module/neuron/version": "2.26.5.0\n",
    "sys/devices/virtual/dmi/id/sys_vendor": "Amazon EC2\n",
    "sys/devices/virtual/dmi/id/product_name": "trn1.32xlarge\n",
    "sys/devices/virtual/dmi/id/board_asset_tag": "i-0123456789abcdef0\n",
    f"{FUNCTION}/vendor": "0x1d0f\n",
    f"{FUNCTION}/device": "0x7164\n",
    f"{FUNCTION}/numa_node": "-1\n",
    "dpkg/status": "".join(
        f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n"
        for name, version in (("aws-neuronx-dkms", "2.26.5.0"), ("aws-neuronx-runtime-lib", "2.32.31.0-0234f5ed2"))
    ),
    "opt/aws/neuron/lib/libnrt.so.2.29.40.0": elf_library(exports={"nrt_init": 2}),
    "opt/aws/neuron/lib/libnrt.so.2.32.31.0": elf_library(exports={"nrt_init": 2}),
    "opt/aws_neuronx_venv_pytorch_2_9/pyvenv.cfg": "home = /usr/bin\nversion = 3.10.12\n",
    f"{SITE}/torch_neuronx-2.9.0.2.11.19912+e48cd891.dist-info/METADATA": "Name: torch-neuronx\n",
    f"{SITE}/torch_neuronx/lib/libtorchneuron.so": elf_library(
        needed=("libnrt.so.1",), versions=(), needed_versions=("NRT_2.0.0",), undefined={"nrt_tensor_copy": 2}
    ),
}
HOLDER = """
import mmap, pathlib, sys, time
with open("/opt/aws/neuron/lib/libnrt.so.2.29.40.0", "rb") as file:
    mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
pathlib.Path("/opt/aws/neuron/lib/libnrt.so.2.29.40.0").unlink()
pathlib.Path(sys.argv[1]).touch()
time.sleep(120)
"""
MOUNT = """set -e
mount --bind "$1/sys" /sys
mount --bind "$1/opt" /opt
mkdir -p /var/lib/dpkg
mount --bind "$1/dpkg" /var/lib/dpkg
mount -t tmpfs tmpfs /dev
mknod -m 666 /dev/null c 1 3
mknod -m 666 /dev/neuron0 c 246 0
mknod -m 666 /dev/neuron1 c 246 1
"""
RUN = """
python=$2
NEURON_RT_VISIBLE_CORES=0-1 NEURON_X=hunter2 "$python" -c "$3" "$1/ready" &
holder=$!
trap 'kill $holder' EXIT
until [ -e "$1/ready" ]; do sleep 0.1; done
run() { "$python" -m neuron_validator "$@" || [ $? -le 3 ]; }
options="--no-neuron-ls --timeout 60"
run diagnose $options --as-of 2026-11-21 --format json --output "$1/live.json"
run collect $options --include-identifiers --output "$1/full.json"
run collect $options --include-identifiers --tree "$1/full"
run collect $options --redaction-key "$1/key" --output "$1/redacted.json"
run collect $options --redaction-key "$1/key" --tree "$1/redacted"
"""
UNSHARE = ("unshare", "--mount", "--propagation", "private", "sh", "-c")


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the report of the live machine, and with its trees and snapshots."""
    folder = tmp_path_factory.mktemp("machine")
    if any(str(Path(path).resolve()).startswith("/opt/") for path in (sys.prefix, sys.base_prefix, folder)):
        pytest.skip("what runs the tests is in /opt, which has to be hidden")
    make_tree(folder, FILES)
    (folder / "key").write_bytes(KEY)
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("only root may hide a part of the machine")
    if subprocess.run([*UNSHARE, MOUNT, "sh", str(folder)], check=False, capture_output=True).returncode != 0:
        pytest.skip("no mount of its own can be made here")
    argv = [*UNSHARE, MOUNT + RUN, "sh", str(folder), sys.executable, HOLDER]
    completed = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
    assert (0, "") == (completed.returncode, completed.stderr)
    return folder


def report(*arguments: str) -> str:
    """Return what `diagnose` prints, on the machine as it is."""
    argv = [sys.executable, "-m", "neuron_validator", "diagnose", "--as-of", "2026-11-21", "--format", "json"]
    return subprocess.run([*argv, *arguments], capture_output=True, text=True, check=False, timeout=120).stdout


def test_the_machine_showed_what_it_has(captured: Path) -> None:
    """The control: devices, packages, libraries and the process were seen on the live machine."""
    facts = json.loads((captured / "full.json").read_text())["facts"]
    found = {finding["id"] for finding in json.loads((captured / "live.json").read_text())["findings"]}
    (process,) = facts["processes"]

    assert [2, 2] == [len(facts[name]) for name in ("device_nodes", "devices")]
    assert [("2.29.40.0", True)] == [(library["version"], library["replaced"]) for library in process["libraries"]]
    assert {"driver-runtime-incompatible", "library-symbols-missing", "library-replaced"} <= found


def test_tree_and_snapshot_of_a_live_machine(captured: Path) -> None:
    """With identifiers both give the report of the live run, letter for letter."""
    live = (captured / "live.json").read_text()

    assert live == report("--snapshot", str(captured / "full.json"))
    assert live == report("--root", str(captured / "full"))


def test_redacted_tree_and_snapshot_of_a_live_machine(captured: Path) -> None:
    """Redacted with one key, what the live run saw, its tree and its snapshot give one report."""
    live = redact(load_snapshot(captured / "full.json"), key=KEY)
    (captured / "live-redacted.json").write_text(dumps_inventory(live))
    expected = report("--snapshot", str(captured / "live-redacted.json"))

    assert "i-0123456789abcdef0" not in expected
    assert expected == report("--snapshot", str(captured / "redacted.json"))
    assert expected == report("--root", str(captured / "redacted"))


def test_a_redacted_tree_of_a_live_machine_keeps_no_secret(captured: Path) -> None:
    """Neither the instance's id nor a value of the process's environment is anywhere in it."""
    files = [path for path in (captured / "redacted").rglob("*") if path.is_file() and not path.is_symlink()]
    told = [path for path in files for word in (b"i-0123456789abcdef0", b"hunter2") if word in path.read_bytes()]

    assert files
    assert [] == told
