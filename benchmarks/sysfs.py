"""
Measure how long reading the driver's tree takes, compared with a bare loop of open, read and close over its files.

Reads the captured tree of a trn2.48xlarge (13,664 files of 16 devices) where the shared material lies beside the
checkout, or a made tree of that shape. By turns it opens, reads and closes every file that the collectors open with
Python's own ``open``, and no more than that; reads the whole tree into facts; and reads what the service reads every 15
seconds: presence, status, ECC and health. Prints the ratios of the medians to the bare loop; the targets are 1.5 and
0.25. Printed beside are the bare loop with ``os.open``, which makes no file objects, and the first reading of each:
in a captured tree every file is looked at before it is first opened, so that no device node is. Below the ``/sys`` of a
live machine that is left out. Not a test: a busy machine is no reason for a failure.

Usage: python benchmarks/sysfs.py [--runs N] [--made]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neuron_collectors.captured import open_host
from neuron_collectors.device_health import collect_device_health
from neuron_collectors.device_status import collect_device_status
from neuron_collectors.device_tree import collect_device_tree
from neuron_collectors.host import Host
from neuron_collectors.sysfs import collect_devices
from neuron_collectors.sysfs_search import OTHER_COUNTERS, STATUS_COUNTERS

WHOLE_TARGET = 1.5
SUBSET_TARGET = 0.25
CAPTURED = "hosts/trn2-16-driver-2.24.7.0.tar.gz"
DEVICES = "sys/devices/virtual/neuron_device"

STATUS = sorted(name for name in STATUS_COUNTERS if not name.startswith("infer_"))
OTHER = sorted(OTHER_COUNTERS - {"reset_count"})
DEVICE_MEMORY = (
    *("collectives", "constants", "dma_rings", "driver_memory", "model_code", "model_shared_scratchpad"),
    *("nonshared_scratchpad", "notifications", "runtime_memory", "tensors", "uncategorized"),
)
HOST_MEMORY = (
    *("application_memory", "constants", "dma_buffers", "dma_rings"),
    *("driver_memory", "notifications", "tensors", "uncategorized"),
)
KERNELS = (
    *("async", "control", "runtime_active_kids", "runtime_active_time"),
    *("runtime_enabled", "runtime_status", "runtime_suspended_time", "runtime_usage"),
)


def made_device(index: int) -> dict[str, str]:
    """Return the files of a device of Trainium2, as driver 2.24 has them."""
    memory = [f"stats/memory_usage/host_mem/{name}" for name in HOST_MEMORY]
    files = {
        **{f"{place}/{file}": "4096\n" for place in memory for file in ("total", "present", "peak")},
        **{f"power/{name}": "0\n" for name in KERNELS},
        **dict.fromkeys((f"stats/hardware/{name}_uncorrected" for name in ("sram_ecc", "mem_ecc")), "0\n"),
        "stats/hardware/mem_ecc_repairable_uncorrected": "0\n",
        "stats/power/utilization": "POWER_STATUS_VALID,1787754600,0.10,2.82,1.57\n",
        "info/architecture/arch_type": "NDv3\n",
        "info/architecture/device_name": "Trainium2\n",
        "info/architecture/instance_type": "Trn2\n",
        "info/serial_number": f"{index:016x}\n",
        "info/notify_delay": "-1\n",
        "connected_devices": "12, 1, 3, 4\n",
        "core_count": "8",
        "dev": f"246:{index}\n",
        "uevent": f"MAJOR=246\nMINOR={index}\nDEVNAME=neuron{index}\n",
        "reset": "1\n",
    }
    cores = {f"neuron_core{core}/{path}": text for core in range(8) for path, text in made_core().items()}
    return {**files, **cores}


def made_core() -> dict[str, str]:
    """Return the files of one core."""
    counters = [*(f"status/{name}" for name in STATUS), *(f"other_info/{name}" for name in OTHER)]
    memory = ["host_mem", "device_mem", *(f"device_mem/{name}" for name in DEVICE_MEMORY)]
    return {
        **{f"stats/{place}/{file}": "0\n" for place in counters for file in ("total", "present")},
        **{f"stats/memory_usage/{place}/{file}": "0\n" for place in memory for file in ("total", "present", "peak")},
        "stats/tensor_engine/pe_cntrs": "xrow_grp,mm_active,wl_active,idle\n0,0,0,0\n1,0,0,0\n2,0,0,0\n3,0,0,0\n",
        "info/architecture/arch_type": "NCv3\n",
    }


def make_tree(root: Path) -> None:
    """Write a tree of 16 devices."""
    (root / "sys/class/neuron_device").mkdir(parents=True)
    for index in range(16):
        for path, text in made_device(index).items():
            place = root / DEVICES / f"neuron{index}" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        link = root / f"sys/class/neuron_device/neuron{index}"
        link.symlink_to(f"../../devices/virtual/neuron_device/neuron{index}")


def unpack_tree(root: Path) -> bool:
    """Unpack the captured tree; return False when there is none."""
    given = os.environ.get("NEURON_VALIDATOR_SHARED")
    archive = (Path(given) if given else Path(__file__).resolve().parents[2] / "shared") / CAPTURED
    if not archive.is_file():
        return False
    with tarfile.open(archive) as packed:
        packed.extraction_filter = getattr(tarfile, "tar_filter", None)  # not in every 3.10
        packed.extractall(root)  # noqa: S202 - material of our own
    return True


def read_whole(host: Host) -> object:
    """Read all that there is to know of the devices."""
    return collect_devices(host), collect_device_tree(host)


def read_subset(host: Host) -> object:
    """Read what the service reads every 15 seconds."""
    return collect_device_status(host), collect_device_health(host)


def read_bare(paths: list[str]) -> None:
    """Read every file, and nothing else."""
    for path in paths:
        with open(path, "rb") as file:  # noqa: PTH123 - as bare as it gets
            file.read()


def read_barest(paths: list[str]) -> None:
    """Read every file without a file object."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        os.read(descriptor, 4096)
        os.close(descriptor)


