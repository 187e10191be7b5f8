from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from tests.stand_in_library import elf_library
from tests.stand_in_module import elf_file

TARGET = Path(__file__).parent / "fuzz_elf.py"
SECONDS = 10

SEEDS = (
    elf_library(exports={"nrt_init": 2}, undefined={"nec_get_device_count": 4}),
    elf_library(versions=(), needed_versions=(), needed=()),
    elf_file({".text": b"\x90", ".modinfo": b"version=2.26.5.0\0"}),
)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_the_readers_bear_what_atheris_invents(tmp_path: Path) -> None:
    """In some seconds of coverage-guided fuzzing no reader raises anything but its own error, or hangs."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(SEEDS):
        (corpus / str(number)).write_bytes(seed)
    argv = [sys.executable, str(TARGET), f"-max_total_time={SECONDS}", "-timeout=5", f"-artifact_prefix={tmp_path}/"]
    completed = subprocess.run([*argv, str(corpus)], capture_output=True, text=True, check=False, timeout=10 * SECONDS)

    assert 0 == completed.returncode, completed.stdout + completed.stderr
    assert "Done " in completed.stderr
