"""
Measure how long the search for processes and libraries takes on a busy machine.

Forks 250 processes with some 200 mappings and 40 open files each, then searches all that run here for those that use
Neuron, and a captured tree with five Python environments for the runtime's libraries. The targets are 100 ms and 10 ms:
of 500 processes on an instance the kernel's own threads, which have neither, are more than half. Not a test: a busy
machine is no reason for a failure.

Usage: python benchmarks/processes.py [--processes N] [--runs N]
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from neuron_collectors.captured import open_host
from neuron_collectors.host import Host
from neuron_collectors.libraries import collect_runtime_libraries
from neuron_collectors.process_search import list_processes
from neuron_collectors.processes import collect_hidden_processes, collect_processes

OPEN_FILES = 40
ENVIRONMENTS = 5
PACKAGES = 300
SYSTEM_LIBRARIES = 2500
UNITS = 350
TARGETS = {"processes": 100.0, "libraries": 10.0}


def fork_children(count: int) -> list[int]:
    """Fork *count* processes that wait, with what a small server has in memory and open."""
    for module in ("asyncio", "decimal", "lzma", "readline", "sqlite3", "ssl"):
        __import__(module)
    files = [os.open("/dev/null", os.O_RDONLY) for _ in range(OPEN_FILES)]
    children = []
    for _ in range(count):
        child = os.fork()
        if child == 0:
            signal.pause()
            os._exit(0)
        children.append(child)
    for file in files:
        os.close(file)
    return children


def build_host(root: Path) -> None:
    """Write a tree with the directories of a large image, and five environments."""
    names = [f"usr/lib/x86_64-linux-gnu/lib{number}.so.1" for number in range(SYSTEM_LIBRARIES)]
    names += [f"usr/lib/systemd/system/unit{number}.service" for number in range(UNITS)]
    names += [f"opt/aws/neuron/lib/{name}" for name in ("libnrt.so.2.31.23.0", "libnccom.so.2.31.24", "libncfw.so")]
    for environment in range(ENVIRONMENTS):
        venv = f"opt/aws_neuronx_venv_{environment}"
        site = f"{venv}/lib/python3.10/site-packages"
        names += [f"{venv}/pyvenv.cfg", f"{site}/torch_neuronx/lib/libtorchneuron.so"]
        names += [f"{site}/package{number}/__init__.py" for number in range(PACKAGES)]
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("[Service]\nExecStart=/bin/true\n", encoding="utf-8")


def seconds(work: Callable[[], object]) -> float:
    """Return how long *work* takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--processes", type=int, default=250)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    live = Host()
    children = fork_children(options.processes)
    try:
        with tempfile.TemporaryDirectory() as folder:
            build_host(Path(folder))
            works: dict[str, Callable[[], object]] = {
                "processes": lambda: collect_processes(live),
                "hidden processes": lambda: collect_hidden_processes(live),
                "libraries": lambda: collect_runtime_libraries(open_host(folder)),
            }
            times = [[seconds(work) for work in works.values()] for _ in range(options.runs)]
        pids = list_processes(live)
        print(f"{len(pids) if isinstance(pids, tuple) else 'no'} processes")
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    for name, column in zip(works, zip(*times, strict=True), strict=True):
        target = f" (target {TARGETS[name]:g})" if name in TARGETS else ""
        print(f"{name:17} {statistics.median(column) * 1000:7.1f} ms{target}")


if __name__ == "__main__":
    main()