@contextmanager
def watched(paths: list[str]) -> Iterator[None]:
    """Note in *paths* every file that is opened meanwhile."""
    plain = os.open

    def note(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        descriptor = plain(path, flags, mode, dir_fd=dir_fd)
        if not flags & os.O_DIRECTORY:
            paths.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        return descriptor

    os.open = note
    try:
        yield
    finally:
        os.open = plain


def seconds(work: Callable[[], object]) -> float:
    """Return how long *work* takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(root: Path, runs: int) -> None:
    """Measure by turns and print."""
    host = open_host(root)
    opened: list[str] = []
    with watched(opened):
        read_whole(host)
    paths = sorted({path for path in opened if "/neuron_device/neuron" in path})
    there = sum(len(files) for _, _, files in os.walk(root / DEVICES))
    works: dict[str, Callable[[], object]] = {
        "bare loop": lambda: read_bare(paths),
        "bare loop of os.open": lambda: read_barest(paths),
        "whole tree": lambda: read_whole(host),
        "15-second subset": lambda: read_subset(host),
        "whole tree, first": lambda: read_whole(open_host(root)),
        "subset, first": lambda: read_subset(open_host(root)),
    }
    rows = [[seconds(work) for work in works.values()] for _ in range(runs)]
    medians = [statistics.median(column) for column in zip(*rows, strict=True)]
    bare, barest, whole, subset = medians[:4]
    print(f"{len(paths)} of {there} files: reset is never read, uevent and the kernel's power/ tell nothing")
    for name, median in zip(works, medians, strict=True):
        print(f"{name:22} {median * 1000:7.1f} ms  ratio {median / bare:.2f}, to os.open {median / barest:.2f}")
    print(f"whole tree to bare loop: {whole / bare:.2f} (target {WHOLE_TARGET:g})")
    print(f"15-second subset to bare loop: {subset / bare:.2f} (target {SUBSET_TARGET:g})")
    print(f"to a loop of os.open, os.read and os.close (no target): {whole / barest:.2f} and {subset / barest:.2f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--made", action="store_true", help="read a made tree also where a captured one is at hand")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        captured = not options.made and unpack_tree(root)
        if not captured:
            make_tree(root)
        print(f"a {'captured' if captured else 'made'} tree of 16 devices, Python {sys.version.split()[0]}")
        measure(root, options.runs)


if __name__ == "__main__":
    main()
