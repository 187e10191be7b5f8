"""
Measure how long the judging itself takes, over one facts file.

Runs fresh processes, each of which imports the program, reads one facts file, loads the catalog, gathers the evidence,
which reads the tables of the catalog that it needs, and judges it; and prints the medians of the parts. The target is
10 ms for the judging, with every rule read that it needs. "Once more" is what a service pays. Not a test: a busy
machine is no reason for a failure.

Usage: python benchmarks/judging.py [--facts FILE] [--runs N]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

TARGET = 10.0
FACTS = {
    "instance_type": "trn2.48xlarge",
    "os": {"id": "ubuntu", "version": "22.04", "kernel": "6.8.0-1021-aws", "glibc": "2.35"},
    "in_container": False,
    "devices": {"pci": 16, "driver": 16, "nodes": 16, "accessible": True},
    "driver": {"loaded": "2.26.5.0", "on_disk": "2.26.5.0", "built_for_kernels": ["6.8.0-1021-aws"]},
    "os_packages": {
        "aws-neuronx-dkms": "2.26.5.0",
        "aws-neuronx-runtime-lib": "2.32.31.0-0234f5ed2",
        "aws-neuronx-collectives": "2.32.28.0-452cba8de",
        "aws-neuronx-tools": "2.30.10.0-39feaa591",
    },
    "runtime": {"version": "2.32.31.0"},
    "python_envs": [
        {
            "path": "/opt/aws_neuronx_venv_pytorch_2_9",
            "python": "3.12.3",
            "packages": {
                "torch": "2.9.1",
                "torch-xla": "2.9.0",
                "torch-neuronx": "2.9.0.2.14.27725+e48cd891",
                "neuronx-cc": "2.25.3371.0+f524f7f8",
                "libneuronxla": "2.2.16974.0",
                "neuronx-distributed": "0.19.28093",
                "transformers": "4.57.6",
                "numpy": "2.2.6",
                "protobuf": "6.31.1",
            },
        }
    ],
    "neffs": [{"path": "model.neff", "neff_version": "2.0", "feature_bits": "0xc00", "target": "trn2", "lnc_size": 2}],
    "environment": {"NEURON_RT_NUM_CORES": "2"},
}
PROGRAM = """
import gc, json, sys, time
gc.set_threshold(50_000)  # as the command line does
clock = time.perf_counter
start = clock()
from datetime import date
from pathlib import Path
from neuron_collectors.facts_file import load_facts_file
from neuron_validator.catalog import load_catalog
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
imported = clock()
inventory = load_facts_file(Path(sys.argv[1]))
read = clock()
catalog = load_catalog()
loaded = clock()
evidence = gather_evidence(inventory, catalog, date(2026, 11, 21))
gathered = clock()
diagnose(evidence)
judged = clock()
diagnose(gather_evidence(inventory, catalog, date(2026, 11, 21)))
again = clock()
marks = [start, imported, read, loaded, gathered, judged, again]
print(json.dumps([(after - before) * 1000 for before, after in zip(marks, marks[1:])]))
"""
PARTS = ("import", "read the facts file", "load the catalog", "gather evidence", "judge", "both, once more")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--facts", type=Path, help="facts file to judge (default: a made-up trn2.48xlarge)")
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        facts = options.facts or Path(folder) / "facts.json"
        if options.facts is None:
            facts.write_text(json.dumps(FACTS), encoding="utf-8")
        argv = [sys.executable, "-c", PROGRAM, str(facts)]
        subprocess.run(argv, capture_output=True, check=True)  # the first run compiles the modules
        runs = [json.loads(subprocess.run(argv, capture_output=True, check=True).stdout) for _ in range(options.runs)]
    for part, times in zip(PARTS, zip(*runs, strict=True), strict=True):
        print(f"{part:20} {statistics.median(times):7.1f} ms")
    judging = statistics.median(gathering + judging for _, _, _, gathering, judging, _ in runs)
    print(f"{'the judging itself':20} {judging:7.1f} ms (target {TARGET:g}): evidence and checks, the import apart")


if __name__ == "__main__":
    main()
