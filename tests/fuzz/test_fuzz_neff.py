from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from tests.neffs import header, member_header, model, model_members, tar

TARGET = Path(__file__).parent / "fuzz_neff.py"
SECONDS = 10

SEEDS = (
    model(),
    header() + tar(model_members()),
    header(pkg_version=1, lnc_size=0) + member_header("neff.json", size=1 << 40),
    header(data_size=4 << 30)[:1000],
)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_the_reader_bears_what_atheris_invents(tmp_path: Path) -> None:
    """In some seconds of coverage-guided fuzzing it raises nothing but its own error, and does not hang."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(SEEDS):
        (corpus / str(number)).write_bytes(seed)
    limits = ("-timeout=5", "-rss_limit_mb=1024", "-max_len=65536")
    argv = [sys.executable, str(TARGET), f"-max_total_time={SECONDS}", *limits, f"-artifact_prefix={tmp_path}/"]
    completed = subprocess.run([*argv, str(corpus)], capture_output=True, text=True, check=False, timeout=10 * SECONDS)

    assert 0 == completed.returncode, completed.stdout + completed.stderr
    assert "Done " in completed.stderr
