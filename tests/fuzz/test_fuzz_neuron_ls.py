from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

TARGET = Path(__file__).parent / "fuzz_neuron_ls.py"
SECONDS = 10

SEEDS = (
    '[{"neuron_device": 0, "bdf": "0000:00:1e.0", "connected_to": [1], "numa_node": "-1", "neuron_processes": []}]',
    '{"neuron_devices": [{"neuron_device": 0, "neuron_processes": [{"pid": 7, "command": ""}]}], "instance_id": ""}',
    "instance-type: trn1.a\n+---+---+\n| NEURON | PID |\n| DEVICE | |\n+---+---+\n| 0 | 7 |\n| | 8 |\n+---+---+\n",
    "+---+\n| LOGICAL ID |\n+---+\n| 0 |\n+---+\nNeuron Device Topology\n  ▼\n[ 0 ]◄--►[ 1 ]\n  ▲\n[ 2 ]\n",
    '{"neuron_runtime_data": [{"pid": 7, "report": {"neuroncore_counters": {"neuroncores_in_use": {"0": {}}}}}]}',
    'neuroncore_utilization_ratio{neuroncore="0",runtime_tag="7"} 1e-01\n# HELP x\nneuron_hardware_info 1.0\n',
)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_the_parsers_bear_what_atheris_invents(tmp_path: Path) -> None:
    """In some seconds of coverage-guided fuzzing no parser raises anything but its own error, or hangs."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(SEEDS):
        (corpus / str(number)).write_text(seed, encoding="utf-8")
    argv = [sys.executable, str(TARGET), f"-max_total_time={SECONDS}", "-timeout=5", f"-artifact_prefix={tmp_path}/"]
    completed = subprocess.run([*argv, str(corpus)], capture_output=True, text=True, check=False, timeout=10 * SECONDS)

    assert 0 == completed.returncode, completed.stdout + completed.stderr
    assert "Done " in completed.stderr
