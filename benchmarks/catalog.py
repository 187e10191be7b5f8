"""
The time in which what one diagnosis needs of the catalog is loaded, beside Python doing nothing.

Runs ``python -c pass``, and a program that imports the catalog's modules and then measures how long it takes to load
the catalog and to ask what a diagnosis of a trn2 host with four OS packages and one environment asks, by turns; prints
the ratio of the medians. The target is 1. What the imports cost is part of `startup.py`, for they are not the catalog's
alone. Not a test: a busy machine is no reason for a failure.

Usage: python benchmarks/catalog.py [--runs N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

TARGET = 1.0

# Membership, what superseded it, platforms and life-cycle of each component; rules by the check that asks.
QUESTIONS = """
import datetime as dt
import gc
import time
from neuron_validator.catalog import load_catalog
from neuron_validator.catalog.tables import DEPENDENCIES, LIFECYCLE

gc.set_threshold(50_000)  # as the command line does
start = time.perf_counter()
catalog = load_catalog().as_of(dt.date(2026, 11, 21))
installed = {
    "aws-neuronx-dkms": "2.24.7.0",
    "aws-neuronx-runtime-lib": "2.28.23.0-dd5879008",
    "aws-neuronx-collectives": "2.28.27.0-bc30ece58",
    "aws-neuronx-tools": "2.26.14.0",
    "torch-neuronx": "2.8.0.2.10.16998+e9bf8a50",
    "neuronx-cc": "2.21.33363.0+82129205",
    "libneuronxla": "2.2.12677.0+5be4a1e9",
}
for name, version in installed.items():
    assert catalog.releases_of(name, version, family="trn2").status == "known", name
    catalog.newest_in_line(name, version, family="trn2")
    catalog.tested_platforms(name, version, "trn2")
    catalog.tables.records_of(LIFECYCLE, name)
for system in ("Ubuntu", "Python"):
    catalog.tables.records_of(LIFECYCLE, system)
    catalog.tables.records_of(DEPENDENCIES, system)
for check in ("driver-family-unsupported", "driver-runtime-incompatible", "runtime-collectives-mismatch"):
    catalog.rules_for(check)
catalog.instance_type("trn2.48xlarge"), catalog.chip_for_pci("0x7364")
print(time.perf_counter() - start)
"""
# As installed: with compiled modules, which pip writes and a checkout may be told not to.
CACHE = tempfile.TemporaryDirectory()
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {
    "PYTHONPYCACHEPREFIX": CACHE.name
}


def run(program: str) -> tuple[float, str]:
    """Run a Python program once and return its wall time and what it printed."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, env=ENVIRONMENT, text=True)
    elapsed = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"exit {done.returncode}: {done.stderr}")
    return elapsed, done.stdout


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--runs", type=int, default=30)
    runs = parser.parse_args().runs
    run(QUESTIONS)  # the first run compiles the modules
    pairs = [(run("pass")[0], float(run(QUESTIONS)[1])) for _ in range(runs)]
    base, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
    times = f"python -c pass {base * 1000:.1f} ms, the catalog {ours * 1000:.1f} ms"
    print(f"{times}: ratio {ours / base:.2f} (target {TARGET:g})")


if __name__ == "__main__":
    main()
