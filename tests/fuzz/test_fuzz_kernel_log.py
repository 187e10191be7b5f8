from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

TARGET = Path(__file__).parent / "fuzz_kernel_log.py"
SECONDS = 10

SEEDS = (
    "[    8.264282] Neuron Driver Started with Version:2.26.5.0\n[    8.3] ** BDF: cc:00.0 => nd[0] (routing id: 1)\n",
    "<3>[   12.345678][    T1] NEURON_HW_ERR=DMA_ERROR instance-id=i-0 hostname=a nd-id=3 nc-id=1 action=REBOOT\n",
    '{"__REALTIME_TIMESTAMP":"1795299377305885","PRIORITY":"3","MESSAGE":[110,101,117,114,111,110,255]}\n',
    "kern  :err   : 2026-11-21T22:16:17,305885+00:00 neuron:nr_reset_thread_fn: nd0: reset request 4294967295 failed\n",
    "Nov 21 22:16:17 ip-10-0-0-1 kernel: Out of memory: Killed process 2811 (walrus_driver) total-vm:1kB\n",
    "2021-Aug-27 23:22:12.0323 28078:28078 ERROR  NRT:nrt_init  NeuronCore(s) not available - Requested:1 Available:0",
    "2026-Feb-23 01:42:57.0395 4137:4161 [0] net_plugin.cc:97 CCOM WARN OFI plugin initNet() failed is EFA enabled?",
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
