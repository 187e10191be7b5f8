from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

TARGET = Path(__file__).parent / "fuzz_dist_info.py"
SECONDS = 10

SEEDS = (
    "torch_neuronx-2.9.0.2.11.19912+e48cd891.dist-info\nsix-1.16.0-py3.10.egg-info\n~orch_neuronx-2.8.0.dist-info\n",
    "__editable__.neuronx_distributed-0.15.0.pth\nneuronx-cc.egg-link\nneuronx_cc-2.9.dist-info\nneuronx_cc-2.10.dist-info",
    "Metadata-Version: 2.1\nName: torch-neuronx\nRequires-Python: >=3.10\nRequires-Dist: torch==2.9.*\n\nPyTorch\n",
    '{"url": "https://user:secret@host/x.whl?a=b", "dir_info": {"editable": true}}',
    "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.10.12\n",
    "/home/ubuntu/miniconda3\n/data/envs/serving\npython-3.10.14-hd12c33a_0_cpython.json\n",
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
