"""
The time of `diagnose` on a large host, beside Python doing nothing.

Builds a captured trn2.48xlarge (16 devices with as many files as driver 2.24 has, six environments of 300 packages),
then runs ``python -c pass`` and ``neuron-validator diagnose`` by turns and prints the ratio of the medians.
The target is 10. Not a test: a busy machine is no reason for a failure.

Usage: python benchmarks/startup.py [--runs N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGET = 10.0
DEVICES = 16
ENVIRONMENTS = 6
PACKAGES = 300
COUNTERS_PER_CORE = 34
COUNTER_FILES = ("total", "present", "peak")
NEURON_PACKAGES = {
    "torch-neuronx": "2.8.0.2.10.16998+e9bf8a50",
    "neuronx-cc": "2.21.33363.0+82129205",
    "libneuronxla": "2.2.12677.0+5be4a1e9",
    "numpy": "1.26.4",
}
DPKG = {
    "aws-neuronx-dkms": "2.24.7.0",
    "aws-neuronx-runtime-lib": "2.28.23.0-dd5879008",
    "aws-neuronx-collectives": "2.28.27.0-bc30ece58",
    "aws-neuronx-tools": "2.26.14.0",
}


# What the installed `neuron-validator` script holds; `python -m` would add the import of runpy.
CONSOLE_SCRIPT = "import sys; from neuron_validator.cli import console; sys.exit(console())"
# As installed: with compiled modules, which pip writes and a checkout may be told not to.
CACHE = tempfile.TemporaryDirectory()
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {
    "PYTHONPYCACHEPREFIX": CACHE.name
}


def write(path: Path, text: str) -> None:
    """Write a file and the directories that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def build_device(root: Path, index: int) -> None:
    """Write what the driver shows of one device."""
    device = root / f"sys/devices/virtual/neuron_device/neuron{index}"
    write(device / "core_count", "8")
    write(device / "dev", f"246:{index}\n")
    write(device / "connected_devices", "12, 1, 3, 4\n")
    write(device / "info/serial_number", f"{index:016x}\n")
    for name, value in (("device_name", "Trainium2"), ("arch_type", "NDv3"), ("instance_type", "Trn2")):
        write(device / "info/architecture" / name, f"{value}\n")
    for core in range(8):
        for counter in range(COUNTERS_PER_CORE):
            for file in COUNTER_FILES:
                write(device / f"neuron_core{core}/stats/status/counter{counter}/{file}", "0\n")
    link = root / f"sys/class/neuron_device/neuron{index}"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(f"../../devices/virtual/neuron_device/neuron{index}")
    function = root / f"sys/bus/pci/devices/0000:{index:02x}:00.0"
    for name, value in (("vendor", "0x1d0f"), ("device", "0x7364"), ("numa_node", "-1")):
        write(function / name, f"{value}\n")
    write(function / "uevent", "DRIVER=neuron-driver\nPCI_ID=1D0F:7364\n")


def build_environment(root: Path, number: int) -> None:
    """Write one environment with `PACKAGES` packages."""
    path = root / f"opt/aws_neuronx_venv_{number}"
    write(path / "pyvenv.cfg", "home = /usr/bin\nversion = 3.10.12\n")
    site = path / "lib/python3.10/site-packages"
    names = {f"package-{i}": "1.2.3" for i in range(PACKAGES - len(NEURON_PACKAGES))} | NEURON_PACKAGES
    for name, version in names.items():
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Dist: numpy\n"
        write(site / f"{name.replace('-', '_')}-{version}.dist-info/METADATA", metadata)


def build_host(root: Path) -> None:
    """Write the whole host."""
    for index in range(DEVICES):
        build_device(root, index)
    for number in range(ENVIRONMENTS):
        build_environment(root, number)
    write(root / "sys/module/neuron/version", "2.24.7.0\n")
    write(root / "sys/module/neuron/initstate", "live\n")
    write(root / "sys/devices/virtual/dmi/id/product_name", "trn2.48xlarge\n")
    write(root / "sys/devices/virtual/dmi/id/sys_vendor", "Amazon EC2\n")
    write(root / "etc/os-release", 'ID=ubuntu\nVERSION_ID="22.04"\nPRETTY_NAME="Ubuntu 22.04.5 LTS"\n')
    write(root / "proc/sys/kernel/osrelease", "6.8.0-1021-aws\n")
    other = "".join(f"Package: other-{i}\nStatus: install ok installed\nVersion: 1.{i}\n\n" for i in range(1500))
    neuron = "".join(f"Package: {n}\nStatus: install ok installed\nVersion: {v}\n\n" for n, v in DPKG.items())
    write(root / "var/lib/dpkg/status", other + neuron)


def seconds(argv: list[str]) -> float:
    """Run a program once and return its wall time."""
    start = time.perf_counter()
    done = subprocess.run(argv, capture_output=True, check=False, env=ENVIRONMENT)
    elapsed = time.perf_counter() - start
    if done.returncode not in (0, 1, 2, 3):
        sys.exit(f"{argv}: exit {done.returncode}: {done.stderr.decode()}")
    return elapsed


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        build_host(Path(folder))
        nothing = [sys.executable, "-c", "pass"]
        diagnose = [sys.executable, "-c", CONSOLE_SCRIPT, "diagnose", "--root", folder]
        seconds(diagnose)  # the first run compiles the modules
        pairs = [(seconds(nothing), seconds(diagnose)) for _ in range(runs)]
    base, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
    times = f"python -c pass {base * 1000:.0f} ms, diagnose {ours * 1000:.0f} ms"
    print(f"{times}: ratio {ours / base:.1f} (target {TARGET:g})")


if __name__ == "__main__":
    main()
