"""
Time and memory of `neuron-validator fleet` over 10,000 reports, against `json.loads` of the bytes and an empty Python.

Run: python benchmarks/fleet.py
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

HOSTS = 10_000
_GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"
_LOADS = """
import json, pathlib, sys
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    json.loads(path.read_text())
"""
_MEASURE = """
import resource, subprocess, sys, time
begun = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""
_KERNELS = ("6.8.0-1044-aws", "6.8.0-1040-aws", "6.5.0-1020-aws")


def write_reports(folder: Path) -> int:
    """Write the reports of many hosts like the sample hosts, and return their bytes."""
    chosen = random.Random(1)  # noqa: S311 - the same fleet every time, nothing secret
    samples = [json.loads(path.read_text()) for path in sorted(_GOLDEN.glob("*.json"))]
    reports = [sample for sample in samples if "findings" in sample]
    size = 0
    for number in range(HOSTS):
        report = chosen.choice(reports)
        report["host"]["kernel"] = chosen.choice(_KERNELS)
        size += (folder / f"host-{number:05}.json").write_text(json.dumps(report, indent=2))
    return size


def measure(argv: list[str]) -> tuple[float, float]:
    """Run *argv*; return its seconds and the peak memory of the largest of its processes in MiB."""
    done = subprocess.run([sys.executable, "-c", _MEASURE, *argv], capture_output=True, text=True, check=True)
    seconds, mebibytes = map(float, done.stdout.split())
    return seconds, mebibytes


def main() -> None:
    """Print both ratios."""
    with tempfile.TemporaryDirectory() as name:
        size = write_reports(Path(name))
        fleet = measure([sys.executable, "-m", "neuron_validator", "fleet", name])
        loads = measure([sys.executable, "-c", _LOADS, name])
    empty = measure([sys.executable, "-c", "pass"])
    print(f"{HOSTS:,} reports, {size / 2**20:.0f} MiB, {os.cpu_count()} cores")
    for title, (seconds, mebibytes) in (("fleet", fleet), ("json.loads", loads), ("empty Python", empty)):
        print(f"{title:13}{seconds:8.2f} s  {mebibytes:6.0f} MiB")
    print(f"time    {fleet[0] / loads[0]:.2f} x json.loads of the same bytes (target: under 20 s on two cores)")
    print(f"memory  {fleet[1] / empty[1]:.1f} x an empty Python")


if __name__ == "__main__":
    main()
